#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Builds the rock with luarocks, without a network. Runs the README's example. Tests the
# rock without the module and without the right to use it.
. "$(dirname "$0")/../common/lib.sh"

work=$(mktemp -d)
at_exit rm -rf "$work"
at_exit modprobe nflua
chmod 755 "$work"
export HOME=$work

cp -r "$top/bindings" "$work/"
make_rock() {
	(cd "$work/bindings/lua" && luarocks --lua-version=5.4 make "$@")
}
ok 'luarocks make builds the rock' make_rock --tree="$work/tree"
ok 'luarocks show knows the rock' luarocks --lua-version=5.4 --tree="$work/tree" show nflua
file=$work/tree/lib/lua/5.4/nflua.so
unlike "the rock's library has no RPATH of the build" "$(readelf -d "$file")" 'R(UN)?PATH.*/tmp'
rock() {
	LUA_CPATH="$work/tree/lib/lua/5.4/?.so" lua5.4 "$@"
}
staged=$(lua5.4 -e 'print(package.searchpath("nflua", package.cpath))')
is 'the project installs a rock of its own where Lua finds it' "$staged" \
	/usr/lib/x86_64-linux-gnu/lua/5.4/nflua.so
is "luarocks' rock and the project's rock have the same version" \
	"$(rock -e 'print(require "nflua"._VERSION)')" \
	"$(lua5.4 -e 'print(require "nflua"._VERSION)')"
ok "luarocks' rock creates and destroys a state" \
	rock -e 'local nf <close> = assert(require "nflua".open())
	assert(nf:create("made")):destroy()'

# Builds the rock when libnflua is in an unusual place.
mkdir -p "$work/prefix/include" "$work/prefix/lib"
cp -r /usr/include/nflua "$work/prefix/include/"
cp -a /usr/lib/x86_64-linux-gnu/libnflua.so* "$work/prefix/lib/"
ok 'luarocks make with LIBNFLUA_DIR builds the rock' make_rock --tree="$work/other" \
	LIBNFLUA_DIR="$work/prefix"
like 'the rock uses the library in LIBNFLUA_DIR' "$(ldd "$work/other/lib/lua/5.4/nflua.so")" \
	"libnflua.so.0 => $work/prefix/lib"
fails 'luarocks make fails when LIBNFLUA_DIR has no library' not make_rock --tree="$work/none" \
	LIBNFLUA_DIR="$work/nowhere"
like 'luarocks make names the header that is missing' "$stdout$stderr" 'nflua/nflua.h'

# block N: prints the Nth block of code under "## From Lua" in the README.
block() {
	sed -n '/^## From Lua$/,/^## /p' "$top/README.md" |
		awk -v n="$1" '/^```/ { i++; next } i == 2 * n - 1'
}
block 1 >"$work/readme.lua"
result "$(($(wc -l <"$work/readme.lua") < 5))" 'the README has an example in Lua'
for with in lua5.4 rock; do
	ok "the README's example runs with $with" "$with" "$work/readme.lua"
	is "the README's example prints what the README shows, with $with" "$stdout" "$(block 2)"
	is "the README's example prints no errors, with $with" "$stderr" ''
	is "the README's example leaves no states, with $with" "$(nflua -q list)" ''
done

nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all -- "$@"
}
open='print(require "nflua".open())'
like 'open succeeds without CAP_NET_ADMIN' "$(nobody lua5.4 -e "$open")" '^nflua connection'
is 'create fails with EPERM without CAP_NET_ADMIN' "$(nobody lua5.4 -e 'local n = require "nflua"
	local _, message, code = n.open():create("x")
	print(#message > 10, code == n.errno.EPERM)')" $'true\ttrue'
ok 'the module is unloaded' "$common/rmmod-nflua"
told=$'nil\tthe nflua module is not loaded (try: modprobe nflua)\t65'
is 'open returns that the module is not loaded' "$(lua5.4 -e "$open")" "$told"
is 'open returns that the module is not loaded, without CAP_NET_ADMIN' \
	"$(nobody lua5.4 -e "$open")" "$told"
fails 'assert() of open raises an error when the module is not loaded' 1 \
	lua5.4 -e 'assert(require "nflua".open())'
like 'assert() of open prints that the module is not loaded' "$stderr" \
	'the nflua module is not loaded'
ok 'the module is loaded again' modprobe nflua
done_testing
