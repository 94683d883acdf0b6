# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For the shell tests in the VM: TAP results, network namespaces, traffic.
#
#	. "$(dirname "$0")/../common/lib.sh"
#	netns_pair
#	ok "the state is created" nflua create fw
#	is "all pass without a rule" "$(udp_through 4 53 10)" 10
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

# ns NAME COMMAND...: runs a command in a network namespace. c, s and r are short
# for ns c, ns s and ns r: the client, the server and the router.
ns() { nsenter --net="/run/netns/$1" -- "${@:2}"; }
c() { ns c "$@"; }
s() { ns s "$@"; }
r() { ns r "$@"; }

# netns NAME...: creates namespaces, which are deleted at the end.
netns() {
	local name

	for name; do
		ip netns add "$name"
		at_exit ip netns del "$name"
		ip -n "$name" link set lo up
	done
}

# link NS DEVICE HOST NS DEVICE HOST NET: creates a veth pair between two namespaces
# with the addresses 10.9.NET.HOST/24 and fd09:NET::HOST/64.
link() {
	ip link add "$2" netns "$1" type veth peer name "$5" netns "$4"
	_address "$1" "$2" "$3" "$7"
	_address "$4" "$5" "$6" "$7"
}

_address() {
	ip -n "$1" addr add "10.9.$4.$3/24" dev "$2"
	ip -n "$1" addr add "fd09:$4::$3/64" dev "$2" nodad
	ip -n "$1" link set "$2" up
}

# netns_pair: creates and joins c (10.9.0.1, fd09::1) and s (10.9.0.2, fd09::2).
# shellcheck disable=SC2034
netns_pair() {
	_start_traffic
	netns c s
	link c veth0 1 s veth0 2 0
	c_addr4=10.9.0.1 c_addr6=fd09::1
	s_addr4=10.9.0.2 s_addr6=fd09::2
}

# netns_router: creates c (10.9.1.2, fd09:1::2), s (10.9.2.2, fd09:2::2) and between
# them r, which forwards (x.1 on its devices c and s).
# shellcheck disable=SC2034
netns_router() {
	_start_traffic
	netns c r s
	link c veth0 2 r c 1 1
	link s veth0 2 r s 1 2
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n c route add default via 10.9.1.1
	ip -n s route add default via 10.9.2.1
	ip -n c route add default via fd09:1::1
	ip -n s route add default via fd09:2::1
	c_addr4=10.9.1.2 c_addr6=fd09:1::2
	s_addr4=10.9.2.2 s_addr6=fd09:2::2
}

# udp_through 4|6 PORT COUNT [PAYLOAD]: sends datagrams from c to s and prints
# how many arrive. PAYLOAD may contain escapes such as \x00. The default is "x".
udp_through() {
	_traffic udp "$@"
}

# tcp_through 4|6 PORT [PAYLOAD]: sends PAYLOAD from c to s over TCP and prints
# what s gets within a second. Unprintable bytes are escaped.
tcp_through() {
	_traffic tcp "$1" "$2" 1 "${3-x}"
}

_traffic() {
	local address=s_addr$2 answer

	echo "$1 c s ${!address} $3 $4 ${5-x}" >&"$traffic_in"
	IFS= read -r -u "$traffic_out" answer
	echo "$answer"
}

# Python starts slowly in the VM, so one process serves all requests.
_start_traffic() {
	[ -z "${traffic_in-}" ] || return 0
	coproc traffic { exec /usr/bin/python3 "$common/traffic.py"; }
	# Copies, as subshells do not inherit the descriptors of a coprocess.
	exec {traffic_out}<&"${traffic[0]}" {traffic_in}>&"${traffic[1]}"
}

# rule_packets NS CHAIN NUMBER [IPTABLES]: prints how many packets a rule counted.
rule_packets() {
	ns "$1" "${4:-iptables-legacy}" -nvxL "$2" "$3" | awk '{ print $1 }'
}

# state NS NAME [SCRIPT]: creates a state without nfluactl.
state() {
	ns "$1" /usr/bin/python3 -c 'import sys
import nflua_nl
nflua_nl.Client().create(*sys.argv[1:])' "${@:2}"
}

# nflua ...: short for nfluactl.
nflua() { nfluactl "$@"; }
