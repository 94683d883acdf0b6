#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Closes objects while a function of the rock uses them, with sanitizers in the rock and
# the library; see closing.lua.
. "$(dirname "$0")/../common/lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
at_exit rm -rf "$work"
at_exit nflua destroy --all
# shellcheck disable=SC2046 # words
ok 'the rock compiles with sanitizers' cc -shared -fPIC -g -O1 -w \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-D_GNU_SOURCE -DNFLUA_VERSION='"0.0.0"' -I"$top/include" -I"$top/include/uapi" \
	-o "$work/nflua.so" "$top"/bindings/lua/*.c "$top"/libnflua/*.c \
	$(pkg-config --cflags lua5.4) \
	$(pkg-config --cflags --libs libnl-3.0 libnl-genl-3.0 libmd)

closing() {
	LUA_CPATH="$work/?.so" LD_PRELOAD=$(cc -print-file-name=libasan.so) \
		ASAN_OPTIONS=detect_leaks=0 setarch -R lua5.4 "$here/closing.lua" "$@"
}

echo 'function f() return true end
n = 0
nf.receive(function() n = n + 1 nf.netlink(0, 1, tostring(n)) end)' >"$work/state.lua"
ok 'closing.lua prints the names of its cases' closing
cases=$(sort <<<"$stdout")
result "$(($(wc -l <<<"$cases") < 20))" 'closing.lua has at least 20 cases'
for case in $cases; do
	nflua destroy --all
	nflua create closing "$work/state.lua"
	ok "the case $case of closing.lua succeeds, and the sanitizers find nothing" closing "$case"
done
done_testing
