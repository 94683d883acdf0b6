#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Tests the rock when Lua's allocations fail, with sanitizers; see memory.c.
set -e
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2046 # words
cc -Wall -Wextra -Werror -g -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -o "$dir/memory" \
	"$here/memory.c" "$here"/../../../bindings/lua/*.c \
	$(pkg-config --cflags --libs lua5.4 libnflua)
status=0
"$dir/memory" "$here/memory.lua" 2>"$dir/err" || status=$?
if ! grep -q . "$dir/err" && [ "$status" -lt 2 ]; then
	echo "ok 4 - the sanitizers find nothing when allocations of the rock fail"
else
	echo "not ok 4 - the sanitizers find nothing when allocations of the rock fail"
	head -n 100 "$dir/err"
fi
echo 1..4
exit "$((status != 0))"
