# SPDX-License-Identifier: GPL-2.0-or-later
"""A client that attaches functions to hooks, and datagrams for them."""
import struct

from nflua_nl import NLM_F_DUMP, Client, attr, u32
from topology import Inside, udp

IPV4, IPV6, INET, NETDEV, BRIDGE = 2, 10, 1, 5, 7

# Notes what it sees of datagrams to a port, for which it returns drop.
SEE = """
seen, drop = {}, nil
function f(frame, packet)
    local to = packet.udp
    if not to or to.dport ~= %d then return end
    seen[#seen + 1] = table.concat({packet.hook, packet.version, packet.length, #packet,
        #packet.payload, packet.src, tostring(packet.indev), tostring(packet.outdev), #frame}, " ")
    return drop
end
"""


def s32(n):
    return struct.pack("i", n)


class Hooked(Client):
    """A client whose hooks are lists of attributes, as words."""

    def attach(self, function, hook, family=INET, state="fw", **more):
        flags = [attr("FORCE")] if more.pop("force", False) else []
        parts = [attr("NAME", state), attr("FUNCTION", function), attr("FAMILY", u32(family)),
                 attr("HOOK", u32(hook))]
        for name, value in more.items():
            if name == "priority":
                value = s32(value)
            elif isinstance(value, int):
                value = u32(value)
            parts.append(attr(name.upper(), value))
        return self.request("HOOK_NEW", *parts, *flags)[0].number("HOOK_ID")

    def detach(self, what, state="fw"):
        which = attr("FUNCTION", what) if isinstance(what, str) else attr("HOOK_ID", u32(what))
        self.request("HOOK_DEL", attr("NAME", state), which)

    def hooks(self, state=None):
        return self.request("HOOK_GET", *([attr("NAME", state)] if state else []),
                            flags=NLM_F_DUMP)

    def detach_all(self):
        for hook in self.hooks():
            self.detach(hook.number("HOOK_ID"), hook.text("NAME"))


def hooked(name=None):
    if not name:
        return Hooked()
    with Inside(name):
        return Hooked()


def send(source, target, port=5310, data=b"x"):
    """Sends a datagram from a namespace's address to another. Returns the sender."""
    sock = udp(source[0], source[1])
    sock.sendto(data, (target, port))
    sock.close()
