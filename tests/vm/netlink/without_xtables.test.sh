#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel, where x_tables is built in.
# The module nflua works in a kernel that has no x_tables; xt_lua is for kernels that do.
. "$(dirname "$0")/../common/lib.sh"

"$common/rmmod-nflua"
unlike 'nflua does not depend on x_tables' "$(modinfo -F depends nflua)" x_tables
like 'xt_lua depends on nflua and on x_tables' "$(modinfo -F depends xt_lua)" \
	'^(x_tables,nflua|nflua,x_tables)$'
is 'the aliases of rules belong to xt_lua' "$(modprobe -R ipt_lua ip6t_lua; modprobe -R ipt_LUA)" \
	$'xt_lua\nxt_lua'

# x_tables cannot be loaded, as if the kernel were built without it.
file=$(modinfo -n x_tables)
restore() {
	umount "$file"
	modprobe nflua
}
at_exit restore
mount --bind "$0" "$file"	# no module
lsmod | awk '$1 ~ /^(ip6?_?table|ip6?t_|xt_|nft_compat)/ { print $1 }' | xargs -r rmmod 2>/dev/null
rmmod x_tables 2>/dev/null
fails 'x_tables is not loaded' 1 grep '^x_tables ' /proc/modules
fails 'x_tables cannot be loaded' 1 modprobe x_tables
ok 'nflua can be loaded without x_tables' modprobe nflua
ok 'a state can be made without x_tables' nfluactl create s
is 'a script runs without x_tables' "$(nfluactl eval s '6 * 7')" 42
printf '\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\x7f\0\0\1\x7f\0\0\1\0\1\0\2\0\x08\0\0' >/mnt/packet
nfluactl load s -e 'function f(frame, packet) return packet.proto == 17 end'
fails 'xt_lua cannot be loaded without x_tables' 1 modprobe xt_lua
ok 'the state is destroyed' nfluactl destroy s
ok 'nflua can be unloaded without x_tables' rmmod nflua
done_testing
