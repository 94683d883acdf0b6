#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What rules do to packets: results of functions, options of rules, errors,
# and states that do not exist.
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

# through TOOL FAMILY RULE...: prints how many of 4 datagrams pass the rule.
through() {
	local tool=$1 family=$2
	shift 2

	s "$tool" -A INPUT -p udp "$@" || return
	udp_through "$family" 53 4 marked
	s "$tool" -F INPUT
}

# passes TOOL FAMILY COUNT NAME RULE...: COUNT of 4 datagrams have to pass.
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
	match 0 "a match whose function returns true matches" --function yes
	match 4 "a match whose function returns false does not match" --function no
	match 4 "a negated match whose function returns true does not match" ! --function yes
	match 0 "a negated match whose function returns false matches" ! --function no
	match 0 "the function of a match sees the packet" --function marked
	match 4 "a match whose function returns nothing does not match" --function nothing
	match 4 "a match whose function returns a number does not match" --function number
	match 4 "a negated match whose function fails does not match" ! --function broken
	match 0 "a match whose function fails matches with --on-error yes" \
		--function broken --on-error yes
	match 4 "a match whose function does not exist does not match" --function absent
	match 0 "a match whose function does not exist matches with --on-error yes" \
		--function absent --on-error yes
	match 0 "a match whose function is a number matches with --on-error yes" \
		--function not_a_function --on-error yes
	match 4 "a match with --tcp-payload does not match UDP" --function yes --tcp-payload
	match 0 "a negated match with --tcp-payload matches UDP" ! --function yes --tcp-payload
}

check_targets() {
	target 4 "the verdict accept lets the packet pass" --function accept
	target 0 "the verdict drop drops the packet" --function drop
	target 0 "the verdict stolen takes the packet away" --function stolen
	target 4 "the verdict stop lets the packet pass" --function stop
	target 4 "a target whose function returns an unknown verdict continues" --function go_on
	target 0 "a target whose function returns an unknown verdict drops with --on-error drop" \
		--function go_on --on-error drop
	target 0 "a target whose function returns true drops with --on-error drop" \
		--function yes --on-error drop
	target 4 "a target whose function returns false continues without an error" \
		--function no --on-error drop
	target 4 "a target whose function returns nothing continues without an error" \
		--function nothing --on-error drop
	target 4 "a target whose function fails continues" --function broken
	target 4 "a target whose function fails accepts with --on-error accept" \
		--function broken --on-error accept
	target 0 "a target whose function fails drops with --on-error drop" \
		--function broken --on-error drop
	target 0 "a target whose function does not exist drops with --on-error drop" \
		--function absent --on-error drop
	target 0 "the verdict repeat calls the function again" --function again
}

# 'accept' and 'continue' differ in whether the next rule sees the packet.
check_order() {
	s "$tool" -A INPUT -p udp -j LUA --function accept
	s "$tool" -A INPUT -p udp -j DROP
	is "$tool: the verdict accept keeps the packet from the next rule" \
		"$(udp_through "$family" 53 4)" 4
	s "$tool" -F INPUT
	s "$tool" -A INPUT -p udp -j LUA --function nothing
	s "$tool" -A INPUT -p udp -j DROP
	is "$tool: without a verdict the packet goes on to the next rule" \
		"$(udp_through "$family" 53 4)" 0
	s "$tool" -F INPUT
}

check_tcp_payload() {
	s "$tool" -A INPUT -p tcp -m lua --function yes --tcp-payload -j DROP
	is "$tool: --tcp-payload with a function that returns true drops segments with payload" \
		"$(tcp_through "$family" 80 text)" ''
	s "$tool" -F INPUT
	s "$tool" -A INPUT -p tcp -m lua --function no --tcp-payload -j DROP
	is "$tool: --tcp-payload with a function that returns false lets payload pass" \
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

match 4 "a match whose function never ends does not match" --function endless
match 0 "a match whose function never ends matches with --on-error yes" \
	--function endless --on-error yes
target 4 "a target whose function always returns repeat continues" --function forever

state s other 'function yes() return true end'
match 0 "--state chooses the state whose function is called" --state other --function yes
match 4 "--state does not use the function of another state" --state other --function marked
fails "a rule with --state of a state that does not exist is refused" not \
	ns s iptables-legacy -A INPUT -m lua --state absent --function yes
done_testing
