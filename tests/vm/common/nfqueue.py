# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that listens on a queue of netfilter (NFQUEUE), as in linux/netfilter/
nfnetlink_queue.h."""
import socket
import struct

from topology import Inside

NETLINK_NETFILTER = 12
SUBSYSTEM = 3 << 8
PACKET, VERDICT, CONFIG = range(3)
BIND, META = 1, 1
NF_DROP, NF_ACCEPT = 0, 1


class Queue:
    """Listens on queue @number in a namespace."""

    def __init__(self, name, number):
        self.number = number
        with Inside(name):
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.sock.bind((0, 0))
        self.sock.settimeout(5)
        self.config(1, struct.pack("!BxH", BIND, 0))
        self.config(2, struct.pack("!IB", 0, META))

    def send(self, kind, attribute, data, flags=1):
        body = struct.pack("BB", 0, 0) + struct.pack("!H", self.number)
        body += struct.pack("HH", 4 + len(data), attribute) + data
        body += bytes(-len(body) % 4)
        self.sock.send(struct.pack("IHHII", 16 + len(body), SUBSYSTEM | kind, flags, 0, 0) + body)

    def config(self, attribute, data):
        self.send(CONFIG, attribute, data, 1 | 4)  # to be acknowledged
        code = struct.unpack_from("i", self.sock.recv(4096), 16)[0]
        if code:
            raise OSError(-code, "NFQUEUE %d" % self.number)

    def give(self, verdict, seconds=3):
        """Gives the next packet a verdict. Returns whether one came."""
        self.sock.settimeout(seconds)
        try:
            data = self.sock.recv(1 << 16)
        except socket.timeout:
            return False
        # The first attribute is NFQA_PACKET_HDR, which begins with the packet's number.
        number = struct.unpack_from("!I", data, 16 + 4 + 4)[0]
        self.send(VERDICT, 2, struct.pack("!II", verdict, number))
        return True

    def close(self):
        self.sock.close()
