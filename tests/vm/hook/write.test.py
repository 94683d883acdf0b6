# SPDX-License-Identifier: GPL-2.0-or-later
"""Functions write into packets: fields of headers, and bytes. Others judge the checksums."""
import hashlib
import socket
import struct

from attached import BRIDGE, INET, NETDEV, Hooked, hooked, send
from bridges import Switch
from nflua_nl import attr, u32
from rules import settle
from tap import Aside, equal, main, ok, sh, wait_for
from topology import HOSTS, Capture, Inside, Router, checksum, offloads, received, tcp, udp
from wire import Wire, eth, extension, fragment, icmp, ipv4, ipv6
from wire import tcp as segment
from wire import udp as datagram

PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING = range(5)
INGRESS, EGRESS = 0, 1
PORT = 5313
BUDGET = 1000000

SCRIPT = """
change = function() end
function f(frame, packet)
    local to = packet.udp or packet.tcp
    if to and (to.dport == %d or to.sport == %d) then return change(packet) end
end
""" % (PORT, PORT)


def set_change(c, code):
    c.exec("fw", "change = function(p) %s end" % code)


# Code, what is looked at, and what it is then over IPv4 and IPv6.
FIELDS = (
    ("p.ttl = 9", lambda p: p.ttl, 9, 9),
    ("p.tos = 0xb9", lambda p: tos(p), 0xb9, 0xb9),
    ("p.tos = 3 p.dscp = 46", lambda p: tos(p), 0xbb, 0xbb),
    ("p.udp.sport = 77", lambda p: p.sport, 77, 77),
    ("p.src = p.version == 4 and '10.9.1.77' or 'fd09:1::77'", lambda p: p.src, "10.9.1.77",
     "fd09:1::77"),
    ("p.saddr = p:sub(p.version == 4 and 17 or 25, p.version == 4 and 20 or 40)",
     lambda p: p.src == p.dst, True, True),
    ("p.payload:write(0, 'W')", lambda p: p.payload, b"Wdefghi", b"Wdefghi"),
    ("p.payload:write(1, 'WXY')", lambda p: p.payload, b"cWXYghi", b"cWXYghi"),
    ("p.payload:write(6, 'Z')", lambda p: p.payload, b"cdefghZ", b"cdefghZ"),
    ("p.payload:write(0, 'abcdefg')", lambda p: p.payload, b"abcdefg", b"abcdefg"),
    ("p:write(#p - 3, 'xyz')", lambda p: p.payload, b"cdefxyz", b"cdefxyz"),
    ("p.udp:write(0, '\\0\\88' .. p.udp:sub(3))", lambda p: p.sport, 88, 88),
    ("p:write(0, p:sub(1))", lambda p: p.payload, b"cdefghi", b"cdefghi"),
)
ONLY4 = (("p.id = 0x4321", lambda p: struct.unpack_from("!H", p.data, 4)[0], 0x4321),
         ("p:write(1, '\\184')", lambda p: p.data[1], 184))
ONLY6 = (("p.flowlabel = 0xabcde", lambda p: struct.unpack_from("!I", p.data)[0], 0x600abcde),)


def tos(p):
    return p.data[1] if p.version == 4 else struct.unpack_from("!H", p.data)[0] >> 4 & 0xff


def first(capture, ports=(PORT,), **more):
    found = capture.packets(ports, **more)
    return found[0] if found else None


def fields(_):
    """Each field, in a router; the receiving host's kernel and this test check the sums."""
    with Router() as net:
        net.sh("s", "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.veth0.rp_filter=0")
        c = hooked("r")
        c.create("fw", SCRIPT, budget=u32(BUDGET))
        c.attach("f", FORWARD)
        with Capture("s") as capture:
            for version, (here, there) in HOSTS.items():
                sink = udp("s", there, PORT)
                rows = [(code, look, v4 if version == 4 else v6)
                        for code, look, v4, v6 in FIELDS]
                rows += ONLY4 if version == 4 else ONLY6
                for code, look, wanted in rows:
                    set_change(c, code)
                    send(("c", here), there, PORT, b"cdefghi")
                    p = first(capture, seconds=0.2)
                    equal("IPv%d: %s: changes the packet" % (version, code), p and look(p), wanted)
                    equal("IPv%d: %s: its checksums are right" % (version, code), p and p.faults,
                          [])
                    if "src" not in code and "saddr" not in code:
                        ok(received(sink, 1), "IPv%d: %s: the datagram is received" %
                           (version, code))
                sink.close()
                ports(c, capture, version)
        equal("no call fails", c.get("fw").text("LAST_ERROR"), None)
        c.detach_all()
        settle(c, "fw")
        c.close()


def ports(c, capture, version):
    """A changed port, and a changed destination, of a packet that is not routed yet."""
    here, there = HOSTS[version]
    sink = udp("s", there, PORT + 1)
    set_change(c, "p.udp.dport = %d" % (PORT + 1))
    send(("c", here), there, PORT, b"ports")
    equal("IPv%d: a changed port decides who receives" % version,
          (received(sink) or [None])[0], b"ports")
    first(capture, (PORT, PORT + 1), seconds=0.2)
    c.detach_all()
    c.attach("f", PREROUTING, INET, priority=-200)
    set_change(c, "p.dst = '%s' p.udp.dport = %d" % (there, PORT + 1))
    send(("c", here), "10.9.77.1" if version == 4 else "fd09:77::1", PORT, b"address")
    equal("IPv%d: a destination that is changed in prerouting is routed to" % version,
          (received(sink) or [None])[0], b"address")
    sink.close()
    first(capture, (PORT, PORT + 1), seconds=0.2)
    c.detach_all()
    c.attach("f", FORWARD)


# ---- What must stay ------------------------------------------------------------------------

TRY = """
function try(_, p)
    good, bad, why = {}, {}, {}
    for i = 0, #p - 1 do
        local old = p:u8(i)
        local done, text = pcall(p.write, p, i, string.char(old ~ 0x11))
        if done then
            good[#good + 1] = i
            assert(p:u8(i) == old ~ 0x11)
            p:write(i, string.char(old))
        else
            bad[#bad + 1] = i
            why[text] = true
            assert(p:u8(i) == old)
        end
    end
    last = p:sub(1)
end
"""


def run(c, packet, function="try"):
    return c.request("RUN", attr("NAME", "fw"), attr("FUNCTION", function),
                     attr("PACKET", packet))[0]


def spans(*parts):
    return [i for part in parts for i in (range(*part) if isinstance(part, tuple) else (part,))]


def kept(c):
    """Of each header, exactly the bytes that may change do, and each back again."""
    c.create("fw", TRY, budget=u32(BUDGET))
    head4, head6 = spans(1, 4, 5, 8, (12, 20)), spans((1, 4), (7, 40))
    options = b"\x94\4\0\0"
    data = b"123"
    cases = [
        ("UDP over IPv4", ipv4(17, datagram(1, 2, data)), head4 + spans((20, 24), (28, 31))),
        ("UDP over IPv6", ipv6(17, datagram(1, 2, data)), head6 + spans((40, 44), (48, 51))),
        ("TCP over IPv4", ipv4(6, segment(1, 2, data, options=b"\2\4\5\xb4")),
         head4 + spans((20, 32), 33, 34, 35, (38, 47))),
        ("TCP over IPv6", ipv6(6, segment(1, 2, data)),
         head6 + spans((40, 52), 53, 54, 55, (58, 63))),
        ("ICMP", ipv4(1, icmp(8, 0, payload=data)), head4 + spans(20, 21, (24, 31))),
        ("ICMPv6", ipv6(58, icmp(128, 0, payload=data)), head6 + spans(40, 41, (44, 51))),
        ("UDP behind options of IPv4", ipv4(17, datagram(1, 2, data), options=options),
         head4 + spans((24, 28), (32, 35))),
        ("UDP behind extension headers", ipv6(0, extension(17) + datagram(1, 2, data)),
         head6 + spans((48, 52), (56, 59))),
        ("SCTP", ipv4(132, bytes(12)), head4),
        ("ESP over IPv6", ipv6(50, bytes(12)), head6),
        ("OSPF over IPv6", ipv6(89, bytes(12)), spans((1, 4), 7)),
        ("AH", ipv4(51, bytes(24)), spans(1, 4, 5, 8)),
        ("a source route of IPv4",
         ipv4(17, datagram(1, 2, data), options=b"\x83\7\4\1\2\3\4\0"),
         spans(1, 4, 5, 8, (28, 32), (36, 39))),
        ("a source route of IPv6",
         ipv6(43, bytes([17, 2, 4, 1]) + bytes(20) + datagram(1, 2, data)),
         spans((1, 4), 7, (64, 68), (72, 75))),
        ("UDP-Lite", ipv4(136, datagram(1, 2, data)), spans(1, 4, 5, 8)),
        ("a first fragment", ipv4(17, datagram(1, 2, data), frag=0x2000), head4),
        ("a later fragment", ipv4(17, data * 3, frag=3), head4),
        ("a fragment of IPv6", ipv6(44, fragment(17, 0, 1, 5) + datagram(1, 2, data)), head6),
    ]
    for what, packet, good in cases:
        # The bit 0x10 of the first byte of IPv6 is one of the version, that of byte 32 of
        # TCP over IPv4 one of its length.
        run(c, packet)
        equal("%s: these bytes can be changed" % what, c.eval("fw", "table.unpack(good)"), good)
        bad = [i for i in range(len(packet)) if i not in good]
        equal("%s: those cannot" % what, c.eval("fw", "table.unpack(bad)"), bad)
        equal("%s: a byte that is changed back leaves the packet as it was" % what,
              c.eval("fw", "last"), [packet.decode("latin-1")])
    c.exec("fw", "function w(_, p) why = {} for i, f in ipairs(wrong) do "
           "why[i] = select(2, pcall(f, p)) end same = p:sub(1) end")
    wrong = (("p.ttl = 256", "field 'ttl' cannot be set: it is 0 to 255"),
             ("p.tos = 256", "field 'tos' cannot be set: it is 0 to 255"),
             ("p.dscp = 64", "field 'dscp' cannot be set: it is 0 to 63"),
             ("p.ttl = -1", "field 'ttl' is 0 to 4294967295"),
             ("p.ttl = 'x'", "field 'ttl' is an integer, not string"),
             ("p.udp.dport = 65536", "field 'dport' is 0 to 65535"),
             ("p.udp.check = 1", "field 'check' cannot be set: lengths, protocols, options of IP and checksums must stay"),
             ("p.udp.length = 1", "field 'length' cannot be set: lengths, protocols, options of IP and checksums must stay"),
             ("p.length = 1", "field 'length' cannot be set"),
             ("p.src = '::1'", "field 'src' cannot be set: the address is of the other version of IP"),
             ("p.src = '1.2.3'", "field 'src' cannot be set: it is an address, such as 192.0.2.1"),
             ("p.src = 7", "field 'src' cannot be set: it is a string"),
             ("p.saddr = '12345'", "field 'saddr' cannot be set: it has 4 bytes"),
             ("p.flowlabel = 1", "field 'flowlabel' cannot be set: only packets of IPv6 have one"),
             ("p:write(28, 'abcd')", "past the end"),
             ("p:write(-1, 'a')", "offsets begin at 0"),
             ("p:write(1 << 40, 'a')", "past the end"),
             ("p.payload:write(3, 'a')", "past the end"),
             ("p:write(0)", "string expected"),
             ("p:write(0, '\\x46')", "cannot write: lengths, protocols, options of IP and checksums must stay"))
    c.exec("fw", "wrong = {%s}" % ", ".join("function(p) %s end" % code for code, _ in wrong))
    packet = ipv4(17, datagram(1, 2, data))
    run(c, packet, "w")
    got = [str(text) for text in c.eval("fw", "table.unpack(why)")]
    for (code, wanted), text in zip(wrong, got):
        ok(wanted in text, "%s is an error that says so" % code, text)
    equal("errors change nothing", c.eval("fw", "same"), [packet.decode("latin-1")])
    c.exec("fw", "n = 0 function once(_, p) p.ttl = p.ttl - 1 n = n + p.ttl end")
    c.request("RUN", attr("NAME", "fw"), attr("FUNCTION", "once"), attr("PACKET", packet),
              attr("REPEAT", u32(5000)))  # more than a turn
    equal("each call of a dry run has the packet as it was", c.eval("fw", "n"), [5000 * 63])
    c.destroy("fw")


def starved(c):
    """A write without memory is an error, and leaves the packet as it was."""
    knob = "/sys/module/nflua/parameters/fail_alloc"
    packet = ipv4(17, datagram(1, 2, b"123"))
    c.create("fw", "function m(_, p) local port = p.udp.dport why = select(2, pcall(p.write, p, 8, '\\5')) "
             "after = {p.udp.dport == port, p.ttl} end", budget=u32(BUDGET))
    run(c, packet, "m")
    equal("with memory the byte is written", c.eval("fw", "why, table.unpack(after)"),
          [None, True, 5])
    with open(knob, "w") as f:
        f.write("1 1")  # the state knows the function's name now, so the write is the first
    run(c, packet, "m")
    with open(knob, "w") as f:
        f.write("0")
    equal("a write without memory is an error that leaves the packet",
          c.eval("fw", "why, table.unpack(after)"), ["cannot write: not enough memory", True, 64])
    c.destroy("fw")


# ---- Checksums ---------------------------------------------------------------------------


def with_sum(packet, version, protocol, at):
    """Returns the packet with the right checksum at @at of its transport header."""
    header = 20 if version == 4 else 40
    body = packet[header:]
    addresses = packet[12:20] if version == 4 else packet[8:40]
    pseudo = addresses + (struct.pack("!HH", protocol, len(body)) if version == 4 else
                          struct.pack("!II", len(body), protocol))
    if protocol == 1:
        pseudo = b""
    body = body[:at] + b"\0\0" + body[at + 2:]
    total = checksum(pseudo + body)
    return packet[:header] + body[:at] + struct.pack("!H", total) + body[at + 2:]


def is_right(packet, version, protocol, at):
    return with_sum(packet, version, protocol, at) == packet


def sums(_):
    """Checksums that were right stay right, those that were wrong or missing stay so."""
    c = Hooked()
    wire = Wire()
    for end in ("wa", "wb"):
        sh("sysctl -qw net.ipv6.conf.%s.disable_ipv6=1" % end)
    c.create("fw", """kept = nil
        function change(frame, p)
            for i = #p.payload - 1, 0, -1 do p.payload:write(i, string.char(i * 37 & 255)) end
            p.payload:write(0, ('z'):rep(#p.payload))
            if p.version == 4 then p.src = '203.0.113.9' else p.dst = '2001:db8:ffff::9' end
            p.ttl = 7
            kept = p:sub(1)
        end""", budget=u32(BUDGET))
    c.attach("change", INGRESS, NETDEV, iif="wb")
    for length in (1, 2, 7, 64):
        data = bytes(range(length))
        for what, protocol, at, body4, body6 in (
                ("UDP", 17, 6, datagram(1, 2, data), datagram(1, 2, data)),
                ("TCP", 6, 16, segment(1, 2, data), segment(1, 2, data)),
                ("ICMP", None, 2, icmp(8, 0, payload=data), icmp(128, 0, payload=data))):
            for version in (4, 6):
                number = protocol or (1 if version == 4 else 58)
                packet = (ipv4 if version == 4 else ipv6)(number, body4 if version == 4 else body6)
                right = with_sum(packet, version, number, at)
                name = "%s over IPv%d with %d bytes" % (what, version, length)
                got = through(c, wire, right, version)
                ok(got and got[-length:] == b"z" * length and is_right(got, version, number, at),
                   "%s: a right checksum stays right" % name, got and got.hex())
                if version == 4:
                    equal("%s: that of IP, too" % name, checksum(got[:20]), 0)
                header = 20 if version == 4 else 40
                wrong = right[:header + at + 1] + bytes([right[header + at + 1] ^ 5]) + \
                    right[header + at + 2:]
                got = through(c, wire, wrong, version)
                ok(got and not is_right(got, version, number, at),
                   "%s: a wrong checksum stays wrong" % name, got and got.hex())
    # Bytes behind the length of UDP are in no checksum.
    short = with_sum(ipv4(17, datagram(1, 2, b"1234")), 4, 17, 6)
    behind = ipv4(17, short[20:] + b"behind")
    got = through(c, wire, behind, 4)
    ok(got and is_right(got[:32], 4, 17, 6), "bytes behind the length of UDP are in no checksum",
       got and got.hex())
    none = ipv4(17, datagram(1, 2, b"none"))
    got = through(c, wire, none, 4)
    equal("a datagram without a checksum gets none", got and got[26:28], b"\0\0")
    zero(c, wire)
    c.detach_all()
    c.destroy("fw")
    wire.close()
    c.close()


def through(c, wire, packet, version):
    c.exec("fw", "kept = nil")
    wire.send(eth(0x800 if version == 4 else 0x86dd, packet))
    wait_for(lambda: c.eval("fw", "kept") != [None], 3)
    kept = c.eval("fw", "kept")[0]
    return kept and kept.encode("latin-1")


def zero(c, wire):
    """A checksum of UDP that comes to 0 is sent as 0xffff (RFC 768)."""
    c.exec("fw", "function change(_, p) p.payload:write(0, word) kept = p:sub(1) end")
    right = with_sum(ipv4(17, datagram(1, 2, b"\0\0")), 4, 17, 6)
    word = right[26:28]
    c.exec("fw", "word = '%s'" % "".join("\\x%02x" % b for b in word))
    got = through(c, wire, right, 4)
    equal("a checksum of UDP that comes to 0 is 0xffff", got and got[26:28], b"\xff\xff")


# ---- Places ----------------------------------------------------------------------------------


def places(_):
    """Each hook, -j LUA, and a match, which cannot."""
    with Router() as net:
        c = hooked("r")
        c.create("fw", SCRIPT + "function m(_, p) p.ttl = 1 return true end", budget=u32(BUDGET))
        set_change(c, "p.payload:write(1, 'hanged')")
        for version, (here, there) in HOSTS.items():
            sink = udp("s", there, PORT)
            router = there[:-1] + "1"
            inside = udp("r", router, PORT)
            for family, hook, more, source, target, what in (
                    (NETDEV, INGRESS, {"iif": "c"}, ("c", here), sink, "ingress"),
                    (INET, PREROUTING, {"priority": -500}, ("c", here), sink, "prerouting, first"),
                    (INET, PREROUTING, {}, ("c", here), sink, "prerouting"),
                    (INET, INPUT, {}, ("c", here), inside, "input"),
                    (INET, OUTPUT, {}, ("r", router), sink, "output"),
                    (INET, POSTROUTING, {}, ("c", here), sink, "postrouting"),
                    (NETDEV, EGRESS, {"oif": "s"}, ("c", here), sink, "egress")):
                c.attach("f", hook, family, **more)
                send(source, target.getsockname()[0], PORT, b"changes")
                equal("IPv%d: %s: a datagram arrives changed" % (version, what),
                      (received(target) or [None])[0], b"changed")
                c.detach_all()
            rules(c, net, version, sink)
            sink.close()
            inside.close()
        reroutes(c, net)
        equal("no call fails but those of the match", c.get("fw").number("ERRORS"), 2)
        settle(c, "fw")
        c.close()


def rules(c, net, version, sink):
    here, there = HOSTS[version]
    ipt = "iptables-nft" if version == 4 else "ip6tables-nft"
    net.sh("r", "%s -t mangle -A FORWARD -p udp -j LUA --state fw --function f" % ipt)
    send(("c", here), there, PORT, b"changes")
    equal("IPv%d: -j LUA: a datagram arrives changed" % version,
          (received(sink) or [None])[0], b"changed")
    net.sh("r", "%s -t mangle -F" % ipt)
    net.sh("r", "%s -t mangle -A FORWARD -p udp -m lua --state fw --function m" % ipt)
    send(("c", here), there, PORT, b"changes")
    equal("IPv%d: -m lua: a datagram arrives unchanged" % version,
          (received(sink) or [None])[0], b"changes")
    ok("a match cannot change the packet" in c.get("fw").text("LAST_ERROR"),
       "IPv%d: a match is refused it" % version)
    net.sh("r", "%s -t mangle -F" % ipt)


def reroutes(c, net):
    """A hook in output that changes an address, or the DSCP, has the packet routed anew."""
    sink = udp("s", "10.9.2.2", PORT)
    c.attach("f", OUTPUT)
    set_change(c, "p.dst = '10.9.2.2'")
    send(("r", "10.9.2.1"), "10.9.1.2", PORT, b"other way")
    equal("output: a changed destination is routed to", (received(sink) or [None])[0],
          b"other way")
    net.sh("r", "ip rule add tos 0x10 table 100; ip route add blackhole default table 100")
    set_change(c, "p.tos = 0x10")
    with Inside("r"):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.sendto(b"tos", ("10.9.2.2", PORT))
    except OSError:
        pass
    ok(received(sink, 0.5) is None, "output: a changed DSCP chooses a route")
    net.sh("r", "ip rule del tos 0x10 table 100; ip route flush table 100")
    sock.close()
    sink.close()
    c.detach_all()


def bridged(_):
    with Switch():
        c = hooked("b")
        c.create("fw", SCRIPT, budget=u32(BUDGET))
        set_change(c, "p.payload:write(1, 'hanged') p.ttl = 3")
        for hook in (PREROUTING, FORWARD, POSTROUTING):
            for version, address in ((4, "10.9.1.%d"), (6, "fd09:1::%d")):
                sink = udp("s", address % 3, PORT)
                c.attach("f", hook, BRIDGE)
                send(("c", address % 2), address % 3, PORT, b"changes")
                equal("hook %d of a bridge, IPv%d: a datagram arrives changed" % (hook, version),
                      (received(sink) or [None])[0], b"changed")
                c.detach_all()
                sink.close()
        c.destroy("fw")
        c.close()


# ---- TCP -----------------------------------------------------------------------------------


def drain(listener, digest):
    sock, _ = listener.accept()
    while data := sock.recv(1 << 16):
        digest.update(data)
    sock.close()
    return digest.hexdigest()


def transfers(_):
    """All of a transfer in upper case, in large segments and small, and with losses."""
    text = (b"abcdefghij" * 7 + b"\n") * 30000
    wanted = hashlib.sha256(text.upper()).hexdigest()
    with Router() as net:
        c = hooked("r")
        c.create("fw", SCRIPT, budget=u32(BUDGET), maxalloc=struct.pack("Q", 64 << 20))
        set_change(c, "local d = p.payload if #d > 0 then d:write(0, d:sub(1):upper()) end "
                   "p.dscp = 10")
        for offload in ("off", "on"):
            for name, device in (("c", "veth0"), ("s", "veth0"), ("r", "c"), ("r", "s")):
                offloads(name, device, offload == "on")
            for hook, what in ((FORWARD, "forward"), (POSTROUTING, "postrouting")):
                for version, (here, there) in HOSTS.items():
                    c.attach("f", hook)
                    one(net, c, here, there, text, wanted,
                        "IPv%d, offload %s, %s" % (version, offload, what))
                    c.detach_all()
        net.sh("r", "tc qdisc add dev s root netem loss 2% delay 5ms reorder 10%")
        c.attach("f", FORWARD)
        here, there = HOSTS[4]
        one(net, c, here, there, text[:200000], hashlib.sha256(text[:200000].upper()).hexdigest(),
            "with loss and reordering")
        c.detach_all()
        c.destroy("fw")
        c.close()


def one(net, c, here, there, text, wanted, what):
    del net
    listener = tcp("s", there, PORT)
    listener.listen(1)
    end = Aside(drain, listener, hashlib.sha256())
    client = tcp("c", here)
    client.settimeout(60)
    client.connect((there, PORT))
    client.sendall(text)
    client.close()
    equal("TCP, %s: every byte arrives changed" % what, end.end(60), wanted)
    equal("TCP, %s: no call fails" % what, c.get("fw").text("LAST_ERROR"), None)
    listener.close()


main(fields, kept, starved, sums, places, bridged, transfers)
