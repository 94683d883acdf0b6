#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Sends signals to a Lua program while it waits, for the script that the kernel runs for it,
# for a file or for a message.
. "$(dirname "$0")/../common/lib.sh"

work=$(mktemp -d)
at_exit rm -rf "$work"
at_exit nflua destroy -f sig
nflua create sig

# program CODE: runs Lua code that can use nf, fw and ch in the background. Returns once
# the code has printed "here".
program() {
	cat >"$work/program.lua" <<-END
	io.stdout:setvbuf("no")
	local nflua = require "nflua"
	local nf = assert(nflua.open())
	local fw, ch = nf:state("sig"), nf:listen()
	$1
	END
	: >"$work/out"			# or "here" of the last program is found
	lua5.4 "$work/program.lua" >"$work/out" 2>"$work/err" </dev/null &
	program=$!
	for _ in {1..200}; do
		! grep -q '^here' "$work/out" || break
		sleep 0.05
	done
	sleep 0.3
}

# ends NAME SIGNAL: checks that the program ends soon after the signal. Leaves its status
# in $status and its output in $stdout and $stderr.
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
	ends "Ctrl-C ends a program during $call" INT
	is "Ctrl-C during $call ends the program with status 1" "$status" 1
	like "Ctrl-C during $call is an error of the interpreter" "$stderr" 'interrupted!'
	is "Ctrl-C during $call keeps the program from going on" "$stdout" here
	ok "the state still runs code after Ctrl-C during $call" nflua eval sig 1
done

ok 'a function for a dry run is loaded' \
	nflua load sig -e 'function slow() for i = 1, 1000 do end end'
datagram='\x45\0\0\33\0\1\0\0\64\17\0\0\192\0\2\1\192\0\2\2\4\87\0\53\0\13\0\0hello'
program "print 'here' fw:run('slow', '$datagram', {times = 10000000}) print 'on'"
ends 'Ctrl-C ends a program during run' INT
like 'Ctrl-C during run is an error of the interpreter' "$stderr" 'interrupted!'

program "print 'here' nf:create('new', {script = '$loop'})"
ends 'Ctrl-C ends a program during create' INT
fails 'Ctrl-C during create leaves no state' 1 nflua eval new 1

mkfifo "$work/fifo"
for call in "fw:load_file('$work/fifo')" "fw:check_file('$work/fifo')" \
	"fw:replace_file('$work/fifo')" "nf:create('new', {file = '$work/fifo'})"; do
	program "print 'here' $call print 'on'"
	ends "Ctrl-C ends a program during the wait for a file: ${call%%(*}" INT
	is "Ctrl-C during the wait for a file keeps the program from going on: ${call%%(*}" \
		"$status $stdout" '1 here'
	like "Ctrl-C during the wait for a file is an error of the interpreter: ${call%%(*}" \
		"$stderr" 'interrupted!'
done
sleep 1000 >"$work/fifo" &
writer=$!
program "print 'here' fw:load_file('$work/fifo') print 'on'"
ends 'Ctrl-C ends a program that reads a FIFO whose writer writes nothing' INT
like 'Ctrl-C while a FIFO is read is an error of the interpreter' "$stderr" 'interrupted!'
program "local uv = require 'luv'
uv.new_signal():start('sigalrm', function() end)
print 'here' print(select(2, fw:load_file('$work/fifo')))"
ends 'a signal with a handler that restarts calls ends the wait for a file' ALRM
is 'a signal with a handler makes load_file return EINTR' "$status $stdout" "0 here
$work/fifo: interrupted	4"
kill "$writer"
wait "$writer" 2>/dev/null

program "print 'here' ch:receive() print 'on'"
ends 'Ctrl-C ends a program during receive of a channel' INT
like 'Ctrl-C during receive of a channel is an error of the interpreter' "$stderr" 'interrupted!'

program "local w = nf:watch() print 'here' w:receive() print 'on'"
ends 'Ctrl-C ends a program during receive of a watch' INT
like 'Ctrl-C during receive of a watch is an error of the interpreter' "$stderr" 'interrupted!'

program "print 'here' pcall(fw.eval, fw, '$loop') print 'on'
print(fw:eval('1 + 1'))"
ends 'a program that catches the error of Ctrl-C ends' INT
is 'a connection still works after the error of Ctrl-C was caught' "$stdout" $'here\non\n2'

program "print 'here' fw:eval('$loop')"
ends 'SIGTERM without a handler ends the program' TERM
is 'SIGTERM without a handler ends the program with status 143' "$status" 143
ok 'SIGTERM without a handler ends what the program had running' nflua eval sig 1

handler='local uv = require "luv" uv.new_signal():start("sigalrm", function() end)'
program "$handler print 'here' print(select(3, fw:eval('$loop')) == nflua.errno.EINTR)
print(select(4, fw:eval('nothing.x')).kind)"
ends 'a signal with a handler ends an endless eval' ALRM
is 'a signal with a handler makes eval return EINTR, and the program goes on' "$stdout" \
	$'here\ntrue\nruntime'
is 'a signal with a handler during eval prints no error' "$stderr" ''

program "local uv = require 'luv'
uv.new_signal():start('sigterm', function() print 'handled' os.exit(3) end)
print 'here' fw:eval('$loop') uv.run()"
ends 'SIGTERM with a handler that exits ends the program' TERM
is 'the handler of SIGTERM is called after eval was interrupted' "$status $stdout" \
	$'3 here\nhandled'
done_testing
