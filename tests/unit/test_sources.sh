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
	! grep -nE '\bGFP_(ATOMIC|NOWAIT)\b' "$top"/kernel/*.[ch] "$top"/kernel/*/*.[ch] |
		grep -vE 'kernel/gfp\.h:[0-9]+:(.*\(GFP_[A-Z]+ \| __GFP_NOWARN| \*)'
}

version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" "$top/meson.build" | head -n 1)

# The Debian packages have the version of meson.build, and OpenWrt's Makefile Lua's digest.
packages_fit() {
	local digest

	digest=$(sed -n 's/^digest=//p' "$top/scripts/fetch-lua")
	head -n 1 "$top/debian/changelog" | grep -q "^nflua ($version-[0-9]*) " &&
		grep -qx "  HASH:=$digest" "$top/openwrt/nflua/Makefile"
}

# dkms_source DIR: no word of this tree's place is in it, and the layout is complete.
dkms_source() {
	"$top/scripts/dkms-source" -l "$src" "$1" &&
		grep -qxF "PACKAGE_VERSION=\"$version\"" "$1/dkms.conf" &&
		grep -qxF "version=$version" "$1/kernel-hook" &&
		grep -qxF "dkms install nflua/$version" "$top/README.md" &&
		! grep -r '@VERSION@' "$1/dkms.conf" "$1/kernel-hook" &&
		lays_out "$1/kernel/lua" "$1/lua" &&
		make -C "$1/kernel" LUA_SRC=../lua O=../build layout >/dev/null &&
		[ -e "$1/build/uapi/linux/nflua.h" ] && [ -e "$1/build/lua/upstream/lvm.c" ]
}

kept_by_dkms_source() {
	touch "$1/mine"
	! "$top/scripts/dkms-source" -l "$src" "$1" 2>/dev/null && [ -e "$1/mine" ]
}

check "allocations in the packet path do not warn" allocates_quietly
check "the packages have the version of meson.build, and Lua's digest" packages_fit
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
check "DKMS gets all that the build needs, and the version" dkms_source "$tmp/dkms"
check "an existing directory is kept by dkms-source" kept_by_dkms_source "$tmp/dkms"
echo "1..$n"
exit $failures
