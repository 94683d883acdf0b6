#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Tests the library when its own allocations fail, with AddressSanitizer, which looks
# for leaks as well, and UBSan; see nomem.c and alloc_wrap.c.
set -e
dir=$(mktemp -d)
trap 'rm -rf "$dir"; ip netns del nomem; nfluactl destroy --all' EXIT
ip netns add nomem
echo 'loaded = 1' >"$dir/file.lua"
ASAN_OPTIONS=detect_leaks=1:exitcode=67 setarch -R \
	"$(dirname "$0")/../../../build/meson/tests/vm/library/nomem" "$dir/file.lua"
