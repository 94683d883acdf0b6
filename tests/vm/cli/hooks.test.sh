#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
# Tests attach, detach and hooks, with packets.
. "$(dirname "$0")/../common/lib.sh"

json() {
	/usr/bin/python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"
}

# says NAME STATUS STDOUT-REGEX STDERR-REGEX COMMAND...
says() {
	local name=$1 wanted=$2 out=$3 err=$4
	shift 4
	run "$@"
	[ "$status" = "$wanted" ] && [[ $stdout =~ ^$out$ ]] && [[ $stderr =~ ^$err$ ]]
	result $? "$name" || note "status $status: $stdout$stderr"
}

cat >/tmp/hooks.lua <<'LUA'
calls = 0
function ping(frame, packet)
	calls = calls + 1
	return packet.icmp and packet.icmp.type == 8
end
function other() end
LUA
at_exit rm -f /tmp/hooks.lua
ok 'a state is created' nfluactl create fw /tmp/hooks.lua
pings() { ping -q -c 1 -W 1 127.0.0.1; }
ok 'pings are answered before' pings
says 'attach prints nothing' 0 '' '' nfluactl attach fw ping --hook input
fails 'pings are dropped by the hook' 1 pings
ok 'the function was called' [ "$(nfluactl eval fw calls)" -gt 0 ]
says 'attach refuses the same hook' 1 '' 'nfluactl: attach fw: there is such a hook already' \
	nfluactl attach fw ping --hook input --on-error drop
says 'attach refuses a missing function' 1 '' $'nfluactl: attach fw: the state has no such function\nnfluactl: --force overrides this' \
	nfluactl attach fw pong --hook input
says 'attach refuses a missing state' 1 '' 'nfluactl: attach none: there is no state of this name' \
	nfluactl attach none ping --hook input
like 'list prints how many hooks refer to a state' "$(nfluactl -q list fw)" \
	'^fw +[^ ]+ +[^ ]+ +32M +[^ ]+ +0 +1 '
like 'list prints the functions that hooks call' "$(nfluactl list fw)" 'hooks call ping'
says 'destroy refuses a state with a hook' 1 '' \
	'nfluactl: destroy fw: 1 hook refers to the state \(with -f it waits for a new one of the same name\)' \
	nfluactl destroy fw
says 'load --replace refuses a script without the function' 1 '' \
	$'nfluactl: load fw: hooks call functions that the script does not define: ping\nnfluactl: --force overrides this' \
	nfluactl load --replace fw -e 'function other() end'
ok 'attach takes all options' nfluactl attach fw other -k forward -F ip6 -p 'filter - 10' \
	-m 0x10/0xf0 -i lo -O eth9 -l udp -o drop
id=$(nfluactl -j attach fw other --hook=postrouting --priority=-7 --l4proto=6 | json 'd["id"]')
like 'attach -j prints the number' "$id" '^[0-9]+$'
is 'hooks -q prints a row for each hook' "$(nfluactl -q hooks | tr -s ' ' | cut -d' ' -f2-)" \
'fw ping inet input filter - -
fw other ip6 forward filter - 10 drop mark 0x10/0xf0, iif lo, oif eth9, l4proto udp
fw other inet postrouting filter - 7 - l4proto tcp'
like 'hooks prints a heading' "$(nfluactl hooks fw | head -n 1)" '^ID +STATE +FUNCTION +FAMILY +HOOK '
is 'hooks -j prints what hooks were given' \
	"$(nfluactl -j hooks fw | json '[(h["function"], h["family"], h["hook"], h["priority"], h["priority_name"], h["mark"], h["mask"], h["iif"], h["oif"], h["protocol"], h["on_error"]) for h in d][1]')" \
	"('other', 'ip6', 'forward', -10, 'filter - 10', 16, 240, 'lo', 'eth9', 17, 'drop')"
is 'hooks of a state without hooks prints nothing' "$(nfluactl -q hooks none)" ''
is 'hooks -j of a state without hooks prints an empty array' "$(nfluactl -j hooks none)" '[]'
nfluactl monitor -c 2 >/tmp/events &
monitor=$!
at_exit rm -f /tmp/events
until grep -q signalfd <(ls -l /proc/$monitor/fd 2>/dev/null); do sleep 0.1; done
says 'detach takes a number' 0 '' '' nfluactl detach fw "$id"
says 'detach takes a function' 0 '' '' nfluactl detach fw other
wait "$monitor"
is 'monitor prints that hooks were detached' "$(cat /tmp/events)" \
'fw detached other (inet postrouting, priority filter - 7)
fw detached other (ip6 forward, priority filter - 10)'
says 'detach refuses a hook that is gone' 1 '' 'nfluactl: detach fw: the state has no such hook' \
	nfluactl detach fw other
ok 'destroy -f destroys a state with a hook' nfluactl destroy -f fw
like 'list prints the hook of a destroyed state' "$(nfluactl list)" \
	'destroyed; 1 hook waits for a new state of this name, to call ping'
ok 'pings are answered while the state is gone' pings
ok 'the state is created again' nfluactl create fw /tmp/hooks.lua
fails 'pings are dropped by the new state' 1 pings
ok 'the last hook is detached' nfluactl detach fw ping
nfluactl monitor -c 3 >/tmp/events &
monitor=$!
until grep -q signalfd <(ls -l /proc/$monitor/fd 2>/dev/null); do sleep 0.1; done
ok 'attach takes a device that is not there' nfluactl attach fw ping -k ingress -d later0
is 'hooks prints that the hook waits' "$(nfluactl -q hooks | tr -s ' ' | cut -d' ' -f2-)" \
	'fw ping netdev ingress filter - iif later0 (waits for the device)'
is 'hooks -j prints that the hook waits' "$(nfluactl -j hooks | json '[h["waits"] for h in d]')" \
	'[True]'
ip link add later0 type dummy
is 'hooks prints that it does not when the device is there' \
	"$(nfluactl -q hooks | tr -s ' ' | cut -d' ' -f2-)" \
	'fw ping netdev ingress filter - iif later0'
ip link del later0
wait "$monitor"
is 'monitor prints that a hook waits and has its device' "$(cat /tmp/events)" \
'fw attached ping (netdev ingress later0, priority filter, waits for the device)
fw attached ping (netdev ingress later0, priority filter)
fw attached ping (netdev ingress later0, priority filter, waits for the device)'
ok 'attach of egress takes a device' nfluactl attach fw other --hook egress --device lo
ok 'attach of ingress takes the family inet' nfluactl attach fw ping -k ingress -F inet -d lo
fails 'pings are dropped at ingress' 1 pings
ok 'attach takes types of frames' nfluactl attach fw other -k ingress -d lo --proto 0x88CC,arp
ok 'attach takes the family arp' nfluactl attach fw other -F arp -k output --oif lo
is 'hooks prints types of frames' "$(nfluactl -q hooks | tr -s ' ' | cut -d' ' -f2- | tail -n 2)" \
'fw other netdev ingress filter - iif lo, proto arp,0x88cc
fw other arp output filter - oif lo'
is 'hooks -j prints types of frames' "$(nfluactl -j hooks | json '[h["proto"] for h in d][-2:]')" \
	"['arp,0x88cc', None]"
ok 'all hooks are detached' nfluactl detach fw ping
ok 'also that of egress' nfluactl detach fw other
ok 'pings are answered afterwards' pings
ok 'the state is destroyed' nfluactl destroy fw
done_testing
