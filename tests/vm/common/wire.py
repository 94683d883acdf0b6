# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds packets byte by byte, and a pair of interfaces to send them through."""
import ipaddress
import socket
import struct

from tap import sh
from topology import checksum

MAC_A, MAC_B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return ipaddress.ip_address(text).packed


def eth(kind, payload, src=MAC_A, dst=MAC_B, tag=None):
    vlan = b"" if tag is None else struct.pack("!HH", 0x8100, tag)
    return mac(dst) + mac(src) + vlan + struct.pack("!H", kind) + payload


def ipv4(protocol, payload, src="192.0.2.1", dst="192.0.2.2", options=b"", frag=0,
         ident=0x1234, ttl=64, tos=0, length=None):
    size = 20 + len(options)
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | size // 4, tos,
                       size + len(payload) if length is None else length, ident, frag, ttl,
                       protocol, 0, ip(src), ip(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(protocol, payload, src="2001:db8::1", dst="2001:db8::2", hops=64, flow=0, tos=0,
         length=None):
    return struct.pack("!IHBB16s16s", 6 << 28 | tos << 20 | flow,
                       len(payload) if length is None else length, protocol, hops,
                       ip(src), ip(dst)) + payload


def extension(following, data=b"\1\4\0\0\0\0"):
    """Returns an extension header with options (RFC 8200, 4.2), by default only padding."""
    size = 2 + len(data)
    return struct.pack("!BB", following, size // 8 - 1) + data


def fragment(following, offset, more, ident):
    return struct.pack("!BBHI", following, 0, offset | more, ident)


def udp(sport, dport, payload, length=None):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload) if length is None else length,
                       0) + payload


def tcp(sport, dport, payload=b"", flags=0x18, seq=1000, ack=2000, options=b"", window=501,
        urgent=0, words=None):
    size = 20 + len(options)
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack,
                       (size // 4 if words is None else words) << 4, flags, window, 0x5678,
                       urgent) + options + payload


def icmp(kind, code, rest=b"\0\1\0\2", payload=b""):
    return struct.pack("!BBH", kind, code, 0x9abc) + rest + payload


class Wire:
    """A veth pair: frames sent on wa come out of wb. close() deletes both."""

    def __init__(self, mtu=9000):
        sh("ip link add wa mtu %d address %s type veth peer name wb mtu %d address %s" %
           (mtu, MAC_A, mtu, MAC_B))
        for end in ("wa", "wb"):
            sh("sysctl -qw net.ipv6.conf.%s.accept_dad=0 net.ipv6.conf.%s.autoconf=0" % (end, end))
            sh("ip link set %s up" % end)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind(("wa", 0))

    def send(self, frame):
        self.socket.send(frame)

    def close(self):
        self.socket.close()
        sh("ip link del wa")
