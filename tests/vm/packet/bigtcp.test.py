# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP packets that are longer than their IP header can say (BIG TCP)."""
import os
import socket
import struct

from rules import Rule, settle
from tap import Aside, equal, main, note, ok

PORT = 5301
SIZE = 4 << 20
TSO_RTT_LOG = "/proc/sys/net/ipv4/tcp_tso_rtt_log"
RTM_NEWLINK, IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE = 16, 41, 63
KERNEL = tuple(int(n) for n in os.uname().release.split(".")[:2])

SCRIPT = """
all, with = {}, {}
local function count(t, packet)
    t.n = (t.n or 0) + 1
    if #packet > 65575 then t.big = (t.big or 0) + 1 end
    if #packet.payload > 0 then t.full = (t.full or 0) + 1 end
    return true
end
function every(frame, packet) return count(all, packet) end
function payload(frame, packet) return count(with, packet) end
"""


def set_gso(bytes_):
    """Does what `ip link set lo gso_max_size N gso_ipv4_max_size N` does. Returns an errno."""
    attrs = b"".join(struct.pack("HHI", 8, kind, bytes_)
                     for kind in (IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE))
    body = struct.pack("BxHiII", 0, 0, socket.if_nametoindex("lo"), 0, 0) + attrs
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.bind((0, 0))
        sock.send(struct.pack("IHHII", 16 + len(body), RTM_NEWLINK, 5, 1, 0) + body)
        return -struct.unpack_from("i", sock.recv(4096), 16)[0]


class NearPeers:
    """TCP makes the longest packets that it may only for peers that answer within 2^9
    microseconds, which nobody does on a busy host: now within 2^24."""

    def __enter__(self):
        with open(TSO_RTT_LOG) as f:
            self.was = f.read()
        self.set("24")

    def __exit__(self, *_):
        self.set(self.was)

    @staticmethod
    def set(value):
        with open(TSO_RTT_LOG, "w") as f:
            f.write(value)


def read_all(listener):
    got = 0
    peer, _ = listener.accept()
    with peer:
        while data := peer.recv(1 << 20):
            got += len(data)
    return got


def transfer(family, host):
    """Sends SIZE bytes over TCP and returns how many arrive."""
    with socket.socket(family) as listener, socket.socket(family) as sender:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        listener.bind((host, PORT))
        listener.listen()
        reader = Aside(read_all, listener)
        sender.setsockopt(socket.SOL_SOCKET, 32, 16 << 20)  # SO_SNDBUFFORCE
        sender.connect((host, PORT))
        sender.sendall(b"x" * SIZE)
        sender.close()
        return reader.end()


def payload(c):
    equal("the device lo takes a GSO size of 185,000", set_gso(185000), 0)
    c.create("b", SCRIPT)
    for version, family, host in ((4, socket.AF_INET, "127.0.0.1"), (6, socket.AF_INET6, "::1")):
        if version == 4 and KERNEL < (6, 3):
            note("IPv4: this kernel has no BIG TCP for it")
            continue
        tool = "iptables-legacy" if version == 4 else "ip6tables-legacy"
        match = "-p tcp --dport %d" % PORT
        c.exec("b", "all, with = {}, {}")
        with NearPeers(), Rule("-m lua --state b --function every", "OUTPUT", tool, match), \
                Rule("-m lua --state b --function payload --tcp-payload", "OUTPUT", tool, match):
            equal("IPv%d: all bytes arrive over BIG TCP" % version, transfer(family, host), SIZE)
            n, full, big, with_n, with_big = c.eval(
                "b", "all.n, all.full or 0, all.big or 0, with.n or 0, with.big or 0")
        ok(big > 0, "IPv%d: some packets are longer than 65,575 bytes" % version,
           "%d of %d" % (big, n))
        equal("IPv%d: --tcp-payload calls the function for each long packet" % version,
              with_big, big)
        equal("IPv%d: --tcp-payload calls the function for no packet without payload" % version,
              with_n, full)
        ok(full < n, "IPv%d: some packets have no payload" % version, n)
    equal("the GSO size of lo can be set back", set_gso(65536), 0)
    settle(c, "b")


main(payload)
