#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
# Tests what nfluactl prints, where it prints it, and its exit status.
. "$(dirname "$0")/../common/lib.sh"

dir=$(mktemp -d)
at_exit rm -rf "$dir"
cd "$dir" || exit 1

# says NAME STATUS STDOUT STDERR-REGEX COMMAND...: checks all three of a command.
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

# json EXPRESSION: prints a Python expression of d, the JSON on standard input.
json() {
	/usr/bin/python3 -c "import json, sys
d = json.load(sys.stdin)
print($1)"
}

interrupts=(env --default-signal=INT)

# ctrl_c COMMAND...: interrupts the command once the script that it runs in the state fw
# has set the global "begun", then sets "finish". Leaves results as run does. Commands in
# a shell's background ignore interrupts, unless $interrupts changes that.
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

says 'create creates a state' 0 '' '' nfluactl create fw
says 'create of an existing state is refused' 1 '' 'nfluactl: create fw: .*exists already' \
	nfluactl create fw
says 'create of a state with an invalid name is refused' 1 '' \
	"nfluactl: create a/b: a state's name .*" nfluactl create a/b
says 'create of a state with a name of 64 bytes is refused' 1 '' \
	'nfluactl: create a{64}: state name: .* \(1 to 63 bytes\)' \
	nfluactl create "$(printf 'a%.0s' {1..64})"
says 'create with a memory limit out of range is refused' 1 '' \
	'nfluactl: create y: memory limit: .* \(64 KiB to 1 TiB\)' nfluactl create y -m 1K
says 'create with a budget out of range is refused' 1 '' \
	'nfluactl: create y: budget: .* \(100 to 1000000 microseconds\)' nfluactl create y -b 1
says 'create runs a script and prints its output' 0 'from the file' '' \
	nfluactl create y good.lua -m 1M
is 'create takes options after the script' \
	"$(nfluactl -j list y | json 'd[0]["maxalloc"], d[0]["budget"]')" '1048576 20000'
says 'create - runs standard input' 0 'in' '' \
	bash -c 'echo "print(\"in\")" | nfluactl create z - -b 1000'
says 'create prints the place of a syntax error' 1 '' 'nfluactl: create bad: bad.lua:2: .*' \
	nfluactl create bad bad.lua
says 'create leaves no state when the script has a syntax error' 1 '' \
	'nfluactl: list bad: there is no state of this name' nfluactl -q list bad
says 'create prints the traceback of an error' 1 '' \
	$'nfluactl: create bad: fails.lua:2: deep\n  stack traceback:\n.*fails.lua:4: in main chunk' \
	nfluactl create bad fails.lua
says 'create with a file that does not exist is refused' 1 '' \
	'nfluactl: create bad: none.lua: No such file or directory' nfluactl create bad none.lua

says 'load runs scripts in the order of its arguments' 0 $'a\nfrom the file\nb' '' \
	nfluactl load fw -e 'print("a")' good.lua -e 'print("b")'
says 'load stops at the first script that fails' 1 'a' 'nfluactl: load fw: bad.lua:2: .*' \
	nfluactl load fw -e 'print("a")' bad.lua -e 'print("b")'
says 'load prints the output of a script before its error' 1 'so far' \
	$'nfluactl: load fw: \\(command line\\):1: no\n  stack traceback:\n.*' \
	nfluactl load fw -e 'print("so far") error("no")'
says 'load - runs standard input' 0 '7' '' bash -c 'echo "print(7)" | nfluactl load fw -'
says 'load into a state that does not exist is refused' 1 '' \
	'nfluactl: load none: there is no state of this name' nfluactl load none -e ''
says 'load --check accepts a script and does not run it' 0 '' '' \
	nfluactl load fw --check good.lua
says 'load --check prints the place of a syntax error' 1 '' \
	'nfluactl: load fw: bad.lua:2: .*' nfluactl load fw --check bad.lua
says 'load --replace has status 0' 0 '' '' nfluactl load fw --replace -e 'new = 1'
says 'load --replace discards the old globals' 0 $'nil\n1' '' nfluactl eval fw 'n, new'
says 'load --replace has status 1 when the script fails' 1 '' 'nfluactl: load fw: .*' \
	nfluactl load --replace fw -e 'new = 2 error("x")'
says 'load --replace changes nothing when the script fails' 0 '1' '' nfluactl eval fw new
{ head -c $((8 << 20)) /dev/zero | tr '\0' ' '; } >long.lua
says 'load accepts a script of 8 MiB' 0 '' '' nfluactl load fw long.lua
echo >>long.lua
says 'load of a script of 8 MiB and a byte is refused' 1 '' \
	'nfluactl: load fw: long.lua: script too long \(at most 8 MiB\)' nfluactl load fw long.lua

says 'eval prints a value on each line' 0 $'nil\ntrue\n-5\ntext' '' \
	nfluactl eval fw 'nil, true, -5, "text"'
says 'eval of a statement prints nothing' 0 '' '' nfluactl eval fw 'local x = 1'
says 'eval prints output before values' 0 $'p\n1' '' nfluactl eval fw 'print("p") return 1'
says 'eval prints an error with its traceback' 1 '' \
	$'nfluactl: eval fw: eval:1: .*\n  stack traceback:\n.*' nfluactl eval fw 'nothing.x'
big=0
for _ in 1 2 3 4 5; do
	[ "$(nfluactl eval fw '("x"):rep(60000)' | wc -c)" != 60001 ] || big=$((big + 1))
	[ "$(nfluactl eval fw 'for i = 1, 9000 do print(i) end' | wc -l)" != 9000 ] ||
		big=$((big + 1))
done
is 'eval prints long values and output whole' "$big" 10
says 'eval of 1 / 2 is refused, as there are no floats' 1 '' \
	"nfluactl: eval fw: eval:1: operator '/' needs floating point.*" nfluactl eval fw '1 / 2'
ctrl_c nfluactl eval fw 'print("so far") begun = true while true do end'
is 'Ctrl-C ends an endless eval with status 1' "$status" 1
is 'Ctrl-C makes an endless eval print its output' "$stdout" 'so far'
like 'Ctrl-C makes an endless eval print where it was' "$stderr" \
	$'^nfluactl: eval fw: interrupted\n  stack traceback:\n.*eval:1: in main chunk$'
interrupts=()
ctrl_c nfluactl eval fw 'begun = true while not finish do end return "whole"'
is 'Ctrl-C does not end an eval that was started to ignore it' "$status $stdout $stderr" \
	'0 whole '
interrupts=(env --default-signal=INT)
says 'the state still runs code after interrupted evals' 0 1 '' nfluactl eval fw new
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
ok 'a library that sends an early SIGINT compiles' cc -shared -fPIC -o early.so early.c
says 'Ctrl-C before the script begins ends eval' 1 '' $'nfluactl: eval fw: interrupted(\n.*)?' \
	timeout -s KILL 30 env LD_PRELOAD=./early.so nfluactl eval fw 'while true do end'
says 'Ctrl-C before the first script keeps load from running the second' 1 '1' \
	'nfluactl: load fw: interrupted' \
	env LD_PRELOAD=./early.so nfluactl load fw -e 'print(1)' -e 'print(2)'
run timeout 2 nfluactl create loop -  <<<'while true do end'
says 'a create that is killed during its script leaves no state' 1 '' '.*no state.*' \
	nfluactl -q list loop

is 'list -j prints all keys of a state in order' "$(nfluactl list -j fw | json '" ".join(d[0])')" \
	'name maxalloc curralloc peakalloc budget percpu refs hooks calls matches errors time_ns age_ns on_error gone confirm_ms keptalloc owner script script_age_ns digest functions missing last_error'
is 'list -j is an array of all states' "$(nfluactl -j list | json 'sorted(s["name"] for s in d)')" \
	"['fw', 'y', 'z']"
like 'list prints a header and a row with units' "$(nfluactl list fw)" \
	$'^NAME .*\nfw +[0-9.]+K .* 32M +20ms +0 '
says 'list of a state that does not exist prints no header' 1 '' 'nfluactl: list none: .*' \
	nfluactl list none
like 'list prints which of its states does not exist' "$(nfluactl list none fw 2>&1)" \
	'nfluactl: list none: there is no'
is 'eval -j flags an error text that is cut' "$(nfluactl -j eval fw 'error("a\0b", 0)' 2>/dev/null |
	json 'd["error"]["message"], d["truncated"]')" "a ['error']"
is 'eval -j prints values and output' \
	"$(nfluactl eval -j fw 'print("o") return nil, 1, "a", "\255", true' |
	json 'd["values"], repr(d["output"])')" \
	"[None, 1, 'a', {'hex': 'ff'}, True] 'o\\n'"
is 'eval -j prints the kind and the text of an error' \
	"$(nfluactl -j eval fw 'error("e")' 2>/dev/null |
	json 'd["error"]["kind"], d["error"]["message"]')" 'runtime eval:1: e'
is 'eval -j prints the output before an error and the traceback' \
	"$(nfluactl -j eval fw 'print("o") error("e")' 2>/dev/null |
	json 'repr(d["output"]), d["error"]["traceback"][:15]')" "'o\\n' stack traceback"
is 'create -j prints a refusal as an error of kind request' "$(nfluactl -j create fw 2>/dev/null |
	json 'd["error"]["kind"], d["error"]["traceback"]')" 'request None'
is 'load -j prints the results up to the script that fails' \
	"$(nfluactl -j load fw -e 'print(1)' -e 'error(2)' -e '' \
	2>/dev/null | json '[r["output"] for r in d["results"]], d["error"]["kind"]')" \
	"['1\\n', ''] runtime"
run nfluactl -j list none fw
is 'list -j has status 1 when one of its states does not exist' "$status" 1
is 'list -j prints the states that exist, and the error' \
	"$(json '[s["name"] for s in d["states"]], d["error"]["message"]' \
	<<<"$stdout")" "['fw'] there is no state of this name"
ctrl_c nfluactl -j eval fw 'begun = true while true do end'
is 'Ctrl-C makes eval -j print an error of kind interrupted' \
	"$(json 'd["error"]["kind"]' <<<"$stdout")" interrupted
mkfifo fifo
# reads FIFO COMMAND...: interrupts the command once it catches SIGINT. Its input is the
# FIFO, which nobody writes to. Leaves results as run does.
# shellcheck disable=SC2034 # run's, for the tests
reads() {
	local pid left=200

	env --default-signal=INT "${@:2}" <>"$1" >stdout 2>stderr &
	pid=$!
	# Until it is the program, it is a copy of this shell, which has a trap.
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
is 'Ctrl-C ends load while it reads standard input' "$status $stdout$stderr" \
	'1 nfluactl: load fw: the script: interrupted'
reads fifo nfluactl create new fifo
is 'Ctrl-C ends create while it reads a file' "$status $stdout$stderr" \
	'1 nfluactl: create new: fifo: interrupted'
says 'eval takes code that begins with a dash after --' 0 -1 '' nfluactl eval fw -- -1
is 'load -j prints the results of all scripts' \
	"$(nfluactl load fw -j -e 'print(1)' -e '' | json '[r["output"] for r in d]')" \
	"['1\\n', '']"
is "version -j prints the version of the module's netlink family" \
	"$(nfluactl -j version | json 'd["family"]')" 2

ip netns add other
at_exit ip netns del other
says 'nfluactl -n creates a state in another namespace' 0 '' '' nfluactl -n other create there
is 'nfluactl -n lists the states of another namespace' \
	"$(nfluactl list -n other -j | json '[s["name"] for s in d]')" "['there']"
says 'nfluactl -n with a namespace that does not exist is refused' 1 '' \
	'nfluactl: network namespace nowhere: .*' nfluactl -n nowhere list
says 'nfluactl -n with a file that is no namespace is refused' 1 '' \
	'nfluactl: /etc/passwd is not a network namespace' nfluactl -n /etc/passwd list
says 'nfluactl -n with an empty name is refused' 1 '' \
	'nfluactl: the name of the network namespace is empty' nfluactl -n '' list
says 'nfluactl -n takes the path of a namespace' 0 '' '' \
	nfluactl destroy there -n /run/netns/other

says 'destroy refuses a state that does not exist among others' 1 '' \
	'nfluactl: destroy none: there is no state of this name' nfluactl destroy none y
is 'destroy destroys the states beside one that does not exist' \
	"$(nfluactl list -j | json '[s["name"] for s in d if s["name"] == "y"]')" '[]'
nfluactl create w
is 'destroy -j prints the states that it destroyed, and the error' \
	"$(nfluactl -j destroy none w 2>/dev/null |
	json 'd["destroyed"], d["error"]["kind"]')" "['w'] request"
iptables -A INPUT -p udp -m lua --state z --function f
says 'destroy of a state with a rule is refused' 1 '' 'nfluactl: destroy z: 1 rule refers to the state \(with -f it waits for a new one of the same name\)' nfluactl destroy z
says 'destroy -f destroys a state with a rule' 0 '' '' nfluactl destroy -f z
iptables -F
iptables-nft -A INPUT -p udp -m lua --state fw --function f
iptables-nft -F
says 'destroy waits for a rule that was just flushed' 0 '' '' nfluactl destroy --all
is 'destroy --all leaves no states' "$(nfluactl list -j)" '[]'

fails 'list without CAP_NET_ADMIN has status 1' 1 \
	setpriv --reuid=65534 --regid=65534 --clear-groups nfluactl list
like 'list without CAP_NET_ADMIN prints what is required' "$stderr" \
	'nfluactl: list: CAP_NET_ADMIN in the network namespace is required'
for command in monitor listen; do
	fails "$command without CAP_NET_ADMIN has status 1" 1 \
		setpriv --reuid=65534 --regid=65534 --clear-groups nfluactl $command
	like "$command without CAP_NET_ADMIN prints what is required" "$stderr" \
		"nfluactl: $command: CAP_NET_ADMIN in the network namespace is required"
done
fails 'nfluactl -n with a name of 5000 bytes has status 1' 1 \
	nfluactl -n "$(printf '%5000s' x)" list
like 'nfluactl -n with a name of 5000 bytes prints that it is too long' "$stderr" \
	'network namespace name too long'
"$common/rmmod-nflua"
says 'list prints that the module is not loaded' 1 '' \
	'nfluactl: the nflua module is not loaded \(try: modprobe nflua\)' nfluactl list
says 'version prints that the module is not loaded' 0 \
	"$(nfluactl -V; echo "libnflua $(nfluactl -V | cut -d' ' -f2)"; echo 'module   not loaded')" \
	'' nfluactl version
is 'list -j prints an error of kind request when the module is not loaded' \
	"$(nfluactl -j list 2>/dev/null | json 'd["error"]["kind"]')" request
ok 'the module loads again' modprobe nflua
done_testing
