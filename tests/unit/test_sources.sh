#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lua's sources are those that the patches are for, or the build ends; and what the
# kernel's part never does.
#   test_sources.sh SOURCE-ROOT
set -u
top=$1
src=$top/build/lua/src
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failures=0

# check NAME COMMAND...
check() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		failures=1
	fi
}

# lays_out LUA SRC: the output goes to $said.
lays_out() {
	rm -rf "$tmp/out"
	mkdir "$tmp/out"
	said=$("$1/lay-out" "$2" "$tmp/out" 2>&1)
}

# refused WORDS LUA SRC
refused() {
	! lays_out "$2" "$3" && [[ $said == *"$1"* ]] && [ ! -e "$tmp/out/upstream" ]
}

not_from() {
	said=$("$top/scripts/fetch-lua" --from "$1" "$tmp/none" 2>&1) && return 1
	[[ $said == *"not the tarball of Lua"* ]] && [ ! -e "$tmp/none" ]
}

# May write to the kernel's log for each packet: NFLUA_GFP_ATOMIC does not.
allocates_quietly() {
	! grep -n '\bGFP_ATOMIC\b' "$top"/kernel/*.[ch] "$top"/kernel/*/*.[ch] |
		grep -v '#define NFLUA_GFP_ATOMIC[[:space:]]*(GFP_ATOMIC | __GFP_NOWARN)'
}

check "allocations in the packet path do not warn" allocates_quietly
if [ ! -e "$src/lua.h" ]; then
	echo "ok $((n + 1)) # SKIP no sources of Lua in build/lua: run scripts/setup"
	echo "1..$((n + 1))"
	exit $failures
fi
cp -r "$src" "$tmp/src"
cp -r "$top/kernel/lua" "$tmp/lua"
check "the sources are taken" lays_out "$top/kernel/lua" "$src"
check "they are patched" grep -q nflua_poll "$tmp/out/upstream/ldo.c"
echo >>"$tmp/src/lvm.c"
check "a byte too many is refused" refused lvm.c "$top/kernel/lua" "$tmp/src"
rm "$tmp/src/lvm.c"
check "a file too few is refused" refused lvm.c "$top/kernel/lua" "$tmp/src"
sed -i 's/^ .*luaH_resize.*/ other/; s/^ static int l_strcmp/ static int other/' \
	"$tmp/lua/patches/lvm.c.patch"
check "a patch for another source is refused" refused "does not apply" "$tmp/lua" "$src"
check "another tarball is refused" not_from "$top/README.md"
check "no tarball is refused" not_from "$tmp/nothing"
echo "1..$n"
exit $failures
