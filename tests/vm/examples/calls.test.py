# SPDX-License-Identifier: GPL-2.0-or-later
# Of scripts: left out with older kernels.
"""Runs the example calls.lua with the commands of examples/README.md, on a router."""
import struct

from readme import Example
from tap import equal, main, ok
from topology import HOSTS, Capture, received, udp

PORT, OTHER = 40000, 40002
EF = 46 << 2


def stun(attributes=b"", length=None, kind=1):
    """A Binding request (RFC 8489, 5)."""
    return struct.pack("!HHI", kind, len(attributes) if length is None else length,
                       0x2112a442) + b"transaction!" + attributes


def tos(p):
    return p.data[1] if p.version == 4 else struct.unpack_from("!H", p.data)[0] >> 4 & 0xff


def sent(capture, source, target, data):
    """Returns the DSCP and ECN with which a datagram arrives."""
    source.sendto(data, target.getsockname()[:2])
    ok(received(target), "a datagram of %d bytes arrives" % len(data))
    found = [p for p in capture.packets((source.getsockname()[1],), seconds=0.2)
             if p.payload == data]
    equal("its checksums are right", [p.faults for p in found], [[]])
    return tos(found[0])


NOT_STUN = (("media before any STUN", b"\x80\0" + bytes(30)), ("nothing", b""),
            ("19 bytes of STUN", stun()[:-1]), ("a first bit of 1", b"\x80" + stun()[1:]),
            ("another fixed number", stun()[:4] + b"abcd" + stun()[8:]),
            ("a length of 3", stun(b"\0" * 4, 3)), ("a length past the end", stun(b"\0" * 4, 8)))


def calls(_):
    with Example("Calls first", "calls", lines=2) as x:
        x.net.sh("r", "tc qdisc add dev s root handle 1: prio; "
                 "tc filter add dev s parent 1: prio 1 handle 46 fw classid 1:1; "
                 "tc filter add dev s parent 1: prio 2 matchall classid 1:3")
        for version, (here, there) in HOSTS.items():
            a, b = udp("c", here, PORT), udp("s", there, PORT)
            c, d = udp("c", here, OTHER), udp("s", there, OTHER)
            with Capture("s") as at_s, Capture("c") as at_c:
                for what, data in NOT_STUN:
                    equal("IPv%d: %s is no call" % (version, what), sent(at_s, a, b, data), 0)
                equal("IPv%d: STUN is a part of a call" % version,
                      sent(at_s, a, b, stun(b"\0\6\0\4abcd")), EF)
                equal("IPv%d: so are the media after it" % version,
                      sent(at_s, a, b, b"\x80\0" + bytes(30)), EF)
                equal("IPv%d: and those in the other direction" % version,
                      sent(at_c, b, a, b"\x80\0" + bytes(30)), EF)
                equal("IPv%d: another flow of the host is not" % version,
                      sent(at_s, c, d, b"\x80\0" + bytes(30)), 0)
            for sock in (a, b, c, d):
                sock.close()
        text = x.net.sh("r", "conntrack -L -f ipv4 --mark 46")
        equal("conntrack shows the connections of calls", text.count("mark=46"), 1)
        text = x.net.sh("r", "conntrack -L -f ipv6 --mark 46")
        equal("those of IPv6, too", text.count("mark=46"), 1)
        text = x.net.sh("r", "tc -s class show dev s")
        ok("Sent 0 bytes" not in text.split("class prio 1:2")[0], "tc sends calls in a class",
           text)
        x.net.sh("r", "nfluactl detach calls classify")
        equal("the hook is gone", x.net.sh("r", "nfluactl -j hooks").strip(), "[]")


main(calls)
