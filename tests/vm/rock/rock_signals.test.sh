#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Signals that come to a Lua program while the kernel runs a script for it.
. "$(dirname "$0")/../common/lib.sh"

work=$(mktemp -d)
at_exit rm -rf "$work"
at_exit nflua destroy -f sig
nflua create sig

# program CODE: in the background, with nf, fw and ch; returns when it is where it
# says "here".
program() {
	cat >"$work/program.lua" <<-END
	io.stdout:setvbuf("no")
	local nflua = require "nflua"
	local nf = assert(nflua.open())
	local fw, ch = nf:state("sig"), nf:listen()
	$1
	END
	: >"$work/out"			# or "here" of the last one is found
	lua5.4 "$work/program.lua" >"$work/out" 2>"$work/err" </dev/null &
	program=$!
	for _ in {1..200}; do
		! grep -q '^here' "$work/out" || break
		sleep 0.05
	done
	sleep 0.3
}

# ends NAME SIGNAL: soon after it got the signal; its status is in $status.
ends() {
	local left=300

	kill -s "$2" "$program"
	while kill -0 "$program" 2>/dev/null && [ "$left" -gt 0 ]; do
		left=$((left - 1))
		sleep 0.05
	done
	result "$((left == 0))" "$1" || kill -KILL "$program"
	status=0
	wait "$program" || status=$?
	stdout=$(<"$work/out")
	stderr=$(<"$work/err")
}

loop='while true do end'
for call in 'load' 'eval' 'result' 'replace'; do
	program "print 'here' fw:$call('$loop') print 'on'"
	ends "Ctrl-C breaks off $call" INT
	is 'and then it is an error' "$status" 1
	like 'of the interpreter' "$stderr" 'interrupted!'
	is 'so that nothing follows' "$stdout" here
	ok 'the state is as it was' nflua eval sig 1
done

ok 'a function for packets' nflua load sig -e 'function slow() for i = 1, 1000 do end end'
datagram='\x45\0\0\33\0\1\0\0\64\17\0\0\192\0\2\1\192\0\2\2\4\87\0\53\0\13\0\0hello'
program "print 'here' fw:run('slow', '$datagram', {times = 10000000}) print 'on'"
ends 'Ctrl-C breaks off run' INT
like 'with that error' "$stderr" 'interrupted!'

program "print 'here' nf:create('new', {script = '$loop'})"
ends 'Ctrl-C breaks off create' INT
fails 'so that there is no state' 1 nflua eval new 1

mkfifo "$work/fifo"
for call in "fw:load_file('$work/fifo')" "fw:check_file('$work/fifo')" \
	"fw:replace_file('$work/fifo')" "nf:create('new', {file = '$work/fifo'})"; do
	program "print 'here' $call print 'on'"
	ends "Ctrl-C ends the wait for a file: ${call%%(*}" INT
	is 'so that nothing follows' "$status $stdout" '1 here'
	like 'with that error' "$stderr" 'interrupted!'
done
sleep 1000 >"$work/fifo" &
writer=$!
program "print 'here' fw:load_file('$work/fifo') print 'on'"
ends 'when somebody writes to it, too' INT
like 'with that error' "$stderr" 'interrupted!'
program "local uv = require 'luv'
uv.new_signal():start('sigalrm', function() end)
print 'here' print(select(2, fw:load_file('$work/fifo')))"
ends 'a signal with a handler that restarts calls does' ALRM
is 'with EINTR' "$status $stdout" "0 here
$work/fifo: interrupted	4"
kill "$writer"
wait "$writer" 2>/dev/null

program "print 'here' ch:receive() print 'on'"
ends 'Ctrl-C breaks off receive' INT
like 'with that error' "$stderr" 'interrupted!'

program "local w = nf:watch() print 'here' w:receive() print 'on'"
ends 'and the receive of a watch' INT
like 'with that error, too' "$stderr" 'interrupted!'

program "print 'here' pcall(fw.eval, fw, '$loop') print 'on'
print(fw:eval('1 + 1'))"
ends 'it can be caught' INT
is 'and the connection is of use' "$stdout" $'here\non\n2'

program "print 'here' fw:eval('$loop')"
ends 'SIGTERM without a handler ends the program' TERM
is 'with its own status' "$status" 143
ok 'and what it had running' nflua eval sig 1

handler='local uv = require "luv" uv.new_signal():start("sigalrm", function() end)'
program "$handler print 'here' print(select(3, fw:eval('$loop')) == nflua.errno.EINTR)
print(select(4, fw:eval('nothing.x')).kind)"
ends 'one with a handler breaks off the script' ALRM
is 'which fails with EINTR, and all goes on' "$stdout" $'here\ntrue\nruntime'
is 'nothing on stderr' "$stderr" ''

program "local uv = require 'luv'
uv.new_signal():start('sigterm', function() print 'handled' os.exit(3) end)
print 'here' fw:eval('$loop') uv.run()"
ends 'a handler is called' TERM
is 'when the script is broken off' "$status $stdout" $'3 here\nhandled'
done_testing
