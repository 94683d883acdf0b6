#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shows what nflua does, on packets between two network namespaces. Run it in the VM
# (scripts/demo), because it loads the module and adds a rule.
#   --stay  leave the state, the rule and the server in place
set -euo pipefail
cd "$(dirname "$0")/.."

stay=
[ "${1-}" != --stay ] || stay=yes
server_address=10.9.0.2
steps=0

step() {
	steps=$((steps + 1))
	printf '\n--- %d. %s\n' "$steps" "$1"
}

# show COMMAND...: prints the command and runs it; it must succeed.
show() {
	printf '$ %s\n' "${*@Q}" | sed "s/'\([A-Za-z0-9_.:,=/-]*\)'/\1/g"
	"$@" && return
	printf 'demo: step %d failed with status %d\n' "$steps" $? >&2
	exit 1
}

# show_failure COMMAND...: the same, but the command must fail.
show_failure() {
	printf '$ %s\n' "${*@Q}" | sed "s/'\([A-Za-z0-9_.:,=/-]*\)'/\1/g"
	if "$@" 2>&1; then
		echo "demo: step $steps should have failed" >&2
		exit 1
	fi
}

# expect NAME ANSWER: the client asks for a name and must get this answer.
expect() {
	local answer

	answer=$(ip netns exec client /usr/bin/python3 examples/dns.py ask \
		"$server_address" 53 "$1")
	echo "client> $answer"
	[ "$answer" = "$1 $2" ] && return
	echo "demo: step $steps: wanted $2" >&2
	exit 1
}

network() {
	ip netns add client
	ip link add to-client type veth peer name eth0 netns client
	ip addr add "$server_address/24" dev to-client
	ip link set to-client up
	ip -n client addr add 10.9.0.1/24 dev eth0
	ip -n client link set eth0 up
}

finish() {
	kill "$server" 2>/dev/null || true
	ip netns del client
	rm -f /tmp/dns-new.lua /tmp/broken.lua /tmp/heard
}

network
/usr/bin/python3 examples/dns.py serve "$server_address" 53 &
server=$!
[ -n "$stay" ] || trap finish EXIT

step "The module is loaded into a stock kernel"
uname -sr
show modprobe nflua
show nfluactl version

step "A state: a Lua environment in the kernel, with limits of its own"
show nfluactl create dns -m 4M
show nfluactl list

step "A script is loaded into it; this one blocks DNS names"
show nfluactl load dns examples/dns.lua
show nfluactl eval dns 'type(blocked), names["ads.example"]'

step "A client in another network namespace asks a DNS server here"
expect www.example 192.0.2.1
expect ads.example 192.0.2.1

step "An iptables rule calls the Lua function for each query"
show iptables -A INPUT -p udp --dport 53 -m lua --state dns \
	--function blocked -j DROP
expect www.example 192.0.2.1
expect ads.example 'no answer'

step "The counters of the rule and of the state show who dropped it"
show iptables -nvL INPUT
show nfluactl list dns
show nfluactl eval dns hits

step "The script tells user space what it dropped"
nfluactl listen -g 0 -c 1 -t 20 >/tmp/heard &
listener=$!
while [ ! -s /tmp/heard ]; do sleep 0.1; done
expect ads.example 'no answer'
wait "$listener"
show cat /tmp/heard
grep -q 'ads\.example' /tmp/heard

step "The list is changed while packets arrive"
show nfluactl eval dns 'names["ads.example"] = nil'
expect ads.example 192.0.2.1

step "An error in a script says where it is, and harms nothing"
cat >/tmp/broken.lua <<'EOF'
local function read_list(name)
	error("no list called " .. name)
end
function reload() read_list("ads") end
reload()
EOF
show cat /tmp/broken.lua
show_failure nfluactl load dns /tmp/broken.lua
expect www.example 192.0.2.1

step "New code replaces the old in one step, or not at all"
sed 's/ads\.example/www.example/' examples/dns.lua >/tmp/dns-new.lua
show nfluactl load --replace dns /tmp/dns-new.lua
expect www.example 'no answer'
show_failure nfluactl load --replace dns -e 'this is no Lua'
expect www.example 'no answer'
expect ads.example 192.0.2.1

if [ -n "$stay" ]; then
	printf '\n--- The state "dns" and the rule are left for you to play with.\n'
	exit
fi

step "A state that a rule uses cannot be destroyed by accident"
show_failure nfluactl destroy dns
show iptables -D INPUT 1
show nfluactl destroy dns
show nfluactl list
show modprobe -r xt_lua

printf '\n--- Done: %d steps, all as expected.\n' "$steps"
