#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# The rock by luarocks, without a network; the example of the README; without the
# module, and without the right to use it.
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
ok 'luarocks make' make_rock --tree="$work/tree"
ok 'luarocks knows it' luarocks --lua-version=5.4 --tree="$work/tree" show nflua
file=$work/tree/lib/lua/5.4/nflua.so
unlike 'it has no path of the build in it' "$(readelf -d "$file")" 'R(UN)?PATH.*/tmp'
rock() {
	LUA_CPATH="$work/tree/lib/lua/5.4/?.so" lua5.4 "$@"
}
staged=$(lua5.4 -e 'print(package.searchpath("nflua", package.cpath))')
is 'what the project installs is another' "$staged" /usr/lib/x86_64-linux-gnu/lua/5.4/nflua.so
is 'but of the same library' "$(rock -e 'print(require "nflua"._VERSION)')" \
	"$(lua5.4 -e 'print(require "nflua"._VERSION)')"
ok 'it works' rock -e 'local nf <close> = assert(require "nflua".open())
	assert(nf:create("made")):destroy()'

# Where libnflua is in no usual place.
mkdir -p "$work/prefix/include" "$work/prefix/lib"
cp -r /usr/include/nflua "$work/prefix/include/"
cp -a /usr/lib/x86_64-linux-gnu/libnflua.so* "$work/prefix/lib/"
ok 'luarocks make with LIBNFLUA_DIR' make_rock --tree="$work/other" \
	LIBNFLUA_DIR="$work/prefix"
like 'takes it from there' "$(ldd "$work/other/lib/lua/5.4/nflua.so")" \
	"libnflua.so.0 => $work/prefix/lib"
fails 'without the library' not make_rock --tree="$work/none" \
	LIBNFLUA_DIR="$work/nowhere"
like 'it says what is missing' "$stdout$stderr" 'nflua/nflua.h'

# block N: the Nth block of code under "## From Lua" of the README.
block() {
	sed -n '/^## From Lua$/,/^## /p' "$top/README.md" |
		awk -v n="$1" '/^```/ { i++; next } i == 2 * n - 1'
}
block 1 >"$work/readme.lua"
result "$(($(wc -l <"$work/readme.lua") < 5))" 'the README has an example'
for with in lua5.4 rock; do
	ok "which runs, with $with" "$with" "$work/readme.lua"
	is 'and prints what stands there' "$stdout" "$(block 2)"
	is 'and nothing else' "$stderr" ''
	is 'and leaves nothing' "$(nflua -q list)" ''
done

nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all -- "$@"
}
open='print(require "nflua".open())'
like 'anybody may connect' "$(nobody lua5.4 -e "$open")" '^nflua connection'
is 'but no more' "$(nobody lua5.4 -e 'local n = require "nflua"
	local _, message, code = n.open():create("x")
	print(#message > 10, code == n.errno.EPERM)')" $'true\ttrue'
ok 'the module is unloaded' rmmod nflua
told=$'nil\tthe nflua module is not loaded (try: modprobe nflua)\t65'
is 'without it, open says so' "$(lua5.4 -e "$open")" "$told"
is 'to anybody' "$(nobody lua5.4 -e "$open")" "$told"
fails 'assert() makes an error of it' 1 lua5.4 -e 'assert(require "nflua".open())'
like 'which says it' "$stderr" 'the nflua module is not loaded'
ok 'the module is loaded again' modprobe nflua
done_testing
