# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces for the tests in Python: a client c, a router r, a server s.

Offloads of checksums are off on every device, so that each packet that is on
the way has its checksums, and whoever receives it checks them.
"""
import ctypes
import fcntl
import os
import socket
import struct

from nflua_nl import Client
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
    """This thread is in the namespace while the block runs."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _setns("/run/netns/" + self.name)

    def __exit__(self, *_):
        if libc.setns(self.home, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns back")
        os.close(self.home)


def client(name, **more):
    """A client of nflua in a namespace."""
    with Inside(name):
        return Client(**more)


def bound(name, kind, address, port, **more):
    """A socket in a namespace, bound there."""
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


def received(sock, seconds=1):
    """What a datagram socket gets next, and from whom; or None."""
    sock.settimeout(seconds)
    try:
        data, address = sock.recvfrom(1 << 17)
    except socket.timeout:
        return None
    return data, address[:2]


class Net:
    """Namespaces and what joins them; all gone at the end of the block."""

    def __init__(self, *names):
        self.names = names

    def __enter__(self):
        for name in self.names:
            sh("ip netns add " + name)
            sh("ip -n %s link set lo up" % name)
        return self

    def __exit__(self, *_):
        for name in self.names:
            sh("ip netns del " + name)

    def sh(self, name, command, check=True):
        return sh("nsenter --net=/run/netns/%s -- sh -c '%s'" % (name, command), check)

    def link(self, one, device, addresses, two, peer, peers):
        """A veth pair with its addresses."""
        sh("ip link add %s netns %s type veth peer name %s netns %s" % (device, one, peer, two))
        for name, dev, hosts in ((one, device, addresses), (two, peer, peers)):
            for host in hosts:
                sh("ip -n %s addr add %s dev %s%s"
                   % (name, host, dev, " nodad" if ":" in host else ""))
            sh("ip -n %s link set %s up" % (name, dev))
            offloads_off(name, dev)

    def route(self, name, spec):
        sh("ip -n %s route add %s" % (name, spec))


def offloads_off(name, device):
    """What `ethtool -K DEVICE tx off tso off gso off` does."""
    with Inside(name):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in (0x17, 0x1f, 0x24):  # ETHTOOL_STXCSUM, _STSO, _SGSO
        value = ctypes.create_string_buffer(struct.pack("II", command, 0))
        ifreq = struct.pack("16sP", device.encode(), ctypes.addressof(value)) + bytes(16)
        fcntl.ioctl(sock, 0x8946, ifreq)  # SIOCETHTOOL
    sock.close()


class Router(Net):
    """c (10.9.1.2, fd09:1::2) - r - s (10.9.2.2, fd09:2::2); r is x.1 on its
    devices c and s, and forwards."""

    def __init__(self):
        super().__init__("c", "r", "s")

    def __enter__(self):
        super().__enter__()
        self.link("c", "veth0", ["10.9.1.2/24", "fd09:1::2/64"],
                  "r", "c", ["10.9.1.1/24", "fd09:1::1/64"])
        self.link("s", "veth0", ["10.9.2.2/24", "fd09:2::2/64"],
                  "r", "s", ["10.9.2.1/24", "fd09:2::1/64"])
        self.sh("r", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        for name, n in (("c", 1), ("s", 2)):
            self.route(name, "default via 10.9.%d.1" % n)
            self.route(name, "default via fd09:%d::1" % n)
        return self
