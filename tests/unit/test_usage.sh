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

usage 'missing command'
usage "unknown command 'frob'" frob
usage "unknown option '--frob'" --frob list
usage "option '-n' needs an argument" -n
usage "unknown option '--frob'" list --frob
usage 'missing state name' create
usage "'12Q' is not a size" create x -m 12Q
usage "'x' is not a number" create x -b x
usage "option '-m' needs an argument" create x -m
usage 'nothing to set' set x
usage 'missing state name' set -m 1M
usage 'unexpected argument' set x y -m 1M
usage "'1X' is not a size" set x -m 1X
usage 'missing script' check
usage 'cannot be combined' apply --check --dry-run
usage 'cannot be combined' apply --remove --boot
usage 'an owner has 1 to 255 bytes' apply -w ''
usage 'unexpected argument' apply x
usage 'missing state name' load
usage 'missing script' load x
usage 'cannot be combined' load x --check --replace f
usage 'missing state name' destroy
usage 'cannot be combined' destroy x --all
usage 'missing state name' eval
usage 'missing code' eval x
usage 'unexpected argument' eval x a b
usage 'missing state name' send
usage 'unexpected argument' send x a b
usage 'unexpected argument' listen x
usage "'x' is not a number" listen -g x
usage 'group 32 out of range (0 to 31)' listen -g 32
usage "'0' is too small" listen -c 0
usage "'-1' is not a number" listen -t -1
usage "option '-c' needs an argument" listen -c
usage 'unexpected argument' repl a b
usage '--json is not supported' repl -j
usage "'0' is not a number of events" monitor -c 0
usage 'missing state name' run
usage 'missing function' run a
usage 'missing --pcap FILE' run a b
usage 'unexpected argument' run a b c -p f
usage "'0' is not a number of calls" run a b -r 0 -p f
usage "unknown chain 'x'" run a b -k x -p f
usage 'missing state name' attach
usage 'missing function' attach a
usage 'missing --hook HOOK' attach a b
usage "unknown hook 'x'" attach a b -k x
usage 'unexpected argument' attach a b c -k input
usage "unknown family 'decnet'" attach a b -k input -F decnet
usage "'x' is not a priority" attach a b -k input -p x
usage "'filter -' is not a priority" attach a b -k input -p 'filter -'
usage "'filter * 2' is not a priority" attach a b -k input -p 'filter * 2'
usage "'2147483648' is not a priority" attach a b -k input -p 2147483648
usage "'srcnat + 2147483600' is not a priority" attach a b -k input -p 'srcnat + 2147483600'
usage "'x' is not a mark" attach a b -k input -m x
usage "'-1' is not a mark" attach a b -k input -m -1
usage "'1/' is not a mark" attach a b -k input -m 1/
usage "'4294967296' is not a mark" attach a b -k input -m 4294967296
usage "no packet has the mark '3/1'" attach a b -k input -m 3/1
usage "no packet has the mark '0/0'" attach a b -k input -m 0/0
usage "'x' is not 'all' or up to 8 of ip" attach a b -k ingress -d lo --proto x
usage "'' is not 'all'" attach a b -k ingress -d lo --proto ''
usage "'arp,' is not 'all'" attach a b -k ingress -d lo --proto arp,
usage "'0' is not 'all'" attach a b -k ingress -d lo --proto 0
usage "'65536' is not 'all'" attach a b -k ingress -d lo --proto 65536
usage "'-1' is not 'all'" attach a b -k ingress -d lo --proto -1
usage "'ip arp' is not 'all'" attach a b -k ingress -d lo --proto 'ip arp'
usage "'1,2,3,4,5,6,7,8,9' is not 'all'" attach a b -k ingress -d lo --proto 1,2,3,4,5,6,7,8,9
usage '--proto is for ingress, egress and bridges' attach a b -k input --proto all
usage '--proto is for ingress, egress and bridges' attach a b -k input -F arp --proto all
usage 'the family arp has no hook forward' attach a b -k forward -F arp
usage 'the family arp has no hook ingress' attach a b -k ingress -d lo -F arp
usage "unknown protocol 'x'" attach a b -k input -l x
usage "protocol '0' out of range" attach a b -k input -l 0
usage "protocol '256' out of range" attach a b -k input -l 256
usage "'x' is neither accept nor drop" attach a b -k input -o x
usage "'' is not the name of a device" attach a b -k input -i ''
usage "'sixteen-bytes-xx' is not the name of a device" attach a b -k input -i sixteen-bytes-xx
usage '--iif cannot be used in output' attach a b -k output -i lo
usage '--oif cannot be used in input' attach a b -k input -O lo
usage "the family ip has no hook ingress" attach a b -k ingress -F ip -d lo
usage "ingress needs --device" attach a b -k ingress
usage "egress needs --device" attach a b -k egress
usage "--device is for ingress and egress" attach a b -k input -d lo
usage "--device cannot be used with" attach a b -k ingress -d lo -i lo
usage '--iif cannot be used in egress' attach a b -k egress -O lo -i lo
usage '--oif cannot be used in ingress' attach a b -k ingress -i lo -O lo
usage "'' is not the name of a device" attach a b -k ingress -d ''
usage 'missing state name' detach
usage 'missing function or number' detach a
usage 'unexpected argument' detach a b c
usage 'unexpected argument' hooks a b
usage 'unexpected argument' top a
usage "'0' is not a number from 1 to 1000000" top -n 0
usage "'x' is not a number from 1 to 1000000" top -d x
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
usage "option '-n' needs an argument" list --netns
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
	for option in $(grep -o -- '--[a-z0-9-]\+' <<<"$text" | sort -u); do
		grep -q -- "Fl -${option#--}\b" "$man"
		result $? "the man page has $option of $command"
	done
	# Options are read before anything is done, so one that is wrong ends it.
	while read -r letter name argument; do
		for option in "$letter" "$name"; do
			usage "unknown option '--frob'" "$command" "$option" \
				${argument:+1} --frob
		done
	done < <(sed -n 's/^  \(-[A-Za-z]\), \(--[a-z0-9-]\+\)\( [A-Z]\+\)\?\b.*/\1 \2\3/p' \
		<<<"$text" | grep -v -e '-[hV] ')
done
for option in $("$tool" --help | grep -o -- '--[a-z0-9-]\+' | sort -u); do
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
