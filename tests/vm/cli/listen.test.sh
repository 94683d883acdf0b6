#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nfluactl send and listen.
. "$(dirname "$0")/../common/lib.sh"

work=$(mktemp -d)
at_exit rm -rf "$work"
nflua create m

interrupts=(env --default-signal=INT)

# listen ARGUMENT...: in the background, into $work/out and $work/err; returns
# when it has said its port, which is then in $port.
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

# ended: waits for it; its status is in $status, what it said in $stdout.
ended() {
	status=0
	wait "$listener" || status=$?
	stdout=$(tail -n +2 "$work/out")
	stderr=$(<"$work/err")
}

# soon PATTERN FILE: waits until a line of it matches.
soon() {
	for _ in {1..400}; do
		! grep -q "$1" "$work/$2" || return 0
		sleep 0.05
	done
	return 1
}

lua() { nflua eval m "$1" >/dev/null; }

listen -g 3 -g 5 -c 4
like 'the port is said first' "$port" '^[0-9]+$'
lua "nf.netlink(0, 1 << 3 | 1 << 4, 'three')"
lua "nf.netlink(0, 1 << 5, 'five')"
lua "nf.netlink($port, 0, 'to the port')"
lua "nf.netlink(0, 1 << 3, '')"
ended
is 'groups and the port' "$stdout" $'three\nfive\nto the port'
is 'four lines' "$(wc -l <"$work/out")" 5
is 'ends after so many' "$status" 0
is 'nothing on stderr' "$stderr" ''

listen -c 3
lua "for _, g in ipairs{0, 17, 31} do nf.netlink(0, 1 << g, 'group ' .. g) end"
ended
is 'all groups when none is named' "$stdout" $'group 0\ngroup 17\ngroup 31'

listen -j -g 1 -c 3
lua "nf.netlink(0, 2, 'a\\0\\u{e4}')"
lua "nf.netlink($port, 0, '\\xff')"
lua "nf.netlink(0, 2, 'last')"
ended
is 'JSON, a line each' "$(<"$work/out")" "$(cat <<END
{"type":"port","port":$port,"state":null,"group":null,"seq":null,"lost":null,"payload":null}
{"type":"message","port":$port,"state":"m","group":1,"seq":1,"lost":0,"payload":"a\u0000ä"}
{"type":"message","port":$port,"state":"m","group":null,"seq":1,"lost":0,"payload":{"hex":"ff"}}
{"type":"message","port":$port,"state":"m","group":1,"seq":2,"lost":0,"payload":"last"}
END
)"

for signal in INT TERM; do
	listen -g 0
	lua "nf.netlink(0, 1, 'one')"
	ok 'a message is shown at once' soon '^one$' out
	kill -s $signal $listener
	ended
	is "SIG$signal ends it with status 0" "$status" 0
done

interrupts=()
listen -g 0 -c 1
kill -INT $listener
sleep 0.3
lua "nf.netlink(0, 1, 'behind it')"
ended
is 'one that is ignored stays so' "$status $stdout" '0 behind it'
interrupts=(env --default-signal=INT)

listen -g 0 -t 1
ended
is 'the time is up' "$status" 0
listen -g 0 -t 1 -c 1
ended
is 'before the message came' "$status" 1
like 'which it says' "$stderr" 'timed out before all messages'
run nfluactl listen -q -g 0 -t 1
is 'no port with -q' "$stdout" ''

# One that is stopped loses what its buffer has no room for.
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
result $? "a buffer that fills up: $sent, $got received"
like 'what is lost is told' "$stderr" "lost $((sent - got)) messages of m to group 2"
like 'and before it is known how much' "$stderr" 'messages were lost'
is 'it goes on' "$(tail -n 1 "$work/out")" behind

fails 'no handler' 1 nflua send m text
like 'is told' "$stderr" '^nfluactl: send m: the state has no message handler'
lua "nf.receive(function(port, s) last = s if s:find('^fail') then error(s) end end)"
ok 'send a text' nflua send m 'some text'
is 'which arrives' "$(nflua eval m last)" 'some text'
printf 'from\0stdin' | nfluactl send m -
is 'from standard input' "$(nflua eval m '#last, last:byte(5)')" $'10\n0'
printf 'again' | nfluactl send m
is 'also when nothing is named' "$(nflua eval m last)" again
nfluactl send m </dev/null
is 'an empty one' "$(nflua eval m '#last')" 0
is 'as JSON' "$(nflua -j send m abc)" '{"bytes":3}'
head -c 65531 /dev/zero | nfluactl send m
is 'the longest' "$(nflua eval m '#last')" 65531
head -c 65532 /dev/zero >"$work/long"
run nfluactl send m - <"$work/long"
is 'a longer one' "$status" 1
like 'is refused' "$stderr" 'at most 65531 bytes'
fails 'an error of the handler' 1 nflua send m 'fail like this'
like 'its text' "$stderr" 'nfluactl: send m: .*fail like this'
like 'its traceback' "$stderr" $'\n  stack traceback'
run nfluactl -j send m 'fail'
like 'as JSON too' "$stdout" '"error":\{"message":".*fail","kind":"runtime","traceback":"'
fails 'no such state' 1 nflua send none x
ok 'destroyed' nflua destroy m
done_testing
