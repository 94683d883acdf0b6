#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
# Tests nfluactl send and nfluactl listen.
. "$(dirname "$0")/../common/lib.sh"

work=$(mktemp -d)
at_exit rm -rf "$work"
nflua create m --budget 200000	# an error takes long in the debug kernel

interrupts=(env --default-signal=INT)

# listen ARGUMENT...: runs nfluactl listen in the background, with output in $work/out
# and $work/err. Returns when it has printed its port, which is then in $port.
listen() {
	: >"$work/out"
	: >"$work/err"
	"${interrupts[@]}" nfluactl listen "$@" >"$work/out" 2>"$work/err" </dev/null &
	listener=$!
	for _ in {1..200}; do
		port=$(sed -n '1s/^port //p; 1s/.*"port":\([0-9]*\).*/\1/p' "$work/out")
		[ -z "$port" ] || return 0
		sleep 0.05
	done
}

# ended: waits for the listener. Leaves its status in $status and its output in $stdout
# and $stderr.
ended() {
	status=0
	wait "$listener" || status=$?
	stdout=$(tail -n +2 "$work/out")
	stderr=$(<"$work/err")
}

# soon PATTERN FILE: waits until a line of the file matches.
soon() {
	for _ in {1..400}; do
		! grep -q "$1" "$work/$2" || return 0
		sleep 0.05
	done
	return 1
}

lua() { nflua eval m "$1" >/dev/null; }

listen -g 3 -g 5 -c 4
like 'listen prints its port first' "$port" '^[0-9]+$'
lua "nf.netlink(0, 1 << 3 | 1 << 4, 'three')"
lua "nf.netlink(0, 1 << 5, 'five')"
lua "nf.netlink($port, 0, 'to the port')"
lua "nf.netlink(0, 1 << 3, '')"
ended
is 'listen prints messages to its groups and its port' "$stdout" $'three\nfive\nto the port'
is 'listen -c 4 prints the port and 4 messages' "$(wc -l <"$work/out")" 5
is 'listen -c ends with status 0 after so many messages' "$status" 0
is 'listen prints nothing on standard error' "$stderr" ''

listen -c 3
lua "for _, g in ipairs{0, 17, 31} do nf.netlink(0, 1 << g, 'group ' .. g) end"
ended
is 'listen without -g joins all groups' "$stdout" $'group 0\ngroup 17\ngroup 31'

listen -j -g 1 -c 3
lua "nf.netlink(0, 2, 'a\\0\\u{e4}')"
lua "nf.netlink($port, 0, '\\xff')"
lua "nf.netlink(0, 2, 'last')"
ended
is 'listen -j prints a JSON object for the port and for each message' "$(<"$work/out")" "$(cat <<END
{"type":"port","port":$port,"state":null,"group":null,"seq":null,"lost":null,"payload":null}
{"type":"message","port":$port,"state":"m","group":1,"seq":1,"lost":0,"payload":"a\u0000ä"}
{"type":"message","port":$port,"state":"m","group":null,"seq":1,"lost":0,"payload":{"hex":"ff"}}
{"type":"message","port":$port,"state":"m","group":1,"seq":2,"lost":0,"payload":"last"}
END
)"

for signal in INT TERM; do
	listen -g 0
	lua "nf.netlink(0, 1, 'one')"
	ok "listen prints a message at once, before SIG$signal ends it" soon '^one$' out
	kill -s $signal $listener
	ended
	is "SIG$signal ends listen with status 0" "$status" 0
done

interrupts=()
listen -g 0 -c 1
kill -INT $listener
sleep 0.3
lua "nf.netlink(0, 1, 'behind it')"
ended
is 'listen goes on after a SIGINT that it was started to ignore' "$status $stdout" '0 behind it'
interrupts=(env --default-signal=INT)

listen -g 0 -t 1
ended
is 'listen -t ends with status 0 when the time is up' "$status" 0
listen -g 0 -t 1 -c 1
ended
is 'listen -t -c has status 1 when the time is up before the messages came' "$status" 1
like 'listen -t -c prints that the time was up before the messages came' "$stderr" \
	'timed out before all messages'
run nfluactl listen -q -g 0 -t 1
is 'listen -q does not print its port' "$stdout" ''

# A listener that is stopped loses the messages that its buffer has no room for.
listen -g 2
lua "nf.netlink(0, 4, 'first')"
soon first out
kill -STOP $listener
sent=$(nflua eval m "(function() local s, n = ('x'):rep(60000), 0
	while n < 5000 do n = n + 1
		if not nf.netlink(0, 4, s) then return n end end return 0 end)()")
kill -CONT $listener
soon 'messages were lost' err
lua "nf.netlink(0, 4, 'behind')"
soon behind out
kill -INT $listener
ended
got=$(grep -c '^x' "$work/out")
[ "$sent" -gt 1 ]
result $? "a script fills the buffer of a stopped listener: $sent sent, $got received"
like 'listen prints how many messages were lost' "$stderr" \
	"lost $((sent - got)) messages of m to group 2"
like 'listen prints that messages were lost before it knows how many' "$stderr" \
	'messages were lost'
is 'listen goes on after messages were lost' "$(tail -n 1 "$work/out")" behind

fails 'send to a state without a handler has status 1' 1 nflua send m text
like 'send to a state without a handler prints why it failed' "$stderr" \
	'^nfluactl: send m: the state has no message handler'
lua "nf.receive(function(port, s) last = s if s:find('^fail') then error(s) end end)"
ok 'send of a text has status 0' nflua send m 'some text'
is 'send sends the text of its argument' "$(nflua eval m last)" 'some text'
printf 'from\0stdin' | nfluactl send m -
is 'send - sends standard input' "$(nflua eval m '#last, last:byte(5)')" $'10\n0'
printf 'again' | nfluactl send m
is 'send without a text sends standard input' "$(nflua eval m last)" again
nfluactl send m </dev/null
is 'send sends an empty message' "$(nflua eval m '#last')" 0
is 'send -j prints how many bytes were sent' "$(nflua -j send m abc)" '{"bytes":3}'
head -c 65531 /dev/zero | nfluactl send m
is 'send sends a message of 65531 bytes' "$(nflua eval m '#last')" 65531
head -c 65532 /dev/zero >"$work/long"
run nfluactl send m - <"$work/long"
is 'send of a message of 65532 bytes has status 1' "$status" 1
like 'send of a message of 65532 bytes prints the greatest length' "$stderr" \
	'at most 65531 bytes'
fails 'send has status 1 when the handler fails' 1 nflua send m 'fail like this'
like 'send prints the error of the handler' "$stderr" 'nfluactl: send m: .*fail like this'
like 'send prints the traceback of the handler' "$stderr" $'\n  stack traceback'
run nfluactl -j send m 'fail'
like 'send -j prints the error of the handler' "$stdout" \
	'"error":\{"message":".*fail","kind":"runtime","traceback":"'
fails 'send to a state that does not exist has status 1' 1 nflua send none x
ok 'the state m is destroyed' nflua destroy m
done_testing
