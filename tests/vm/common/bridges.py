# SPDX-License-Identifier: GPL-2.0-or-later
"""A client c and a server s, joined by a bridge in a namespace b.

      namespace c               namespace b               namespace s
    +-------------+        +-------------------+        +-------------+
    |       veth0 |--------| c      br0      s |--------| veth0       |
    |  10.9.1.2   |        |     10.9.1.1      |        |  10.9.1.3   |
    |  fd09:1::2  |        |     fd09:1::1     |        |  fd09:1::3  |
    +-------------+        +-------------------+        +-------------+
"""
from topology import Net, batch


class Switch(Net):
    """The namespaces drawn above."""

    def __init__(self):
        super().__init__("c", "b", "s")

    def __enter__(self):
        super().__enter__()
        self.link("c", "veth0", ["10.9.1.2/24", "fd09:1::2/64"], "b", "c", [])
        self.link("s", "veth0", ["10.9.1.3/24", "fd09:1::3/64"], "b", "s", [])
        batch(["link add br0 type bridge forward_delay 0", "link set c master br0",
               "link set s master br0", "addr add 10.9.1.1/24 dev br0",
               "addr add fd09:1::1/64 dev br0 nodad", "link set br0 up"], "b")
        # Where br_netfilter is there, hooks of IP see what a bridge forwards, too.
        self.sh("b", "sysctl -qw net.bridge.bridge-nf-call-iptables=0 "
                "net.bridge.bridge-nf-call-ip6tables=0 2>/dev/null || true")
        return self
