#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The iptables extensions: what they refuse, and that iptables-restore accepts
# what iptables-save writes.
. "$(dirname "$0")/../common/lib.sh"

netns n
n() { ns n "$@"; }

# refused TOOL NAME REGEX OPTIONS...: iptables has to refuse a rule with a
# message that matches REGEX.
refused() {
	local tool=$1 name=$2 regex=$3
	shift 3
	run n "$tool" -A INPUT "$@"
	is "$tool: $name is refused" "$status" 2
	like "$tool: $name is refused with the right message" "$stderr" "$regex"
}

long=$(printf 'x%.0s' {1..64})

check_refusals() {
	local tool=$1

	refused "$tool" "a match without --function" '"--function" must' -m lua
	refused "$tool" "a target without --function" '"--function" must' -j LUA
	refused "$tool" "a function name that begins with a digit" 'lua: --function "3x"' \
		-m lua --function 3x
	refused "$tool" "a function name with a dot" 'LUA: --function "a.b"' \
		-j LUA --function a.b
	refused "$tool" "an empty function name" '1 to 63' -m lua --function ''
	refused "$tool" "a function name of 64 bytes" '1 to 63' -m lua --function "$long"
	refused "$tool" "a state name of 64 bytes" '1 to 63' -m lua --function f --state "$long"
	refused "$tool" "a state name with a slash" 'lua: --state "a/b"' \
		-m lua --function f --state a/b
	refused "$tool" "a state name that begins with a dash" '--state "-a"' \
		-m lua --function f --state -a
	refused "$tool" "a negated --state" 'cannot be inverted' \
		-m lua ! --state a --function f
	refused "$tool" "a negated --function of a target" 'cannot be inverted' \
		-j LUA ! --function f
	refused "$tool" "--mask 0" '--mask' -m lua --function f --mask 0
	refused "$tool" "a --mask of 65 bits" '--mask' \
		-m lua --function f --mask 0x10000000000000000
	refused "$tool" "--on-error drop of a match" 'not one of no yes' \
		-m lua --function f --on-error drop
	refused "$tool" "--on-error yes of a target" 'not one of continue accept drop' \
		-j LUA --function f --on-error yes
}

rules=(
	'-A INPUT -m lua --state default --function f -j DROP'
	'-A INPUT -m lua --state default ! --function f -j DROP'
	'-A INPUT -m lua --state default --function f --tcp-payload --mask 0xffffffffffffffff --on-error yes -j ACCEPT'
	'-A INPUT -m lua --state a.B_1:@+- --function _f1 --mask 0x1 -j ACCEPT'
	'-A INPUT -j LUA --state default --function g'
	'-A INPUT -j LUA --state default --function g --tcp-payload --mask 0x10 --on-error accept'
	'-A INPUT -j LUA --state default --function g --on-error drop'
)

check_round_trip() {
	local tool=$1 rule saved

	for rule in "${rules[@]}"; do
		# shellcheck disable=SC2086 # words of a rule
		ok "$tool adds the rule: $rule" n "$tool" $rule
	done
	is "$tool -S shows all rules as they were given" \
		"$(n "$tool" -S INPUT | sed '1d; s/"//g')" "$(printf '%s\n' "${rules[@]}")"
	saved=$(n "$tool-save" -t filter | grep -v '^#')
	n "$tool" -F INPUT
	ok "$tool-restore accepts what $tool-save wrote" n "$tool-restore" <<<"$saved"
	is "$tool-save writes restored rules as before" \
		"$(n "$tool-save" -t filter | grep -v '^#')" "$saved"
	for rule in "${rules[@]}"; do
		# shellcheck disable=SC2086
		ok "$tool deletes the rule: $rule" n "$tool" -D ${rule#-A }
	done
	is "$tool: no rule is left when all are deleted" "$(n "$tool" -S INPUT)" '-P INPUT ACCEPT'
}

state n 'a.B_1:@+-'
for tool in iptables-legacy iptables-nft ip6tables-legacy ip6tables-nft; do
	check_refusals "$tool"
	check_round_trip "$tool"
done
done_testing
