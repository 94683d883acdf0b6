#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nfluactl against the module: what it prints, where, and its exit statuses.
. "$(dirname "$0")/../common/lib.sh"

dir=$(mktemp -d)
at_exit rm -rf "$dir"
cd "$dir" || exit 1

# says NAME STATUS STDOUT STDERR-REGEX COMMAND...
says() {
	local name=$1 wanted=$2 out=$3 err=$4
	shift 4
	run "$@"
	[ "$status" = "$wanted" ] && [ "$stdout" = "$out" ] &&
		[[ $stderr =~ ^$err$ ]]
	result $? "$name" && return
	note "$*: status $status, wanted $wanted"
	note "stdout: $stdout"
	note "stderr: $stderr, wanted: $err"
}

# json EXPRESSION: of the document d on standard input.
json() {
	/usr/bin/python3 -c "import json, sys
d = json.load(sys.stdin)
print($1)"
}

interrupts=(env --default-signal=INT)

# ctrl_c COMMAND...: interrupts it once the chunk that it runs in the state fw has
# set the global "begun", and sets "finish" then; results as those of run. In the
# background a shell has interrupts ignored, and $interrupts is what becomes of that.
# shellcheck disable=SC2034 # run's, for the tests
ctrl_c() {
	local pid left=200

	nfluactl eval fw 'begun, finish = nil'
	"${interrupts[@]}" "$@" >stdout 2>stderr &
	pid=$!
	until [ "$(nfluactl eval fw begun)" = true ]; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || break
		sleep 0.1
	done
	kill -INT "$pid"
	nfluactl eval fw 'finish = true'
	status=0
	wait "$pid" || status=$?
	stdout=$(<stdout) stderr=$(<stderr)
}

echo 'print("from the file") n = 1' >good.lua
printf 'x = 1\ny = = 2\n' >bad.lua
printf 'local function f()\n\terror("deep")\nend\nf()\n' >fails.lua

says 'create' 0 '' '' nfluactl create fw
says 'a name twice' 1 '' 'nfluactl: create fw: .*exists already' nfluactl create fw
says 'a wrong name' 1 '' "nfluactl: create a/b: a state's name .*" nfluactl create a/b
says 'a long name' 1 '' 'nfluactl: create a{64}: state name: .* \(1 to 63 bytes\)' \
	nfluactl create "$(printf 'a%.0s' {1..64})"
says 'a limit out of range' 1 '' 'nfluactl: create y: memory limit: .* \(64 KiB to 1 TiB\)' \
	nfluactl create y -m 1K
says 'a budget out of range' 1 '' 'nfluactl: create y: budget: .* \(100 to 1000000 microseconds\)' \
	nfluactl create y -b 1
says 'create with a script' 0 'from the file' '' nfluactl create y good.lua -m 1M
is 'options count' "$(nfluactl -j list y | json 'd[0]["maxalloc"], d[0]["budget"]')" \
	'1048576 20000'
says 'create from standard input' 0 'in' '' \
	bash -c 'echo "print(\"in\")" | nfluactl create z - -b 1000'
says 'a syntax error' 1 '' 'nfluactl: create bad: bad.lua:2: .*' \
	nfluactl create bad bad.lua
says 'leaves no trace' 1 '' 'nfluactl: list bad: there is no state of this name' \
	nfluactl -q list bad
says 'an error has its traceback' 1 '' \
	$'nfluactl: create bad: fails.lua:2: deep\n  stack traceback:\n.*fails.lua:4: in main chunk' \
	nfluactl create bad fails.lua
says 'no such file' 1 '' 'nfluactl: create bad: none.lua: No such file or directory' \
	nfluactl create bad none.lua

says 'load, in order' 0 $'a\nfrom the file\nb' '' \
	nfluactl load fw -e 'print("a")' good.lua -e 'print("b")'
says 'load stops at the first failure' 1 'a' 'nfluactl: load fw: bad.lua:2: .*' \
	nfluactl load fw -e 'print("a")' bad.lua -e 'print("b")'
says 'output comes before the error' 1 'so far' \
	$'nfluactl: load fw: \\(command line\\):1: no\n  stack traceback:\n.*' \
	nfluactl load fw -e 'print("so far") error("no")'
says 'load from standard input' 0 '7' '' bash -c 'echo "print(7)" | nfluactl load fw -'
says 'load into none' 1 '' 'nfluactl: load none: there is no state of this name' \
	nfluactl load none -e ''
says 'check' 0 '' '' nfluactl load fw --check good.lua
says 'check finds' 1 '' 'nfluactl: load fw: bad.lua:2: .*' nfluactl load fw --check bad.lua
says 'replace' 0 '' '' nfluactl load fw --replace -e 'new = 1'
says 'the old is gone' 0 $'nil\n1' '' nfluactl eval fw 'n, new'
says 'a replacement that fails' 1 '' 'nfluactl: load fw: .*' \
	nfluactl load --replace fw -e 'new = 2 error("x")'
says 'changes nothing' 0 '1' '' nfluactl eval fw new
{ head -c $((8 << 20)) /dev/zero | tr '\0' ' '; } >long.lua
says '8 MiB' 0 '' '' nfluactl load fw long.lua
echo >>long.lua
says 'and a byte' 1 '' 'nfluactl: load fw: long.lua: script too long \(at most 8 MiB\)' \
	nfluactl load fw long.lua

says 'eval' 0 $'nil\ntrue\n-5\ntext' '' nfluactl eval fw 'nil, true, -5, "text"'
says 'eval of a statement' 0 '' '' nfluactl eval fw 'local x = 1'
says 'eval prints first' 0 $'p\n1' '' nfluactl eval fw 'print("p") return 1'
says 'an error in eval' 1 '' $'nfluactl: eval fw: eval:1: .*\n  stack traceback:\n.*' \
	nfluactl eval fw 'nothing.x'
big=0
for _ in 1 2 3 4 5; do
	[ "$(nfluactl eval fw '("x"):rep(60000)' | wc -c)" != 60001 ] || big=$((big + 1))
	[ "$(nfluactl eval fw 'for i = 1, 9000 do print(i) end' | wc -l)" != 9000 ] ||
		big=$((big + 1))
done
is 'long values and output come whole' "$big" 10
says 'floats are refused' 1 '' "nfluactl: eval fw: eval:1: operator '/' needs floating point.*" \
	nfluactl eval fw '1 / 2'
ctrl_c nfluactl eval fw 'print("so far") begun = true while true do end'
is 'Ctrl-C is a failure' "$status" 1
is 'Ctrl-C ends an endless chunk: what was printed' "$stdout" 'so far'
like 'and what is said, and where it was' "$stderr" \
	$'^nfluactl: eval fw: interrupted\n  stack traceback:\n.*eval:1: in main chunk$'
interrupts=()
ctrl_c nfluactl eval fw 'begun = true while not finish do end return "whole"'
is 'a Ctrl-C that is ignored stays so' "$status $stdout $stderr" '0 whole '
interrupts=(env --default-signal=INT)
says 'the state lives on' 0 1 '' nfluactl eval fw new
cat >early.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
/* Ctrl-C comes as soon as it is caught. */
int sigaction(int sig, const struct sigaction *new, struct sigaction *old)
{
	int (*real)(int, const struct sigaction *, struct sigaction *) =
		dlsym(RTLD_NEXT, "sigaction");
	int err = real(sig, new, old);

	if (sig == SIGINT && new && new->sa_handler != SIG_DFL)
		raise(sig);
	return err;
}
END
ok 'a library for a Ctrl-C' cc -shared -fPIC -o early.so early.c
says 'one that comes before the chunk begins' 1 '' $'nfluactl: eval fw: interrupted(\n.*)?' \
	timeout -s KILL 30 env LD_PRELOAD=./early.so nfluactl eval fw 'while true do end'
says 'and no second one begins' 1 '1' 'nfluactl: load fw: interrupted' \
	env LD_PRELOAD=./early.so nfluactl load fw -e 'print(1)' -e 'print(2)'
run timeout 2 nfluactl create loop -  <<<'while true do end'
says 'a killed nfluactl leaves nothing running' 1 '' '.*no state.*' nfluactl -q list loop

is 'list -j has its keys' "$(nfluactl list -j fw | json '" ".join(d[0])')" \
	'name maxalloc curralloc peakalloc budget percpu refs calls matches errors time_ns age_ns on_error gone functions missing last_error'
is 'list -j is an array' "$(nfluactl -j list | json 'sorted(s["name"] for s in d)')" \
	"['fw', 'y', 'z']"
like 'list for people' "$(nfluactl list fw)" $'^NAME .*\nfw +[0-9.]+K .* 32M +20ms +0 '
says 'a list that fails has no header' 1 '' 'nfluactl: list none: .*' nfluactl list none
like 'list of one that is not there' "$(nfluactl list none fw 2>&1)" 'nfluactl: list none: there is no'
is 'an error text that is cut says so' "$(nfluactl -j eval fw 'error("a\0b", 0)' 2>/dev/null |
	json 'd["error"]["message"], d["truncated"]')" "a ['error']"
is 'eval -j' "$(nfluactl eval -j fw 'print("o") return nil, 1, "a", "\255", true' |
	json 'd["values"], repr(d["output"])')" \
	"[None, 1, 'a', {'hex': 'ff'}, True] 'o\\n'"
is 'errors with -j' "$(nfluactl -j eval fw 'error("e")' 2>/dev/null |
	json 'd["error"]["kind"], d["error"]["message"]')" 'runtime eval:1: e'
is 'what was printed before it' "$(nfluactl -j eval fw 'print("o") error("e")' 2>/dev/null |
	json 'repr(d["output"]), d["error"]["traceback"][:15]')" "'o\\n' stack traceback"
is 'a request that is refused, with -j' "$(nfluactl -j create fw 2>/dev/null |
	json 'd["error"]["kind"], d["error"]["traceback"]')" 'request None'
is 'a load that fails, with -j' "$(nfluactl -j load fw -e 'print(1)' -e 'error(2)' -e '' \
	2>/dev/null | json '[r["output"] for r in d["results"]], d["error"]["kind"]')" \
	"['1\\n', ''] runtime"
run nfluactl -j list none fw
is 'list -j of one that is not there: status' "$status" 1
is 'and the others' "$(json '[s["name"] for s in d["states"]], d["error"]["message"]' \
	<<<"$stdout")" "['fw'] there is no state of this name"
ctrl_c nfluactl -j eval fw 'begun = true while true do end'
is 'Ctrl-C with -j' "$(json 'd["error"]["kind"]' <<<"$stdout")" interrupted
mkfifo fifo
# reads FIFO COMMAND...: interrupts it once it catches that, with the FIFO, which nobody
# writes to, as its input; results as those of run.
# shellcheck disable=SC2034 # run's, for the tests
reads() {
	local pid left=200

	env --default-signal=INT "${@:2}" <>"$1" >stdout 2>stderr &
	pid=$!
	# Before it is the program, it is this shell, which has a trap.
	until grep -q "^Name:.$2$" "/proc/$pid/status" &&
		[ $((0x$(sed -n 's/^SigCgt:\t//p' "/proc/$pid/status") & 2)) != 0 ]; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || break
		sleep 0.1
	done
	sleep 0.1
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	stdout=$(<stdout) stderr=$(<stderr)
}
reads fifo nfluactl load fw -
is 'Ctrl-C while a script is read' "$status $stdout$stderr" \
	'1 nfluactl: load fw: the script: interrupted'
reads fifo nfluactl create new fifo
is 'and one of a file that nobody writes' "$status $stdout$stderr" \
	'1 nfluactl: create new: fifo: interrupted'
says 'code that begins with a dash' 0 -1 '' nfluactl eval fw -- -1
is 'load -j' "$(nfluactl load fw -j -e 'print(1)' -e '' | json '[r["output"] for r in d]')" \
	"['1\\n', '']"
is 'version -j' "$(nfluactl -j version | json 'd["family"]')" 2

ip netns add other
at_exit ip netns del other
says 'another namespace' 0 '' '' nfluactl -n other create there
is 'is not this one' "$(nfluactl list -n other -j | json '[s["name"] for s in d]')" "['there']"
says 'none of the name' 1 '' 'nfluactl: network namespace nowhere: .*' nfluactl -n nowhere list
says 'no namespace' 1 '' 'nfluactl: /etc/passwd is not a network namespace' \
	nfluactl -n /etc/passwd list
says 'no name' 1 '' 'nfluactl: the name of the network namespace is empty' nfluactl -n '' list
says 'by its path' 0 '' '' nfluactl destroy there -n /run/netns/other

says 'destroy tries all' 1 '' 'nfluactl: destroy none: there is no state of this name' \
	nfluactl destroy none y
nfluactl create w
is 'destroy -j' "$(nfluactl -j destroy none w 2>/dev/null |
	json 'd["destroyed"], d["error"]["kind"]')" "['w'] request"
iptables -A INPUT -p udp -m lua --state z --function f
says 'a state in use' 1 '' 'nfluactl: destroy z: 1 rule refers to the state \(with -f it waits for a new one of the same name\)' nfluactl destroy z
says 'by force' 0 '' '' nfluactl destroy -f z
iptables -F
iptables-nft -A INPUT -p udp -m lua --state fw --function f
iptables-nft -F
says 'a rule just flushed is waited for' 0 '' '' nfluactl destroy --all
is 'nothing is left' "$(nfluactl list -j)" '[]'

fails 'nobody may not' 1 setpriv --reuid=65534 --regid=65534 --clear-groups nfluactl list
like 'and is told why' "$stderr" 'nfluactl: list: CAP_NET_ADMIN in the network namespace is required'
for command in monitor listen; do
	fails "nor $command" 1 setpriv --reuid=65534 --regid=65534 --clear-groups \
		nfluactl $command
	like 'and is told why' "$stderr" "nfluactl: $command: CAP_NET_ADMIN in the network namespace is required"
done
fails 'a namespace with a long name' 1 nfluactl -n "$(printf '%5000s' x)" list
like 'and why' "$stderr" 'network namespace name too long'
rmmod nflua
says 'without the module' 1 '' \
	'nfluactl: the nflua module is not loaded \(try: modprobe nflua\)' nfluactl list
says 'version without the module' 0 \
	"$(nfluactl -V; echo "libnflua $(nfluactl -V | cut -d' ' -f2)"; echo 'module   not loaded')" \
	'' nfluactl version
is 'without the module, with -j' "$(nfluactl -j list 2>/dev/null | json 'd["error"]["kind"]')" \
	request
ok 'the module loads again' modprobe nflua
done_testing
