#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What rules do to packets: the answers of functions, the options of rules,
# errors, states that go away.
. "$(dirname "$0")/../common/lib.sh"

netns_pair
state s default '
function yes() return true end
function no() return false end
function nothing() end
function number() return 1 end
function broken() error "broken" end
function endless() while true do end end
function marked(frame, packet) return packet:find("mark") ~= nil end
function accept() return "accept" end
function drop() return "drop" end
function stolen() return "stolen" end
function stop() return "stop" end
function go_on() return "anything" end
local calls = 0
function again() calls = calls + 1 return calls % 3 == 0 and "drop" or "repeat" end
function forever() return "repeat" end
not_a_function = 1'

# through TOOL FAMILY RULE...: datagrams out of 4 that pass the rule.
through() {
	local tool=$1 family=$2
	shift 2

	s "$tool" -A INPUT -p udp "$@" || return
	udp_through "$family" 53 4 marked
	s "$tool" -F INPUT
}

# passes TOOL FAMILY COUNT NAME RULE...
passes() {
	local tool=$1 family=$2 wanted=$3 name=$4
	shift 4
	is "$tool: $name" "$(through "$tool" "$family" "$@")" "$wanted"
}

match() {
	passes "$tool" "$family" "$1" "$2" -m lua "${@:3}" -j DROP
}

target() {
	passes "$tool" "$family" "$1" "$2" -j LUA "${@:3}"
}

check_matches() {
	match 0 "true matches" --function yes
	match 4 "false does not" --function no
	match 4 "! of true does not" ! --function yes
	match 0 "! of false matches" ! --function no
	match 0 "the function sees the packet" --function marked
	match 4 "no value is an error" --function nothing
	match 4 "a number is an error" --function number
	match 4 "! of an error does not match" ! --function broken
	match 0 "an error matches if wanted" --function broken --on-error yes
	match 4 "a function that is not there is an error" --function absent
	match 0 "which matches if wanted" --function absent --on-error yes
	match 0 "so is one that is none" --function not_a_function --on-error yes
	match 4 "UDP has no TCP payload" --function yes --tcp-payload
	match 0 "! of that matches" ! --function yes --tcp-payload
}

check_targets() {
	target 4 "accept" --function accept
	target 0 "drop" --function drop
	target 0 "stolen" --function stolen
	target 4 "stop accepts" --function stop
	target 4 "a string that is no verdict is an error, which continues" --function go_on
	target 0 "and drops if wanted" --function go_on --on-error drop
	target 0 "a boolean that is true is an error" --function yes --on-error drop
	target 4 "false continues" --function no --on-error drop
	target 4 "no value continues" --function nothing --on-error drop
	target 4 "an error continues" --function broken
	target 4 "an error accepts if wanted" --function broken --on-error accept
	target 0 "an error drops if wanted" --function broken --on-error drop
	target 0 "no function drops if wanted" --function absent --on-error drop
	target 0 "repeat calls again" --function again
}

# What 'accept' and 'continue' differ in is the rule behind.
check_order() {
	s "$tool" -A INPUT -p udp -j LUA --function accept
	s "$tool" -A INPUT -p udp -j DROP
	is "$tool: accept ends the chain" "$(udp_through "$family" 53 4)" 4
	s "$tool" -F INPUT
	s "$tool" -A INPUT -p udp -j LUA --function nothing
	s "$tool" -A INPUT -p udp -j DROP
	is "$tool: continue does not" "$(udp_through "$family" 53 4)" 0
	s "$tool" -F INPUT
}

check_tcp_payload() {
	s "$tool" -A INPUT -p tcp -m lua --function yes --tcp-payload -j DROP
	is "$tool: no segment with payload passes" \
		"$(tcp_through "$family" 80 text)" ''
	s "$tool" -F INPUT
	s "$tool" -A INPUT -p tcp -m lua --function no --tcp-payload -j DROP
	is "$tool: it passes when the function says so" \
		"$(tcp_through "$family" 80 text)" text
	s "$tool" -F INPUT
}

for tool in iptables-legacy iptables-nft ip6tables-legacy ip6tables-nft; do
	family=4
	[ "${tool#ip6}" = "$tool" ] || family=6
	check_matches
	check_targets
	check_order
	check_tcp_payload
done

match 4 "an endless loop is an error" --function endless
match 0 "that matches if wanted" --function endless --on-error yes
target 4 "repeat without end goes on" --function forever

state s other 'function yes() return true end'
match 0 "a rule names its state" --state other --function yes
match 4 "whose functions are its own" --state other --function broken
fails "a state that is not there" not \
	ns s iptables-legacy -A INPUT -m lua --state absent --function yes
done_testing
