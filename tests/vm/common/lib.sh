# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the shell tests in the VM: TAP results and network namespaces.
#
#	. "$(dirname "$0")/../common/lib.sh"
#	netns n
#	ok "the state is created" ns n nfluactl create fw
#	done_testing
#
# at_exit COMMAND... adds a command to run at the end. The last one added runs first.
set -u

common=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$common/../../.." && pwd)
count=0 failures=0
undo=()

# --- results ---------------------------------------------------------------

# note TEXT: prints lines of explanation.
note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# result STATUS NAME: prints one result. STATUS 0 means that the test passed.
result() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		failures=$((failures + 1))
		echo "not ok $count - $2"
	fi
	return "$1"
}

pass() { result 0 "$1"; }
fail() { result 1 "$1"; }

# skip NAME REASON
skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# run COMMAND...: runs a command. Leaves its output in $stdout and $stderr, and
# its status in $status.
# shellcheck disable=SC2034 # for the tests
run() {
	status=0
	stdout=$("$@" 2>/tmp/nflua-stderr.$$) || status=$?
	stderr=$(</tmp/nflua-stderr.$$)
}

# ok NAME COMMAND...: the command has to succeed.
ok() {
	local name=$1
	shift
	run "$@"
	result "$((status != 0))" "$name" && return
	note "$*: status $status"
	note "$stdout"
	note "$stderr"
	return 1
}

# fails NAME STATUS COMMAND...: the command has to end with this status, or with
# any but 0 if STATUS is "not".
fails() {
	local name=$1 wanted=$2
	shift 2
	run "$@"
	case $wanted in
	not) [ "$status" != 0 ] ;;
	*) [ "$status" = "$wanted" ] ;;
	esac
	result $? "$name" && return
	note "$*: status $status, wanted $wanted"
	note "$stdout"
	note "$stderr"
	return 1
}

# is NAME GOT WANTED
is() {
	[ "$2" = "$3" ]
	result $? "$1" && return
	note "got:    $2"
	note "wanted: $3"
	return 1
}

# like NAME TEXT REGEX: TEXT has to match an extended regular expression.
like() {
	[[ $2 =~ $3 ]]
	result $? "$1" && return
	note "got:            $2"
	note "does not match: $3"
	return 1
}

# unlike NAME TEXT REGEX: TEXT must not match.
unlike() {
	[[ ! $2 =~ $3 ]]
	result $? "$1" && return
	note "got:     $2"
	note "matches: $3"
	return 1
}

# plan N: prints beforehand how many results there will be. Use it instead of
# done_testing.
plan() {
	planned=$1
	echo "1..$1"
}

# The last command of a test that does not use plan.
done_testing() {
	planned=$count
	echo "1..$count"
}

# --- the end ---------------------------------------------------------------

# at_exit COMMAND...: runs the command at the end, whatever happens. The last one
# added runs first.
at_exit() {
	undo+=("${*@Q}")
}

# shellcheck disable=SC2317 # the trap calls it
finish() {
	local i

	rm -f "/tmp/nflua-stderr.$$"
	for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
		eval "${undo[i]}" >/dev/null 2>&1
	done
	[ "${planned-}" = "$count" ] ||
		note "the test ended early: ${planned:-nothing} planned, $count done"
	[ "$failures" = 0 ] && [ "${planned-}" = "$count" ]
}
planned=
trap 'finish; exit' EXIT
trap 'exit 143' INT TERM

# --- network ---------------------------------------------------------------

# ns NAME COMMAND...: runs a command in a network namespace.
ns() { nsenter --net="/run/netns/$1" -- "${@:2}"; }

# netns NAME...: creates namespaces, which are deleted at the end.
netns() {
	local name

	for name; do
		ip netns add "$name"
		at_exit ip netns del "$name"
		ip -n "$name" link set lo up
	done
}

# state NS NAME [SCRIPT]: creates a state without nfluactl.
state() {
	ns "$1" /usr/bin/python3 -c 'import sys
import nflua_nl
nflua_nl.Client().create(*sys.argv[1:])' "${@:2}"
}

# nflua ...: short for nfluactl.
nflua() { nfluactl "$@"; }
