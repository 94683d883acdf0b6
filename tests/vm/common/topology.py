# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces for the tests in Python: a client c, a router r, a server s.

      namespace c                 namespace r                 namespace s
    +--------------+        +---------------------+        +--------------+
    |        veth0 |--------| c       router    s |--------| veth0        |
    |   10.9.1.2   |        | 10.9.1.1   10.9.2.1 |        |   10.9.2.2   |
    |   fd09:1::2  |        | fd09:1::1 fd09:2::1 |        |   fd09:2::2  |
    +--------------+        +---------------------+        +--------------+

c and s have a default route to r, and r forwards. nflua's states and rules are mostly
in r. Checksum offload is off on every device, so that each packet carries its checksums
and its receiver checks them.
"""
import ctypes
import fcntl
import os
import socket
import struct

from nflua_nl import Client, u32
from tap import sh

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def _setns(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + path)
    finally:
        os.close(fd)


class Inside:
    """Moves this thread into the namespace while the block runs."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _setns("/run/netns/" + self.name)

    def __exit__(self, *_):
        if libc.setns(self.home, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns back")
        os.close(self.home)


class Patient(Client):
    """Creates states with a large budget. On a busy machine a call could exceed a smaller
    one, and a packet that the test wants to be dropped would get through."""

    def create(self, name, script=None, **more):
        more.setdefault("budget", u32(1000000))
        return super().create(name, script, **more)


def client(name, **more):
    """Returns an nflua client in a namespace."""
    with Inside(name):
        return Patient(**more)


def bound(name, kind, address, port, **more):
    """Returns a socket in a namespace, bound to an address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with Inside(name):
        sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(more.get("timeout", 5))
    sock.bind((address, port))
    return sock


def udp(name, address, port=0, **more):
    return bound(name, socket.SOCK_DGRAM, address, port, **more)


def tcp(name, address, port=0, **more):
    return bound(name, socket.SOCK_STREAM, address, port, **more)


def received(sock, seconds=3):
    """Returns the next datagram of a socket and its sender, or None if none comes."""
    sock.settimeout(seconds)
    try:
        data, address = sock.recvfrom(1 << 17)
    except socket.timeout:
        return None
    return data, address[:2]


class Net:
    """Network namespaces and their links, which exist while the block runs."""

    def __init__(self, *names):
        self.names = names

    def __enter__(self):
        batch(["netns add " + name for name in self.names])
        for name in self.names:
            # Without duplicate address detection, new addresses can be used at once.
            for value in ("dad_transmits", "accept_dad"):
                sysctl(name, "net/ipv6/conf/default/" + value, 0)
            batch(["link set lo up"], name)
        return self

    def __exit__(self, *_):
        batch(["netns del " + name for name in self.names])

    def sh(self, name, command, check=True):
        with Inside(name):
            return sh(command, check)

    def link(self, one, device, addresses, two, peer, peers):
        """Creates a veth pair with addresses."""
        batch(["link add %s netns %s type veth peer name %s netns %s" % (device, one, peer, two)])
        for name, dev, hosts in ((one, device, addresses), (two, peer, peers)):
            batch(["addr add %s dev %s%s" % (host, dev, " nodad" if ":" in host else "")
                   for host in hosts] + ["link set %s up" % dev], name)
            offloads(name, dev, False)

    def routes(self, name, *specs):
        batch(["route add " + spec for spec in specs], name)


def batch(lines, name=None):
    """Runs several commands of ip, in the namespace if one is named."""
    sh("ip %s -batch -" % ("-n " + name if name else ""), stdin="\n".join(lines) + "\n")


def sysctl(name, path, value):
    """Sets a value below /proc/sys of a namespace."""
    with Inside(name), open("/proc/sys/" + path, "w") as f:
        f.write(str(value))


def offloads(name, device, on):
    """Does what `ethtool -K DEVICE tx on tso on gso on gro on` does, or the same with off."""
    with Inside(name):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in (0x17, 0x1f, 0x24, 0x2c):  # ETHTOOL_STXCSUM, _STSO, _SGSO, _SGRO
        value = ctypes.create_string_buffer(struct.pack("II", command, on))
        ifreq = struct.pack("16sP", device.encode(), ctypes.addressof(value)) + bytes(16)
        fcntl.ioctl(sock, 0x8946, ifreq)  # SIOCETHTOOL
    sock.close()


class Router(Net):
    """The namespaces drawn above."""

    def __init__(self):
        super().__init__("c", "r", "s")

    def __enter__(self):
        super().__enter__()
        self.link("c", "veth0", ["10.9.1.2/24", "fd09:1::2/64"],
                  "r", "c", ["10.9.1.1/24", "fd09:1::1/64"])
        self.link("s", "veth0", ["10.9.2.2/24", "fd09:2::2/64"],
                  "r", "s", ["10.9.2.1/24", "fd09:2::1/64"])
        sysctl("r", "net/ipv4/ip_forward", 1)
        sysctl("r", "net/ipv6/conf/all/forwarding", 1)
        for name, n in (("c", 1), ("s", 2)):
            self.routes(name, "default via 10.9.%d.1" % n, "default via fd09:%d::1" % n)
        return self


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


class Packet:
    """An IP packet from the wire: its fields and payload, and the faults in its
    lengths and checksums."""

    def __init__(self, data):
        self.data = data
        self.version = data[0] >> 4
        if self.version == 4:
            self._ipv4(data)
        else:
            self._ipv6(data)
        self.fragment = self.offset or self.more
        self.sport = self.dport = None
        self.payload = self.transport
        if not self.fragment and self.protocol in (6, 17):
            self._transport()

    def _ipv4(self, data):
        size = (data[0] & 15) * 4
        total, _, frag, self.ttl, self.protocol = struct.unpack_from("!HHHBB", data, 2)
        self.header, self.options = data[:size], data[20:size]
        self.transport = data[size:total]
        self.df, self.more, self.offset = frag >> 14 & 1, frag >> 13 & 1, frag & 0x1fff
        self.src = socket.inet_ntop(socket.AF_INET, data[12:16])
        self.dst = socket.inet_ntop(socket.AF_INET, data[16:20])
        self.pseudo = data[12:20] + struct.pack("!HH", self.protocol, len(self.transport))
        self.faults = [] if checksum(self.header) == 0 else ["header checksum"]
        if total > len(data):
            self.faults.append("length")

    def _ipv6(self, data):
        size, self.protocol, self.ttl = struct.unpack_from("!HBB", data, 4)
        self.src = socket.inet_ntop(socket.AF_INET6, data[8:24])
        self.dst = socket.inet_ntop(socket.AF_INET6, data[24:40])
        self.faults = [] if 40 + size <= len(data) else ["length"]
        at = 40
        self.df, self.more, self.offset = 1, 0, 0
        while self.protocol in (0, 43, 44, 60):
            if self.protocol == 44:
                frag = struct.unpack_from("!H", data, at + 2)[0]
                self.more, self.offset = frag & 1, frag & 0xfff8
            self.protocol, at = data[at], at + (8 if self.protocol == 44 else
                                                8 * (data[at + 1] + 1))
        self.options = data[40:at]
        self.transport = data[at:40 + size]
        self.pseudo = data[8:40] + struct.pack("!II", len(self.transport), self.protocol)

    def _transport(self):
        self.sport, self.dport = struct.unpack_from("!HH", self.transport)
        if checksum(self.pseudo + self.transport):
            self.faults.append("checksum")
        if self.protocol == 17:
            if struct.unpack_from("!H", self.transport, 4)[0] != len(self.transport):
                self.faults.append("length of UDP")
            if self.transport[6:8] == b"\0\0":
                self.faults.append("no checksum")
            self.payload = self.transport[8:]
        else:
            self.seq, self.ack, at, self.flags = struct.unpack_from("!IIBB", self.transport, 4)
            self.payload = self.transport[(at >> 4) * 4:]


class Capture:
    """The IP packets that come in on a device (or go out) while the block runs."""

    def __init__(self, name, device="veth0", out=False):
        with Inside(name):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        self.sock.bind((device, 3))
        self.out = out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def packets(self, ports=None, seconds=0.5, protocols=(6, 17)):
        """Returns the packets captured so far, of these ports only if any are given. Waits
        until none has come for @seconds."""
        found = []
        self.sock.settimeout(seconds)
        while True:
            try:
                data, address = self.sock.recvfrom(1 << 17)
            except socket.timeout:
                return found
            if address[1] not in (0x800, 0x86dd) or (address[2] == 4) != self.out:
                continue
            p = Packet(data[14:])
            if p.protocol not in protocols:
                continue
            if ports is None or p.fragment or {p.sport, p.dport} & set(ports):
                found.append(p)


# The client and the server of a Router, by family.
HOSTS = {4: ("10.9.1.2", "10.9.2.2"), 6: ("fd09:1::2", "fd09:2::2")}


def target(net, name, chain, spec, tool="iptables-legacy", function="f"):
    net.sh(name, "%s %s -p %s -j LUA --state fw --function %s" % (tool, chain, spec, function))
