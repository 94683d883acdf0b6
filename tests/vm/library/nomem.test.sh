#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Tests the library when allocations fail; see nomem.c.
set -e
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"; ip netns del nomem; nfluactl destroy --all' EXIT
ip netns add nomem
echo 'loaded = 1' >"$dir/file.lua"
# shellcheck disable=SC2046 # words
cc -g -Wall -Wextra -Werror -o "$dir/nomem" "$here"/{nomem,nomem_acts,alloc}.c \
	$(pkg-config --cflags --libs libnflua) -pthread
"$dir/nomem" "$dir/file.lua"
