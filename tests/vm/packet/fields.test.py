# SPDX-License-Identifier: GPL-2.0-or-later
"""Fields of views by name, on packets of all kinds, whole and damaged."""
import os
import struct

from nflua_nl import u32
from rules import settle
from tap import equal, main, ok, refused, sh, wait_for
from wire import (MAC_A, MAC_B, Wire, eth, extension, fragment, icmp, ipv4, ipv6, tcp, udp)

# Turns values into text: strings are quoted, views are "view:" and their bytes.
LOOK = """
local function text(v)
    if type(v) == "userdata" then return "view:" .. tostring(v) end
    if type(v) == "string" then return ("%q"):format(v) end
    return tostring(v)
end
function look(frame, packet)
    local p, f, out = packet, frame, {}
    for i, code in ipairs(what) do
        local ok, value = pcall(code, p, f)
        out[i] = ok and text(value) or "error: " .. value
    end
    last = out
    return false
end
"""
IPV4, IPV6, TAGGED = 0x0800, 0x86dd, 0x8100
LINUX = int(os.uname().release.split(".")[0])


class Looker:
    """Sends packets and evaluates expressions on them."""

    def __init__(self, c, wire):
        self.c, self.wire = c, wire

    def values(self, frame, codes):
        self.c.exec("fields", "last = nil what = {%s}" % ",".join(
            "function(p, f) return %s end" % code for code in codes))
        self.wire.send(frame)
        if not wait_for(lambda: self.c.eval("fields", "last ~= nil") == [True]):
            return ["no packet came"] * len(codes)
        return [self.c.eval("fields", "last[%d]" % (i + 1))[0] for i in range(len(codes))]

    def check(self, label, frame, wanted):
        for code, got in zip(wanted, self.values(frame, list(wanted))):
            want = wanted[code]
            if isinstance(want, str) and want.startswith("error: "):
                ok(got.startswith("error: ") and want[7:] in got,
                   "%s: %s fails with the right error" % (label, code), got)
            else:
                equal("%s: %s gives the right value" % (label, code), got, text(want))


def text(value):
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return "view:" + value.decode("latin-1")
    return '"%s"' % value if isinstance(value, str) else str(value)


def frames(look):
    look.check("a frame", eth(IPV4, ipv4(17, udp(1, 2, b"x"))), {
        "f.src": MAC_A, "f.dst": MAC_B, "f.type": IPV4, "f.vlan": None, "f.priority": None,
        "f.saddr == '\\x02\\0\\0\\0\\0\\x0a'": True, "f.daddr == '\\x02\\0\\0\\0\\0\\x0b'": True,
        "#f": 14, "f.payload": "error: frame has no field 'payload'"})


def transport_ipv4(look):
    look.check("UDP over IPv4", eth(IPV4, ipv4(17, udp(1111, 53, b"query"), ttl=7, tos=0x48)), {
        "p.version": 4, "p.src": "192.0.2.1", "p.dst": "192.0.2.2", "p.ttl": 7, "p.tos": 0x48,
        "p.protocol": 17, "p.length": 33, "p.hdrlen": 20, "p.id": 0x1234, "p.frag_off": 0,
        "p.mf": False, "p.df": False, "p.flowlabel": None, "p.mark": 0, "p.indev": "wb",
        "p.priority": 0,
        "p.outdev": None, "p.hook": "PREROUTING", "p.saddr == '\\xc0\\0\\x02\\x01'": True,
        "p.daddr == '\\xc0\\0\\x02\\x02'": True, "p.udp.sport": 1111, "p.udp.dport": 53,
        "p.udp.length": 13, "p.udp.check": 0, "p.tcp": None, "p.icmp": None,
        "p.payload": b"query", "#p.payload": 5, "p.payload:sub(2, 3)": "ue",
        "p.payload:find('ery')": 3, "p.payload:u16(0)": 0x7175, "p.payload:u8(5)": None,
        "p.payload:byte(-1)": ord("y"), "p.payload:unpack('>I2', 2)": 0x7565, "#p.udp": 8,
        "p.udp:u16(2)": 53, "p.udp:sub(-1)": "\\0",
        "p.payload == p.payload": True, "p.udp ~= p.payload": True, "p.udp.seq":
        "error: udp has no field 'seq'", "p.tcp.sport": "error: index a nil value (field 'tcp')",
        "p[1]": "error: packet has no field '1'", "p[p]": "error: packet has no field",
        "p.payload.sport": "error: payload has no field 'sport'",
        "(function() p.ttl = 3 end)()": "error: a match cannot change the packet: use -j LUA or a hook",
        "(function() p.tcp = nil end)()": "error: field 'tcp' cannot be set",
        "rawget(p, 'ttl')": "error: table expected", "p.nothing": "error: packet has no field 'nothing'"})
    mss = b"\2\4\5\xb4" + b"\1" + b"\3\3\7" + b"\4\2" + b"\1\0"
    look.check("TCP over IPv4 with options", eth(IPV4, ipv4(6, tcp(
        4444, 80, b"GET /", 0x12, 0xfffffffe, 0x80000000, mss, urgent=3), options=b"\1" * 8)), {
            "p.hdrlen": 28, "p.tcp.sport": 4444, "p.tcp.dport": 80, "p.tcp.seq": 0xfffffffe,
            "p.tcp.ack": 0x80000000, "p.tcp.flags": 0x12, "p.tcp.syn": True, "p.tcp.fin": False,
            "p.tcp.rst": False, "p.tcp.psh": False, "p.tcp.urg": False, "p.tcp.ece": False,
            "p.tcp.cwr": False, "p.tcp.window": 501, "p.tcp.check": 0x5678, "p.tcp.urgptr": 3,
            "p.tcp.hdrlen": 32, "#p.tcp": 32, "p.payload": b"GET /", "p.udp": None,
            "(('>I2'):unpack(p.tcp:option(2)))": 1460, "p.tcp:option(3):byte()": 7,
            "p.tcp:option(4)": "", "p.tcp:option(8)": None,
            "p.tcp:option(1)": "error: bad argument #1 to 'option' (kinds are 2 to 255)",
            "p.tcp:option()": "error: number expected",
            "p.tcp.option(p, 2)": "error: tcp expected", "p.tcp.option(4, 2)": "error: tcp expected"})
    for name, flag in (("fin", 1), ("syn", 2), ("rst", 4), ("psh", 8), ("urg", 32), ("ece", 64),
                       ("cwr", 128)):
        look.check("TCP flag %s" % name, eth(IPV4, ipv4(6, tcp(1, 2, flags=flag))), {
            "p.tcp.flags": flag, "p.tcp." + name: True, "p.payload": b"",
            "p.tcp.fin and p.tcp.syn": False})
    look.check("ICMP", eth(IPV4, ipv4(1, icmp(8, 0, b"\x12\x34\0\7", b"ping"))), {
        "p.icmp.type": 8, "p.icmp.code": 0, "p.icmp.check": 0x9abc, "p.icmp.id": 0x1234,
        "p.icmp.seq": 7, "p.payload": b"ping", "p.udp": None, "#p.icmp": 8})
    look.check("ICMP unreachable", eth(IPV4, ipv4(1, icmp(3, 4, b"\0\0\5\0", b"inner"))), {
        "p.icmp.type": 3, "p.icmp.code": 4, "p.icmp.id": None, "p.icmp.seq": None,
        "p.icmp:u16(6)": 1280, "p.payload": b"inner"})
    look.check("ESP over IPv4", eth(IPV4, ipv4(50, b"encrypted")), {
        "p.protocol": 50, "p.tcp": None, "p.udp": None, "p.icmp": None,
        "p.payload": b"encrypted"})
    look.check("ICMPv6 in IPv4", eth(IPV4, ipv4(58, icmp(128, 0))), {"p.icmp": None})


def transport_ipv6(look):
    look.check("UDP over IPv6", eth(IPV6, ipv6(17, udp(1111, 53, b"query"), hops=9, flow=0xabcde,
                                               tos=0x48)), {
        "p.version": 6, "p.src": "2001:db8::1", "p.dst": "2001:db8::2", "p.ttl": 9,
        "p.tos": 0x48, "p.flowlabel": 0xabcde, "p.protocol": 17, "p.length": 53, "p.hdrlen": 40,
        "p.id": None, "p.frag_off": 0, "p.mf": False, "p.df": True, "#p.saddr": 16,
        "p.daddr:byte(-1)": 2, "p.udp.dport": 53, "p.payload": b"query", "f.type": IPV6})
    chain = extension(43) + extension(60, b"\0\0\0\0\0\0") + extension(6, b"\1\x0c" + b"\0" * 12)
    look.check("TCP after extension headers", eth(IPV6, ipv6(0, chain + tcp(5, 443, b"data"))), {
        "p.protocol": 6, "p.hdrlen": 72, "p.tcp.dport": 443, "p.payload": b"data"})
    look.check("ICMPv6", eth(IPV6, ipv6(58, icmp(128, 0, b"\0\5\0\6", b"ping"))), {
        "p.icmp.type": 128, "p.icmp.id": 5, "p.icmp.seq": 6, "p.payload": b"ping"})
    look.check("ICMPv6 neighbour advertisement", eth(IPV6, ipv6(58, icmp(
        136, 0, b"\0\5\0\6"), hops=255)), {
        "p.icmp.type": 136, "p.icmp.id": None})
    look.check("ICMP in IPv6", eth(IPV6, ipv6(1, icmp(8, 0))), {"p.icmp": None})
    look.check("IPv6 without a next header", eth(IPV6, ipv6(59, b"rest")), {
        "p.protocol": 59, "p.tcp": None, "p.payload": b""})


def fragments(look):
    """Fragments before they are put together: in PREROUTING, without conntrack."""
    look.check("IPv4: a first fragment", eth(IPV4, ipv4(17, udp(7, 8, b"x" * 16), frag=0x2000)), {
        "p.mf": True, "p.frag_off": 0, "p.udp.dport": 8, "p.payload": b"x" * 16})
    look.check("IPv4: a later fragment", eth(IPV4, ipv4(17, b"udp? no.", frag=0x0003)), {
        "p.mf": False, "p.frag_off": 24, "p.protocol": 17, "p.udp": None,
        "p.payload": b"udp? no."})
    look.check("IPv4: the flag DF", eth(IPV4, ipv4(17, udp(7, 8, b""), frag=0x4000)), {
        "p.df": True, "p.mf": False, "p.udp.dport": 8, "p.payload": b""})
    look.check("IPv6: a first fragment", eth(IPV6, ipv6(44, fragment(17, 0, 1, 77) +
                                                        udp(7, 8, b"x" * 8))), {
        "p.mf": True, "p.frag_off": 0, "p.id": 77, "p.udp.dport": 8, "p.hdrlen": 48,
        "p.payload": b"x" * 8})
    look.check("IPv6: a later fragment", eth(IPV6, ipv6(44, fragment(17, 24, 0, 77) + b"udp? no.")), {
        "p.mf": False, "p.frag_off": 24, "p.id": 77, "p.protocol": 17, "p.udp": None,
        "p.hdrlen": 48, "p.payload": b"udp? no."})
    look.check("IPv6: two fragment headers", eth(IPV6, ipv6(
        44, fragment(44, 0, 1, 111) + fragment(17, 0, 1, 222) + udp(7, 8, b"x" * 8))), {
            "p.mf": True, "p.frag_off": 0, "p.id": 222, "p.udp.dport": 8, "p.hdrlen": 56})
    look.check("IPv6: two fragment headers, first a later one", eth(IPV6, ipv6(
        44, fragment(44, 24, 0, 111) + fragment(17, 0, 1, 222))), {
            "p.mf": False, "p.frag_off": 24, "p.id": 111, "p.protocol": 44})
    look.check("IPv6: an atomic fragment", eth(IPV6, ipv6(44, fragment(6, 0, 0, 9) +
                                                          tcp(1, 2, b"all"))), {
        "p.mf": False, "p.frag_off": 0, "p.id": 9, "p.tcp.dport": 2, "p.payload": b"all"})


def damaged(look):
    """What does not fit in the packet is not there, and nothing is read past its end."""
    look.check("a UDP header cut in half", eth(IPV4, ipv4(17, b"\0\1\0\2")), {
        "p.udp": None, "p.payload": b"\0\1\0\2", "p.protocol": 17})
    look.check("a TCP header cut by a byte", eth(IPV4, ipv4(6, tcp(1, 2)[:19])), {"p.tcp": None})
    look.check("a TCP data offset of 12 bytes", eth(IPV4, ipv4(6, tcp(1, 2, b"data", words=3))), {
        "p.tcp.hdrlen": 20, "p.payload": b"data", "p.tcp:option(2)": None})
    look.check("a TCP data offset past the end", eth(IPV4, ipv4(6, tcp(1, 2, b"data", words=15))), {
        "p.tcp.hdrlen": 24, "p.payload": b"", "p.tcp:option(2)": None})
    for label, options in (("of length 0", b"\5\0\2\4"), ("of length 1", b"\5\1\2\4"),
                           ("past the end", b"\1\1\2\5"), ("cut off", b"\1\1\1\2"),
                           ("after the end of options", b"\0\2\3\1")):
        look.check("a TCP option %s" % label, eth(IPV4, ipv4(6, tcp(1, 2, options=options))), {
            "p.tcp:option(2)": None})
    look.check("a UDP length past the end", eth(IPV4, ipv4(17, udp(1, 2, b"abc", 5000))), {
        "p.udp.length": 5000, "p.payload": b"abc"})
    look.check("padding after the packet", eth(IPV4, ipv4(17, udp(1, 2, b"abc")) + b"\0" * 20), {
        "p.payload": b"abc", "p.length": 31, "#p": 31})
    look.check("an extension header past the end", eth(IPV6, ipv6(60, b"\x11\7\0\0\0\0\0\0")), {
        "p.udp": None, "p.payload": b"", "p.protocol": 59})
    look.check("extension headers cut off", eth(IPV6, ipv6(60, extension(60))), {
        "p.tcp": None, "p.payload": b""})
    look.check("an IPv6 fragment header cut off", eth(IPV6, ipv6(44, b"\x11\0\0")), {
        "p.udp": None, "p.id": None, "p.payload": b""})
    for n in 12, 13, 901:
        packet = ipv6(60, extension(60) * (n - 1) + extension(17) + udp(1, 2, b"deep"))
        # Linux 7.2 follows 12 of them (IP6_MAX_EXT_HDRS_CNT).
        look.check("%d IPv6 extension headers" % n, eth(IPV6, packet), {
            "p.udp.dport": 2, "p.payload": b"deep", "p.hdrlen": 40 + n * 8
        } if n <= 12 or LINUX < 7 else {"p.udp": None, "p.payload": b"", "p.protocol": 59})


def pieces(look):
    """Big packets, of which only the first bytes are contiguous in memory."""
    data = b"a" * 5000 + b"end"
    for label, frame in (("IPv4", eth(IPV4, ipv4(6, tcp(3, 4, data, options=b"\2\4\5\xb4")))),
                         ("IPv6", eth(IPV6, ipv6(0, extension(6) + tcp(3, 4, data, options=b"\2\4\5\xb4"))))):
        look.check("a big packet in pieces, %s" % label, frame, {
            "p.tcp.dport": 4, "p.tcp.seq": 1000, "p.tcp.psh": True, "#p.payload": 5003,
            "p.payload:sub(-3)": "end", "p.payload:find('end')": 5001,
            "(('>I2'):unpack(p.tcp:option(2)))": 1460, "p.payload:u8(0)": ord("a"),
            "p.payload:unpack('c3', 5001)": "end"})


def prefixes(look):
    look.check("IPv4 prefixes", eth(IPV4, ipv4(17, udp(1, 2, b""), "10.1.2.3", "10.1.3.3")), {
        "p:src_in('10.0.0.0/8')": True, "p:src_in('10.1.2.0/24')": True,
        "p:src_in('10.1.3.0/24')": False, "p:dst_in('10.1.3.0/24')": True,
        "p:src_in('10.1.2.3')": True, "p:src_in('10.1.2.4')": False, "p:src_in('10.1.2.2/31')": True,
        "p:src_in('0.0.0.0/0')": True, "p:src_in('::/0')": False, "p:src_in('11.0.0.0/7')": True,
        "p:src_in('11.0.0.0/8')": False})
    look.check("IPv6 prefixes", eth(IPV6, ipv6(17, udp(1, 2, b""))), {
        "p:src_in('2001:db8::/32')": True, "p:src_in('2001:db8::1')": True,
        "p:dst_in('2001:db8::1')": False, "p:src_in('2001:db8::2/127')": False,
        "p:dst_in('2001:db8::3/127')": True, "p:src_in('0.0.0.0/0')": False, "p:src_in('::/0')": True})
    wrong = ("", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "10.0.0/8",
             "10.0.0.0.0/8", "::/129", "1::2::3", "10.0.0.0 /8", "10.0.0.0/ 8", "10.0.0.0/+8",
             "10.0.0.0/8/8", "10.0.0.0\\0/8", "10.0.0.0/8\\0", "256.0.0.0", "/8", "1:2:3:4:5:6:7:8:9",
             "10.0.0.0/8\\n", "10.0.0.0/+8\\n", "10.0.0.0/8\\n\\n", "::/64\\n", "10.0.0.0\\n/8",
             "10.0.0.0\\n", "::\\n", "10.0.0.0/0x8", "10.0.0.0/0008", "10.0.0.0/4294967304", "::/1000")
    look.check("malformed prefixes", eth(IPV4, ipv4(17, udp(1, 2, b""))),
               {"p:src_in('%s')" % w: "error: bad argument #1 to 'src_in'" for w in wrong})
    look.check("wrong arguments", eth(IPV4, ipv4(17, udp(1, 2, b""))), {
        "p.src_in(p.udp, '::/0')": "error: packet expected", "p.src_in({}, '::/0')":
        "error: packet expected", "p:src_in()": "error: string expected"})
    for code, want in (("'10.1.2.3', '10.0.0.0/8'", True), ("'10.1.2.3', '::/0'", False),
                       ("'2001:db8::1', '2001:db8::/32'", True),
                       ("'2001:DB8:0::1', '2001:db8::1'", True), ("'1.2.3.4', '1.2.3.4'", True)):
        equal("nf.in_prefix(%s) gives the right answer" % code,
              look.c.eval("fields", "nf.in_prefix(%s)" % code), [want])
    for code, argument in (("'10.0.0.0/8', '10.0.0.0/8'", 1), ("'', '::'", 1), ("'::', ''", 2),
                           ("nil, '::'", 1), ("'::'", 2), ("'10.0.0.0', '10.0.0.0/8\\n'", 2),
                           ("'10.0.0.0\\n', '10.0.0.0/8'", 1), ("'::\\n', '::'", 1)):
        refused("nf.in_prefix(%s) is refused" % code, 125,
                "bad argument #%d to 'in_prefix'" % argument,
                look.c.eval, "fields", "nf.in_prefix(%s)" % code)


RULE = "-t raw -A PREROUTING -i %s -m lua --state fields --function look"


def fields(c):
    c.create("fields", LOOK, budget=u32(1000000))
    wire = Wire()
    sh("iptables-legacy " + RULE % "wb")
    sh("ip6tables-legacy " + RULE % "wb" + " -s 2001:db8::/32")
    look = Looker(c, wire)
    for test in (frames, transport_ipv4, transport_ipv6, fragments, damaged, pieces, prefixes):
        test(look)
    for tool in ("iptables", "ip6tables"):
        sh("%s-legacy -t raw -F" % tool)
    wire.close()
    settle(c, "fields")


def tags(c):
    """A bridge passes VLAN-tagged frames to iptables, with their tag."""
    c.create("fields", LOOK)
    sh("modprobe br_netfilter")
    wire = Wire()
    sh("ip link add far up type veth peer name near")
    sh("ip link set far up")
    for step in ("add bridge0 type bridge mcast_snooping 0", "set wb master bridge0",
                 "set far master bridge0", "set bridge0 up", "set near up"):
        sh("ip link " + step)
    sh("sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-filter-vlan-tagged=1")
    sh("iptables-legacy " + RULE % "bridge0")
    look = Looker(c, wire)
    look.check("a VLAN tag", eth(IPV4, ipv4(17, udp(1, 2, b"x")), tag=5 << 13 | 7), {
        "f.vlan": 7, "f.priority": 5, "f.type": IPV4, "f.src": MAC_A, "p.udp.dport": 2})
    look.check("no VLAN tag", eth(IPV4, ipv4(17, udp(1, 2, b"x"))), {
        "f.vlan": None, "f.type": IPV4})
    sh("iptables-legacy -t raw -F")
    sh("ip link del bridge0; ip link del far")
    wire.close()
    settle(c, "fields")


def gone(c):
    """Views of a packet end with its call, also when a later call has another packet."""
    c.create("g", """
        n = 0
        function keep(frame, packet)
            n = n + 1
            if n == 1 then udp, payload, kept = packet.udp, packet.payload, packet end
            fresh = packet.udp.dport .. tostring(packet.payload)
            results = {}
            for i, f in ipairs(uses) do results[i] = select(2, pcall(f)) end
            same = kept == packet and kept.udp.dport
            return true
        end
        uses = {function() return udp.dport end, function() return #payload end,
                function() return payload:u8(0) end, function() return tostring(udp) end,
                function() return payload:find("x") end}""")
    wire = Wire()
    sh("iptables-legacy -t raw -A PREROUTING -i wb -m lua --state g --function keep")
    frame = eth(IPV4, ipv4(17, udp(1, 53, b"xyz")))
    wire.send(frame)
    ok(wait_for(lambda: c.eval("g", "n") == [1]), "a packet calls keep()")
    equal("a call can use the views of its own packet",
          c.eval("g", "table.concat(results, ' ')"), ["53 3 120 %s 1" %
          struct.pack("!HHHH", 1, 53, 11, 0).decode("latin-1")])
    for code in ("udp.dport", "#payload", "payload:sub(1)", "kept.udp", "kept.ttl", "kept.src",
                 "kept:src_in('::/0')", "udp.check"):
        refused("after the call, %s is refused" % code, 125, "packet is gone", c.eval, "g", code)
    wire.send(frame)
    ok(wait_for(lambda: c.eval("g", "n") == [2]), "a second packet calls keep()")
    for i in range(1, 6):
        ok("packet is gone" in str(c.eval("g", "results[%d]" % i)[0]),
           "in a later call, use %d of a packet's old view is refused" % i,
           c.eval("g", "results[%d]" % i))
    equal("in a later call, fresh views are those of its own packet",
          c.eval("g", "fresh, same"), ["53xyz", 53])
    sh("iptables-legacy -t raw -F")
    wire.close()
    settle(c, "g")


def hooks(c):
    c.create("h", """seen = {}
        function see(frame, packet)
            local p = packet
            seen[#seen + 1] = p.hook .. ":" .. tostring(p.indev) .. ":" .. tostring(p.outdev) ..
                              ":" .. p.mark .. ":" .. tostring(frame.type)
            return true
        end""")
    for table, chain in (("mangle", "PREROUTING"), ("mangle", "INPUT"), ("mangle", "OUTPUT"),
                         ("mangle", "POSTROUTING")):
        sh("iptables-legacy -t %s -A %s -p udp --dport 5300 -m lua --state h --function see" %
           (table, chain))
    sh("iptables-legacy -t mangle -I OUTPUT -p udp --dport 5300 -j MARK --set-mark 0x80000001")
    sh("echo x > /dev/udp/127.0.0.1/5300 || true; bash -c 'echo x > /dev/udp/127.0.0.1/5300'")
    equal("hook, devices, mark and frame type are right in four hooks",
          c.eval("h", "table.concat(seen, ' ')"),
          ["OUTPUT:nil:lo:2147483649:nil POSTROUTING:nil:lo:2147483649:nil "
           "PREROUTING:lo:nil:2147483649:2048 INPUT:lo:nil:2147483649:2048"])
    sh("iptables-legacy -t mangle -F")
    settle(c, "h")


main(fields, tags, gone, hooks)
