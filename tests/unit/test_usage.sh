#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nfluactl's command line, which needs no module: statuses, and that help and
# man page name every command and option.
#   test_usage.sh NFLUACTL MANPAGE
set -u
tool=$1 man=$2
count=0 bad=0

result() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		bad=$((bad + 1))
		echo "not ok $count - $2"
	fi
}

# usage TEXT ARGUMENT...: wrong usage, status 2, with this text on stderr
usage() {
	local text=$1 err status
	shift
	err=$("$tool" "$@" 2>&1 >/dev/null)
	status=$?
	[ "$status" = 2 ] && [[ $err == nfluactl:*"$text"* ]]
	result $? "nfluactl $*: status $status, $err"
}

usage 'no command'
usage "unknown command 'frob'" frob
usage "unknown option '--frob'" --frob list
usage 'no argument' -n
usage "unknown option '--frob'" list --frob
usage 'no name of a state' create
usage "'12Q' is no size" create x -m 12Q
usage "'x' is no number" create x -b x
usage "no argument for option '-m'" create x -m
usage 'unexpected argument' create x a b
usage 'no name of a state' load
usage 'no script' load x
usage 'exclude each other' load x --check --replace f
usage 'takes one script' load --replace x a b
usage 'takes one script' load --replace x a -e b
usage 'no name of a state' destroy
usage 'exclude each other' destroy x --all
usage 'no name of a state' eval
usage 'no code' eval x
usage 'unexpected argument' eval x a b
usage 'no name of a state' send
usage 'unexpected argument' send x a b
usage 'unexpected argument' listen x
usage "'x' is no number" listen -g x
usage 'groups are 0 to 31' listen -g 32
usage "'0' is too little" listen -c 0
usage "'-1' is no number" listen -t -1
usage "no argument for option '-c'" listen -c
usage 'unexpected argument' repl a b
usage 'this command has no JSON' repl -j
usage "'0' is no number of events" monitor -c 0
usage 'no name of a state' run
usage 'no function' run a
usage 'no file with packets' run a b
usage 'unexpected argument' run a b c -p f
usage "'0' is no number of calls" run a b -r 0 -p f
usage "there is no chain 'x'" run a b -k x -p f
usage 'unexpected argument' top a
usage "'0' is no number from 1 to 1000000" top -n 0
usage "'x' is no number from 1 to 1000000" top -d x
usage 'unexpected argument' version x
usage "unknown command 'frob'" help frob
usage "unknown command 'lsit'; did you mean 'list'?" lsit
usage "unknown command 'destory'; did you mean 'destroy'?" destory fw
usage "unknown command 'moniter'; did you mean 'monitor'?" help moniter
usage "unknown option '--replcae'; did you mean '--replace'?" load fw --replcae x
usage "unknown option '--jsno'; did you mean '--json'?" --jsno list
usage "unknown command 'frobnicate'" frobnicate
usage "unknown command ''" ''
usage "unknown command '$(printf %040d 0)'" "$(printf %040d 0)"
usage "unknown command 'frob'" --help frob
usage "unknown option '-x'" list -xj
usage "unknown option '-x'" list --json -jx
usage "option '-j' takes no argument" list --json=x
usage "no argument for option '-n'" list --netns
usage "unknown option '-:'" -:
usage "unknown option '-:'" list -j:
usage 'unexpected argument' eval x -- -1 a

# says NAME STATUS STDOUT ARGUMENT...: STDOUT is a pattern
says() {
	local name=$1 wanted=$2 text=$3 out status
	shift 3
	out=$("$tool" "$@" 2>/dev/null)
	status=$?
	# shellcheck disable=SC2053 # a pattern
	[ "$status" = "$wanted" ] && [[ $out == $text ]]
	result $? "$name: status $status, $out"
}

says 'wrong usage leaves stdout empty' 2 '' -j create
says '--version after the command' 0 'nfluactl [0-9]*' list -V
says '--version as JSON' 0 '{"nfluactl":"*"}' list -jV
says 'help as JSON' 0 '{"help":"usage: nfluactl eval *\\n"}' -j help eval
says 'no such namespace' 1 '' -n no-such-namespace version
says 'a failure as JSON' 1 \
	'{"error":{"message":"network namespace *","kind":"request","traceback":null}}' \
	-j -n no-such-namespace eval x -- -1

commands=$("$tool" help | sed -n 's/^  \([a-z]\+\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 9 ]
result $? 'help lists the commands'
for command in $commands; do
	text=$("$tool" help "$command")
	result $? "help $command"
	[ "$text" = "$("$tool" "$command" --help)" ]
	result $? "$command --help is the same"
	grep -q "^\.It Cm $command\b" "$man"
	result $? "the man page has $command"
	for option in $(grep -o -- '--[a-z]\+' <<<"$text" | sort -u); do
		grep -q -- "Fl -${option#--}\b" "$man"
		result $? "the man page has $option of $command"
	done
done
for option in $("$tool" --help | grep -o -- '--[a-z]\+' | sort -u); do
	grep -q -- "Fl -${option#--}\b" "$man"
	result $? "the man page has $option"
done
"$tool" -V | grep -q '^nfluactl [0-9]'
result $? 'version'
"$tool" help >/dev/full 2>/dev/null
[ $? = 1 ]
result $? 'a full disk is told'
"$tool" version >&- 2>/dev/null
[ $? = 1 ]
result $? 'a closed output is told'
echo "1..$count"
[ "$bad" = 0 ]
