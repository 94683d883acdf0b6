#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# A signal that comes just before a call of the library or of the rock waits must not be
# missed. See early.c and early_calls.c.
. "$(dirname "$0")/../common/lib.sh"

work=$(mktemp -d)
at_exit rm -rf "$work"
at_exit nflua destroy -f early
cc -Wall -Wextra -Werror -shared -fPIC -o "$work/early.so" "$(dirname "$0")/early.c" -ldl || exit
# shellcheck disable=SC2046 # words
cc -Wall -Wextra -Werror -o "$work/calls" "$(dirname "$0")/early_calls.c" \
	$(pkg-config --cflags --libs libnflua) || exit
nflua create early
nflua load early -e 'function f() return false end'
mkfifo "$work/fifo"
sleep 1000 >"$work/fifo" &		# never writes anything
writer=$!
at_exit kill "$writer"
echo 'while true do end' >"$work/loop.lua"
usr1=10 int=2 alrm=14

# early "FUNCTION N SIGNAL" COMMAND...
early() {
	run env EARLY="$1" LD_PRELOAD="$work/early.so" timeout -k 1 30 "${@:2}"
}

early "poll 1 $usr1" "$work/calls" file early "$work/fifo"
is 'an interrupt just before the wait for a file ends the load' "$stdout" $'EINTR soon\nand on'
early "read 2 $usr1" "$work/calls" load early "$work/loop.lua"
is 'an interrupt after a file was read ends its load' "${stdout/ soon/}" $'EINTR\nand on'
early "sendto 2 $usr1" "$work/calls" load early "$work/loop.lua"
is 'an interrupt just before the request is sent ends the load' "${stdout/ soon/}" \
	$'EINTR\nand on'
early "none 1 $usr1" "$work/calls" keep early
is 'an interrupt kept by nflua_keep_interrupt() ends the next call' "${stdout/ soon/}" \
	$'EINTR\nand on'
iptables-legacy -A INPUT -p udp --dport 9 -m lua --state early --function f
early "poll 1 $usr1" "$work/calls" pause early
is 'an interrupt just before the pause between tries on a busy state ends the call' "$stdout" \
	$'EINTR soon\nand on'
early "sendto 3 $usr1" "$work/calls" pause early
is 'an interrupt during a try on a busy state ends the call' "$stdout" $'EINTR soon\nand on'
early "none 1 $usr1" "$work/calls" timer early
is 'a signal with any handler ends the tries on a busy state' "$stdout" $'EINTR soon\nand on'
early "none 1 $usr1" "$work/calls" pause early
is 'without a signal, a busy state is tried for about a second' "$stdout" \
	$'Device or resource busy\nand on'
iptables-legacy -F INPUT

# lua "FUNCTION N SIGNAL" CODE: runs Lua code that can use nf, fw and ch.
lua() {
	cat >"$work/program.lua" <<-END
	local nflua = require "nflua"
	local nf = assert(nflua.open())
	local fw, ch = nf:state("early"), nf:listen()
	$2
	END
	early "$1" lua5.4 "$work/program.lua"
}

lua "poll 1 $int" 'ch:receive() print "on"'
is 'Ctrl-C just before the wait for a channel ends the program with status 1' \
	"$status $stdout" '1 '
like 'Ctrl-C just before the wait for a channel is an error' "$stderr" 'interrupted!'
lua "poll 1 $int" 'ch:receive(10) print "on"'
like 'Ctrl-C just before the wait for a channel with a timeout is an error' "$stderr" \
	'interrupted!'
lua "poll 1 $int" 'nf:watch():receive() print "on"'
like 'Ctrl-C just before the wait for a watch is an error' "$stderr" 'interrupted!'
lua "poll 1 $int" "fw:load_file('$work/fifo') print 'on'"
like 'Ctrl-C just before the wait for a file is an error' "$stderr" 'interrupted!'
lua "sigaction 1 $int" 'fw:eval "while true do end" print "on"'
like 'Ctrl-C just before a script is sent is an error' "$stderr" 'interrupted!'
lua "poll 1 $alrm" 'require "luv".new_signal():start("sigalrm", function() end)
print(ch:receive()) print(ch:receive(0.1)) print(fw:eval("1 + 1"))'
is 'a signal with another handler ends one wait, and none after it' "$stdout" \
	$'nil\tinterrupted\t4\nnil\ttimeout\t11\n2'
done_testing
