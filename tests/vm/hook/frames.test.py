# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames that are no IP: at ingress and egress, in bridges, and in hooks of ARP."""
import struct
from errno import EEXIST, EINVAL, ERANGE

from attached import BRIDGE, INET, NETDEV, Hooked, hooked
from bridges import Switch
from nflua_nl import attr, u32
from rules import settle
from tap import equal, main, ok, refused, sh, wait_for
from topology import HOSTS, Router, received, udp
from wire import MAC_A, MAC_B, Wire, eth, ip, ipv4, ipv6, mac
from wire import udp as datagram

ARP, PRE, IN, FORWARD, OUT = 3, 0, 1, 2, 3
INGRESS, EGRESS, INET_INGRESS = 0, 1, 5
ARP_IN, ARP_OUT = 0, 1
BUDGET = 1000000
ALL, IP, IP6 = 3, 0x0800, 0x86dd
ARP_TYPE, LLDP, PPPOE = 0x0806, 0x88cc, 0x8864

SCRIPT = """
seen, drop, doing = {}, nil, function() end
local fields = {"version", "src", "daddr", "protocol", "ttl", "tos", "id", "hdrlen", "df", "mf",
    "frag_off", "flowlabel", "ctmark", "tcp", "udp", "icmp", "dst", "saddr", "dscp"}
function f(frame, packet)
    local arp = packet.arp
    local ipless = 0
    for _, name in ipairs(fields) do if packet[name] == nil then ipless = ipless + 1 end end
    seen[#seen + 1] = table.concat({string.format("%04x", frame.type or 0),
        tostring(packet.version), #packet, packet.length, #packet.payload, arp and arp.op or "-",
        packet.hook, tostring(packet.indev), tostring(packet.outdev), ipless}, " ")
    doing(frame, packet)
    return drop
end
"""
NO_IP = 19      # of the fields above


def types(*numbers):
    return struct.pack("=%dH" % len(numbers), *numbers)


def arp(op, sha, spa, tha, tpa, kind=1, protocol=IP, sizes=(6, 4)):
    return struct.pack("!HHBBH", kind, protocol, *sizes, op) + mac(sha) + ip(spa) + mac(tha) + ip(tpa)


WHO_HAS = arp(1, MAC_A, "192.0.2.1", "00:00:00:00:00:00", "192.0.2.2")
GOOD = ipv4(17, datagram(4000, 5320, b"12345"))
GOOD6 = ipv6(17, datagram(4000, 5320, b"12345"))
PPP = b"\x11\0\0\1" + struct.pack("!HH", len(GOOD) + 2, 0x21) + GOOD
FRAMES = {
    "IPv4": (IP, GOOD), "IPv6": (IP6, GOOD6), "ARP": (ARP_TYPE, WHO_HAS),
    "LLDP": (LLDP, b"\2\7" + bytes(48)), "PPPoE": (PPPOE, PPP),
    "IPv4 that lacks a byte": (IP, GOOD[:-1]), "version 6 in IPv4": (IP, b"\x65" + GOOD[1:]),
    "IPv6 that lacks a byte": (IP6, GOOD6[:-1]),
}
DAMAGED = [name for name in FRAMES if "lacks" in name or "version" in name]


def made(c, name="fw"):
    c.create(name, SCRIPT, budget=u32(BUDGET))
    return c


def forget(c, verdict="nil", doing=""):
    c.exec("fw", "seen, drop = {}, %s doing = function(frame, packet) %s end" % (verdict, doing))


def seen(c, n=1):
    wait_for(lambda: c.eval("fw", "#seen")[0] >= n, 3)
    return c.eval("fw", "table.unpack(seen)")


def quiet_wire():
    wire = Wire()
    for end in ("wa", "wb"):
        sh("sysctl -qw net.ipv6.conf.%s.disable_ipv6=1" % end)
        sh("ip link set %s arp off" % end)
    return wire


def picking(_):
    """Which frames a hook gets."""
    wire, c = quiet_wire(), made(Hooked())
    for wanted, gets in ((None, ("IPv4", "IPv6")), ((IP,), ("IPv4",)), ((IP6,), ("IPv6",)),
                         ((ARP_TYPE,), ("ARP",)), ((IP, LLDP), ("IPv4", "LLDP")),
                         ((ARP_TYPE, LLDP, PPPOE, IP6), ("ARP", "LLDP", "PPPoE", "IPv6")),
                         ((ALL,), tuple(FRAMES)), ((ALL, IP), tuple(FRAMES)),
                         ((0x1234,) * 8, ())):
        more = {"frame_types": types(*wanted)} if wanted else {}
        c.attach("f", INGRESS, NETDEV, iif="wb", **more)
        for name, (kind, data) in FRAMES.items():
            calls = c.get("fw").number("CALLS")
            wire.send(eth(kind, data))
            called = wait_for(lambda n=calls: c.get("fw").number("CALLS") > n,
                              3 if name in gets else 0.1)
            equal("a hook for %s gets %s: %s" % (wanted and ["%04x" % t for t in wanted], name,
                                                 name in gets), called, name in gets)
        c.detach_all()
    equal("none of it was an error", c.get("fw").text("LAST_ERROR"), None)
    settle(c, "fw")
    c.close()
    wire.close()


def fields(_):
    """What functions see of frames that are no IP."""
    wire, c = quiet_wire(), made(Hooked())
    c.attach("f", INGRESS, NETDEV, iif="wb", frame_types=types(ALL))
    for name, (kind, data) in FRAMES.items():
        if name in ("IPv4", "IPv6"):
            continue
        forget(c)
        wire.send(eth(kind, data))
        rest = len(data) - 28 if name == "ARP" else len(data)
        equal("%s: the function sees all bytes, and no fields of IP" % name, seen(c),
              ["%04x nil %d %d %d %s INGRESS wb nil %d" %
               (kind, len(data), len(data), rest, 1 if name == "ARP" else "-", NO_IP)])
    forget(c, doing="got = packet:sub(1) .. frame:sub(13) .. packet.payload:sub(1)")
    wire.send(eth(LLDP, b"abcdef"))
    seen(c)
    equal("the bytes are those of the frame", c.eval("fw", "got"), ["abcdef\x88\xccabcdef"])
    forget(c, doing="local a = packet.arp got = table.concat({a.op, a.sha, a.spa, a.tha, a.tpa, "
           "#a, a:u16(6), #packet.payload}, ' ')")
    wire.send(eth(ARP_TYPE, arp(2, MAC_B, "192.0.2.7", MAC_A, "198.51.100.9") + b"padding"))
    seen(c)
    equal("fields of ARP", c.eval("fw", "got"),
          ["2 %s 192.0.2.7 %s 198.51.100.9 28 2 7" % (MAC_B, MAC_A)])
    for what, data in (("27 bytes", WHO_HAS[:27]), ("7 bytes", WHO_HAS[:7]), ("nothing", b""),
                       ("another hardware", arp(1, MAC_A, "1.2.3.4", MAC_A, "1.2.3.4", kind=6)),
                       ("another protocol", arp(1, MAC_A, "1.2.3.4", MAC_A, "1.2.3.4", protocol=IP6)),
                       ("longer addresses", arp(1, MAC_A, "1.2.3.4", MAC_A, "1.2.3.4",
                                                sizes=(8, 4)))):
        forget(c)
        wire.send(eth(ARP_TYPE, data))
        equal("ARP with %s has no view" % what, seen(c)[0].split()[5], "-")
    forget(c)
    wire.send(eth(IP, GOOD))
    equal("a packet of IP has no view of ARP", seen(c)[0].split()[5], "-")
    forget(c, doing="got = packet:src_in('0.0.0.0/0') or packet:dst_in('::/0') or 'no'")
    wire.send(eth(ARP_TYPE, WHO_HAS))
    seen(c)
    equal("src_in and dst_in are false", c.eval("fw", "got"), ["no"])
    forget(c, doing="got = '' for a, b in packet:segments() do got = got .. a .. '-' .. b end "
           "packet.mark = 7 packet.priority = 9 got = got .. ' ' .. packet.mark .. packet.priority "
           ".. packet.gso_segs")
    wire.send(eth(LLDP, b"abcdef"))
    seen(c)
    equal("segments, and mark and priority, which can be set", c.eval("fw", "got"), ["1-6 791"])
    equal("none of it was an error", c.get("fw").text("LAST_ERROR"), None)
    errors(wire, c)
    kept(wire, c)
    c.detach_all()
    settle(c, "fw")
    c.close()
    wire.close()


def errors(wire, c):
    """What cannot be done with them."""
    for code, text in (("nf.connid()", "the packet is no IP"),
                       ("nf.getpacket()", "the packet is no IP"),
                       ("nf.delete_conntrack()", "the packet is no IP"),
                       ("nf.reply('udp', 'x')", "the packet is no IP"),
                       ("packet.ttl = 3", "field 'ttl' cannot be set"),
                       ("packet.arp.op = 2", "field 'op' cannot be set: the packet is no IP"),
                       ("packet.arp.spa = '1.2.3.4'", "field 'spa' cannot be set"),
                       ("packet:write(0, 'x')", "cannot write: the packet is no IP"),
                       ("packet.arp:write(7, '\\2')", "cannot write: the packet is no IP"),
                       ("packet.payload:write(0, '')", None),
                       ("packet:reject()", "from here there is no way back to the sender"),
                       ("packet.arp.sport()", "arp has no field 'sport'"),
                       ("packet.nothing()", "packet has no field 'nothing'"),
                       ("drop = 'reject'", "'reject', which is not a verdict"),
                       ("drop = 'queue'", "'queue', which is not a verdict"),
                       ("error('mine')", "mine")):
        c.request("CLEAR", attr("NAME", "fw"))
        forget(c, doing=code)
        wire.send(eth(ARP_TYPE, WHO_HAS))
        seen(c)
        if text:
            wait_for(lambda: c.get("fw").text("LAST_ERROR"))
        last = c.get("fw").text("LAST_ERROR")
        ok(text in (last or "") if text else last is None,
           "of a frame that is no IP: %s: %s" % (code, text or "is no error"), last)
    c.request("CLEAR", attr("NAME", "fw"))


def kept(wire, c):
    """Views of packets that scripts keep, used with a packet of the other kind."""
    c.exec("fw", "keep, views = true, {}")
    forget(c, doing="views.ip, views.udp = packet, packet.udp")
    wire.send(eth(IP, GOOD))
    seen(c)
    for what in ("views.ip.src", "views.ip.version", "views.ip.arp", "views.ip:u8(0)", "#views.ip",
                 "views.ip:src_in('0.0.0.0/0')", "views.udp.sport", "views.ip.mark"):
        forget(c, doing="got = {pcall(function() return %s end)}" % what)
        wire.send(eth(ARP_TYPE, WHO_HAS))
        seen(c)
        good, text = c.eval("fw", "table.unpack(got)")
        ok(good is False and "packet is gone" in text,
           "a packet of IP that a script keeps is not there for ARP: %s" % what, (good, text))
    forget(c, doing="views.arp, views.other, views.rest = packet.arp, packet, packet.payload")
    wire.send(eth(ARP_TYPE, WHO_HAS))
    seen(c)
    for what in ("views.arp.op", "views.arp.spa", "#views.rest"):
        forget(c, doing="got = {pcall(function() return %s end)}" % what)
        wire.send(eth(IP, GOOD))
        seen(c)
        good, text = c.eval("fw", "table.unpack(got)")
        ok(good is False and "packet is gone" in text,
           "a view of ARP that a script keeps is not there for IP: %s" % what, (good, text))
    forget(c, doing="got = tostring(views.other.version) .. tostring(views.other.arp) .. "
           "#views.other")
    wire.send(eth(IP, GOOD))
    seen(c)
    equal("a packet that is kept of ARP has no fields of IP", c.eval("fw", "got"),
          ["nilnil%d" % len(GOOD)])


def resolves(net, one, address):
    """Returns whether ARP finds an address."""
    for name in net.names:  # one that probes its neighbours would be found by that
        net.sh(name, "ip neigh flush all")
    net.sh(one, "ping -c 1 -W 1 %s >/dev/null 2>&1 || true" % address)
    return "lladdr" in net.sh(one, "ip neigh show %s" % address)


def in_arp(_):
    """Hooks of the family arp."""
    with Router() as net:
        c = made(hooked("r"))
        far = HOSTS[4][1]
        c.attach("f", ARP_IN, ARP)
        c.attach("f", ARP_OUT, ARP)
        forget(c)
        ok(resolves(net, "r", far), "ARP passes hooks of arp")
        got = seen(c, 2)
        equal("output sees the request, and input the reply",
              [(g.split()[1], g.split()[2], g.split()[5], " ".join(g.split()[6:9])) for g in got[:2]],
              [("nil", "28", "1", "OUTPUT nil s"), ("nil", "28", "2", "INPUT s nil")])
        equal("and none of it is an error", c.get("fw").text("LAST_ERROR"), None)
        for hook, what in ((ARP_IN, "input"), (ARP_OUT, "output")):
            c.detach_all()
            c.attach("f", hook, ARP)
            for verdict in ("'drop'", "true", "'stolen'"):
                forget(c, verdict)
                ok(not resolves(net, "r", far), "%s in arp %s drops ARP" % (verdict, what))
            for verdict in ("'accept'", "false", "nil"):
                forget(c, verdict)
                ok(resolves(net, "r", far), "%s in arp %s lets ARP pass" % (verdict, what))
            for verdict in ("'queue'", "'reject'"):
                forget(c, verdict)
                resolves(net, "r", far)
                ok(wait_for(lambda v=verdict: "%s, which is not a verdict" % v in
                            (c.get("fw").text("LAST_ERROR") or "")),
                   "%s in arp %s is an error" % (verdict, what))
        forget(c, doing="nf.hotdrop(true)")
        ok(not resolves(net, "r", far), "nf.hotdrop(true) drops ARP")
        c.detach_all()
        c.attach("f", ARP_IN, ARP, on_error=1)
        forget(c, doing="error('x')")
        ok(not resolves(net, "r", far), "a failed call drops with --on-error drop")
        c.detach_all()
        c.attach("f", ARP_IN, ARP, iif="c")
        forget(c, "'drop'")
        ok(resolves(net, "r", far), "a hook for another device lets ARP pass")
        ok(not resolves(net, "c", HOSTS[4][0][:-1] + "1"), "and drops that of its own")
        c.detach_all()
        settle(c, "fw")
        c.close()


def elsewhere(_):
    """Egress, and bridges."""
    with Router() as net:
        c = made(hooked("r"))
        c.attach("f", EGRESS, NETDEV, oif="s", frame_types=types(ARP_TYPE))
        forget(c)
        resolves(net, "r", HOSTS[4][1])
        equal("egress sees ARP with the header of its frame", seen(c)[0].split(),
              ["0806", "nil", "28", "28", "0", "1", "EGRESS", "nil", "s", str(NO_IP)])
        forget(c, "'drop'")
        ok(not resolves(net, "r", HOSTS[4][1]), "egress drops ARP")
        c.detach_all()
        c.attach("f", INET_INGRESS, INET, iif="s", frame_types=types(ALL))
        forget(c, "'drop'")
        ok(not resolves(net, "r", HOSTS[4][1]), "ingress of inet drops ARP")
        c.detach_all()
        settle(c, "fw")
        c.close()
    with Switch() as net:
        c = made(hooked("b"))
        for hook, what in ((PRE, "PREROUTING"), (FORWARD, "FORWARD"), (4, "POSTROUTING")):
            c.attach("f", hook, BRIDGE, frame_types=types(ARP_TYPE))
            forget(c)
            ok(resolves(net, "c", "10.9.1.3"), "ARP passes %s of a bridge" % what)
            got = seen(c)[0].split()
            equal("the function sees it in %s of a bridge" % what, (got[0], got[5], got[6]),
                  ("0806", "1", what))
            forget(c, "'drop'")
            ok(not resolves(net, "c", "10.9.1.3"), "and drops it in %s of a bridge" % what)
            c.detach_all()
        sink = udp("s", "10.9.1.3", 5321)
        c.attach("f", FORWARD, BRIDGE, frame_types=types(ARP_TYPE))
        forget(c)
        ok(resolves(net, "c", "10.9.1.3"), "ARP passes again")
        forget(c, "'drop'")
        udp("c", "10.9.1.2").sendto(b"x", ("10.9.1.3", 5321))
        ok(received(sink) is not None, "a hook for ARP lets IP pass")
        sink.close()
        c.detach_all()
        settle(c, "fw")
        c.close()


def refusing(_):
    c = made(Hooked())
    for what, error, text, hook, family, more in (
            ("types in inet forward", EINVAL, "types of frames are for", FORWARD, INET,
             {"frame_types": types(ALL)}),
            ("types in arp", EINVAL, "types of frames are for", ARP_IN, ARP,
             {"frame_types": types(ALL)}),
            ("no types", EINVAL, "two bytes each", INGRESS, NETDEV,
             {"iif": "lo", "frame_types": b""}),
            ("three bytes of types", EINVAL, "two bytes each", INGRESS, NETDEV,
             {"iif": "lo", "frame_types": b"abc"}),
            ("the type 0", EINVAL, "no frame has the type 0", INGRESS, NETDEV,
             {"iif": "lo", "frame_types": types(ARP_TYPE, 0)}),
            ("nine types", ERANGE, "", INGRESS, NETDEV, {"iif": "lo", "frame_types": bytes(18)}),
            ("arp forward", EINVAL, "the family has no such hook", 2, ARP, {}),
            ("arp prerouting by its number of IP", EINVAL, "the family has no such hook", 4, ARP, {}),
            ("arp output with iif", EINVAL, "came in by no device", ARP_OUT, ARP, {"iif": "lo"}),
            ("arp input with oif", EINVAL, "leave by no device", ARP_IN, ARP, {"oif": "lo"})):
        refused("%s is refused" % what, error, text, c.attach, "f", hook, family, **more)
    c.attach("f", INGRESS, NETDEV, iif="lo", frame_types=types(ARP_TYPE))
    refused("the same types twice are refused", EEXIST, "", c.attach, "f", INGRESS, NETDEV,
            iif="lo", frame_types=types(ARP_TYPE))
    c.attach("f", INGRESS, NETDEV, iif="lo", frame_types=types(ARP_TYPE, LLDP))
    c.attach("f", INGRESS, NETDEV, iif="lo")
    equal("a dump has the types", [h.get("FRAME_TYPES") for h in c.hooks()],
          [types(ARP_TYPE), types(ARP_TYPE, LLDP), None])
    c.detach_all()
    settle(c, "fw")
    c.close()


main(picking, fields, in_arp, elsewhere, refusing)
