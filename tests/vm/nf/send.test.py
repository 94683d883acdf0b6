# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of packets that scripts send, through real networks. Every device has its
offloads off, so that receivers check the checksums, as these tests do."""
import socket

from tap import equal, main, ok, wait_for
from topology import HOSTS, Capture, Router, client, received, target, tcp, udp

# Sends the global "text" instead of a packet that says "original".
CHANGE = """
function f(frame, packet)
    calls = (calls or 0) + 1
    if packet:sub(-8) ~= "original" then return "accept" end
    local copy = nf.getpacket()
    good, why = copy:send(text)
    return "drop"
end
"""


def udp_in_chain(net, where, family, chain, tool):
    """Sends datagrams. A chain in the namespace @where sends a changed copy of each instead."""
    near, far = HOSTS[family]
    table = "-t mangle " if chain in ("PREROUTING", "POSTROUTING") else ""
    target(net, where, table + "-A " + chain, "udp", tool)
    one, two = udp("c", near, 4000), udp("s", far, 53)
    c = client(where)
    name = "IPv%d, %s in %s of %s" % (family, tool, chain, where)
    for text in ("changed", "a longer one than it was before", "", "x"):
        c.exec("fw", "text = '%s'" % text)
        with Capture("s") as capture:
            try:
                one.sendto(b"original", (far, 53))
            except PermissionError:  # a rule in OUTPUT dropped it
                pass
            equal("%s: the copy changed to %r arrives" % (name, text), received(two),
                  (text.encode(), (near, 4000)))
            equal("%s: nothing arrives but the copy changed to %r" % (name, text),
                  received(two, 0.05), None)
            seen = [p for p in capture.packets([53], 0.1)]
            if where != "s":
                equal("%s: the copy changed to %r is sent once, with right checksums" %
                      (name, text), [p.faults for p in seen], [[]])
    net.sh(where, "%s %s -F" % (tool, table))
    equal("%s: no call fails" % name, c.get("fw").number("ERRORS"), 0)
    for s in (one, two, c):
        s.close()


def chains(_):
    with Router() as net:
        for name in ("c", "r", "s"):
            c = client(name)
            c.create("fw", CHANGE)
            c.close()
        for family, tools in ((4, ("iptables-legacy", "iptables-nft")),
                              (6, ("ip6tables-legacy", "ip6tables-nft"))):
            for tool in tools:
                udp_in_chain(net, "r", family, "FORWARD", tool)
            udp_in_chain(net, "r", family, "PREROUTING", tools[0])
            udp_in_chain(net, "r", family, "POSTROUTING", tools[0])
            udp_in_chain(net, "s", family, "INPUT", tools[0])
            for tool in tools:
                udp_in_chain(net, "c", family, "OUTPUT", tool)


def stream(net, c, family, near, far, at):
    """Connects from c to @at, which is s; a segment of the connection is changed. Returns
    the client's address as s sees it."""
    listener = tcp("s", far, 80)
    listener.listen()
    sock = tcp("c", near)
    name = "IPv%d TCP to %s" % (family, at)
    with Capture("s") as capture:
        sock.connect((at, 80))
        peer, address = listener.accept()
        peer.settimeout(5)
        sock.sendall(b"GET an original")
        equal("%s: the server gets a changed segment" % name, peer.recv(100), b"GET another one")
        sock.sendall(b"more")
        equal("%s: the server gets the segment after a changed one" % name, peer.recv(100), b"more")
        peer.sendall(b"answer")
        equal("%s: the answer after a changed segment comes back" % name, sock.recv(100), b"answer")
        equal("%s: a stream with a changed segment has right checksums" % name,
              sorted({f for p in capture.packets([80], 0.2) for f in p.faults}), [])
    for s in (sock, peer, listener):
        s.close()
    return address[0]


def streams(_):
    with Router() as net:
        c = client("r")
        c.create("fw", CHANGE + "text = 'GET another one'")
        for family, tool in ((4, "iptables-legacy"), (6, "ip6tables-nft")):
            near, far = HOSTS[family]
            target(net, "r", "-A FORWARD", "tcp", tool)
            equal("IPv%d: the server sees the client's address beside a changed segment" % family,
                  stream(net, c, family, near, far, far), near)
        equal("no call fails for changed TCP segments", c.get("fw").number("ERRORS"), 0)
        net.sh("r", "iptables-legacy -t nat -A PREROUTING -i c -p tcp --dport 80 "
                    "-j DNAT --to-destination 10.9.2.2")
        net.sh("r", "iptables-legacy -t nat -A POSTROUTING -o s -j MASQUERADE")
        equal("segments changed in FORWARD are masqueraded after DNAT",
              stream(net, c, 4, "10.9.1.2", "10.9.2.2", "10.9.1.1"), "10.9.2.1")
        net.sh("r", "iptables-legacy -F FORWARD")
        target(net, "r", "-t mangle -A PREROUTING", "tcp")
        equal("segments changed before DNAT are masqueraded",
              stream(net, c, 4, "10.9.1.2", "10.9.2.2", "10.9.1.1"), "10.9.2.1")
        equal("no call fails for changed TCP segments with NAT", c.get("fw").number("ERRORS"), 0)
        c.close()


def translated(_):
    """The first packet of a connection is dropped, and a copy is sent. The copy belongs to
    the same connection, so that the answer finds its way back."""
    with Router() as net:
        c = client("r")
        c.create("fw", CHANGE + "text = 'changed'")
        net.sh("r", "iptables-legacy -t nat -A PREROUTING -i c -p udp --dport 53 "
                    "-j DNAT --to-destination 10.9.2.2:5353")
        net.sh("r", "iptables-legacy -t nat -A POSTROUTING -o s -j MASQUERADE")
        target(net, "r", "-A FORWARD", "udp")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 5353)
        for n in range(3):
            one.sendto(b"original", ("10.9.1.1", 53))
            got = received(two)
            equal("with NAT, changed copy %d comes from the router's address" % n, got,
                  (b"changed", ("10.9.2.1", 4000)))
            two.sendto(b"original", ("10.9.2.1", 4000))
            equal("with NAT, changed answer %d comes from the address that was asked" % n,
                  received(one), (b"changed", ("10.9.1.1", 53)))
        lines = net.sh("r", "conntrack -L -p udp 2>/dev/null").splitlines()
        equal("packets and their changed copies are one connection", len(lines), 1)
        equal("no call fails for changed copies with NAT", c.get("fw").number("ERRORS"), 0)
        net.sh("r", "conntrack -D -p udp 2>/dev/null")
        c.exec("fw", "function f() kept = kept or nf.getpacket() return 'drop' end")
        one.sendto(b"original", ("10.9.1.1", 53))
        ok(wait_for(lambda: c.eval("fw", "kept ~= nil") == [True]),
           "a copy of a dropped first packet is kept")
        equal("the connection of a dropped first packet is gone",
              net.sh("r", "conntrack -L -p udp 2>/dev/null | grep -c .", check=False), "0")
        equal("a copy whose connection is gone is sent", c.eval("fw", "kept:send()"), [True])
        equal("a copy whose connection is gone is tracked and translated anew", received(two),
              (b"original", ("10.9.2.1", 4000)))
        c.close()


def same(_):
    """Without a new payload a copy is the packet, with its options and headers."""
    with Router() as net:
        c = client("r")
        c.create("fw", "function f() nf.getpacket():send(text) return 'drop' end")
        for family, tool in ((4, "iptables-legacy"), (6, "ip6tables-legacy")):
            near, far = HOSTS[family]
            one, two = udp("c", near, 4000), udp("s", far, 53)
            if family == 4:
                one.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x94\4\0\0")
            else:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, b"\0\0\x1e\4abcd")
            with Capture("s") as capture:
                one.sendto(b"straight on", (far, 53))
                want = capture.packets([53])[0]
                target(net, "r", "-A FORWARD", "udp", tool)
                one.sendto(b"straight on", (far, 53))
                got = capture.packets([53])[0]
                equal("IPv%d: a copy without a new payload is like its packet" % family,
                      (got.transport, got.options, got.ttl, got.faults),
                      (want.transport, want.options, want.ttl, []))
                ok(len(got.options) >= 4, "IPv%d: a copy has its packet's options" % family,
                   got.options)
                c.exec("fw", "text = 'round about'")
                one.sendto(b"straight on", (far, 53))
                got = capture.packets([53])[0]
                equal("IPv%d: a copy with a new payload has its packet's options" % family,
                      (got.payload, got.options, got.faults), (b"round about", want.options, []))
            c.exec("fw", "text = nil")
            received(two), received(two), received(two)
        c.close()


def lengths(_):
    """Copies that are longer than the path allows, or than packets can be."""
    with Router() as net:
        c = client("r")
        c.create("fw", CHANGE + "text = ('x'):rep(4000)")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        target(net, "r", "-A FORWARD", "udp")
        with Capture("s") as capture:
            one.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER: no DF
            one.sendto(b"original", ("10.9.2.2", 53))
            equal("a copy with 4,000 bytes arrives", received(two),
                  (b"x" * 4000, ("10.9.1.2", 4000)))
            seen = capture.packets([53], 0.2)
            ok(len(seen) == 3 and all(p.fragment and not p.faults for p in seen),
               "a copy with 4,000 bytes is sent in three fragments",
               [(p.offset, p.faults) for p in seen])
        c.exec("fw", "text = ('y'):rep(65507)")
        one.sendto(b"original", ("10.9.2.2", 53))
        equal("a copy with 65,507 bytes, the most possible, arrives", received(two),
              (b"y" * 65507, ("10.9.1.2", 4000)))
        c.exec("fw", "text = ('y'):rep(65508)")
        one.sendto(b"original", ("10.9.2.2", 53))
        ok(wait_for(lambda: "bad argument #1 to 'send' (the packet would be longer than 65535 bytes)"
                    in (c.get("fw").text("LAST_ERROR") or "")),
           "changing a copy to 65,508 bytes is an error", c.get("fw").text("LAST_ERROR"))
        received(two, 0.1)
        before = c.get("fw").number("ERRORS")
        watch = client("r", timeout=3)
        watch.join("events")
        c.exec("fw", "text = ('x'):rep(4000)")
        one.setsockopt(socket.IPPROTO_IP, 10, 2)  # DF
        one.sendto(b"original", ("10.9.2.2", 53))
        event = watch.receive()[0]
        equal("a copy too long for its path, with DF, makes an error event",
              (event.text("NAME"), event.text("FUNCTION"), event.text("ERROR_TEXT")),
              ("fw", "send", "a packet was not sent: it is longer than the path allows (error 90)"))
        equal("a copy too long for its path, with DF, counts as an error",
              c.get("fw").number("ERRORS"), before + 1)
        equal("send() returns true before a copy proves too long for its path",
              c.eval("fw", "good, why"), [True, None])
        target(net, "r", "-A FORWARD", "udp", "ip6tables-legacy")
        six = udp("c", "fd09:1::2", 4000)
        six.sendto(b"original", ("fd09:2::2", 53))
        event = watch.receive()[0]
        ok("longer than the path" in event.text("ERROR_TEXT"),
           "an IPv6 copy too long for its path makes an error event", event.text("ERROR_TEXT"))
        net.sh("r", "ip route del 10.9.2.0/24")
        c.exec("fw", "text = nil")
        one.setsockopt(socket.IPPROTO_IP, 10, 0)
        net.sh("r", "iptables-legacy -F; iptables-legacy -t mangle -A PREROUTING -p udp "
                    "-j LUA --state fw --function f")
        one.sendto(b"original", ("10.9.2.2", 53))
        event = watch.receive()[0]
        equal("a copy without a route makes an error event", event.text("ERROR_TEXT"),
              "a packet was not sent: there is no route for it (error 101)")
        c.close()
        watch.close()


def fragments(_):
    """Fragments are joined where connections are tracked, and separate where they are not."""
    for family, tool in ((4, "iptables-legacy"), (6, "ip6tables-legacy")):
        with Router() as net:
            pieces(net, family, tool)


def pieces(net, family, tool):
    near, far = HOSTS[family]
    one, two = udp("c", near, 4000), udp("s", far, 53)
    if family == 4:
        one.setsockopt(socket.IPPROTO_IP, 10, 0)
    c = client("r")
    c.create("fw", """function f()
        n = n + 1
        local copy = nf.getpacket()
        local good, e = pcall(copy.send, copy, text)
        if not good then said[#said + 1] = e end
        return "drop" end""")
    target(net, "r", "-A FORWARD", "all" if family == 6 else "udp", tool)

    def sent_as(text):
        c.exec("fw", "n, said, text = 0, {}, %s" % text)
        one.sendto(b"x" * 4000, (far, 53))
        return received(two)

    equal("IPv%d: copies of fragments arrive as a whole datagram" % family, sent_as("nil"),
          (b"x" * 4000, (near, 4000)))
    ok(c.eval("fw", "n")[0] >= 3, "IPv%d: without tracking, each fragment has its call" % family,
       c.eval("fw", "n"))
    equal("IPv%d: no changed copy of a fragment arrives" % family, sent_as("'y'"), None)
    said = c.eval("fw", "table.unpack(said)")
    ok(len(said) >= 3 and all("the packet is a fragment" in e for e in said),
       "IPv%d: changing a copy of a fragment fails with the right error" % family, said)
    c.eval("fw", "nf.connid ~= nil")  # from now on connections are tracked
    equal("IPv%d: with tracking, a changed copy of the joined fragments arrives" % family,
          sent_as("('z'):rep(3000)"), (b"z" * 3000, (near, 4000)))
    equal("IPv%d: with tracking, a copy of the joined fragments arrives" % family,
          sent_as("nil"), (b"x" * 4000, (near, 4000)))
    for s in (one, two, c):
        s.close()


def hops(_):
    """Sending a copy before routing counts as a hop, so that none goes round for ever."""
    with Router() as net:
        c = client("r")
        c.create("fw", "function f() good, why = nf.getpacket():send() return 'drop' end")
        for family, tool in ((4, "iptables-legacy"), (6, "ip6tables-legacy")):
            near, far = HOSTS[family]
            target(net, "r", "-t mangle -A PREROUTING", "udp", tool)
            one, two = udp("c", near, 4000), udp("s", far, 53)
            level, option = (socket.IPPROTO_IP, socket.IP_TTL) if family == 4 else \
                (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
            one.setsockopt(level, option, 9)
            with Capture("s") as capture:
                one.sendto(b"x", (far, 53))
                equal("IPv%d: a copy sent before routing has one hop less" % family,
                      [p.ttl for p in capture.packets([53])], [8])
                one.setsockopt(level, option, 1)
                one.sendto(b"x", (far, 53))
                equal("IPv%d: a copy without a hop left is not sent" % family,
                      len(capture.packets([53])), 0)
            equal("IPv%d: send() says that a copy has no hop left" % family,
                  c.eval("fw", "good, why"),
                  [None, "the packet's time to live has expired"])
        c.close()


def from_timer(_):
    """Timers send copies, unchanged and changed, when their packets are long gone."""
    with Router() as net:
        c = client("r")
        c.create("fw", """function f()
                local copy = nf.getpacket()
                timer.create(wait, function() good, why = copy:send(text) end)
                return 'drop'
            end""")
        for family, tool in ((4, "iptables-legacy"), (6, "ip6tables-nft")):
            near, far = HOSTS[family]
            target(net, "r", "-A FORWARD", "udp", tool)
            one, two = udp("c", near, 4000), udp("s", far, 53)
            for code, want in (("nil", b"original"), ("'from a timer'", b"from a timer")):
                c.exec("fw", "wait, text, good = 1500, %s, nil" % code)
                one.sendto(b"original", (far, 53))
                equal("IPv%d, payload %s: a timer does not send the copy at once" % (family, code),
                      c.eval("fw", "good"), [None])
                with Capture("s") as capture:
                    equal("IPv%d, payload %s: the copy that a timer sends arrives" % (family, code),
                          received(two, 20), (want, (near, 4000)))
                    equal("IPv%d, payload %s: the copy that a timer sends has right checksums" %
                          (family, code), [p.faults for p in capture.packets([53], 0.1)], [[]])
                equal("IPv%d, payload %s: send() in a timer returns true" % (family, code),
                      c.eval("fw", "good, why"), [True, None])
            one.close()
            two.close()
        equal("no timer that sends a copy fails", c.get("fw").number("ERRORS"), 0)
        c.close()


main(chains, streams, translated, same, lengths, fragments, hops, from_timer)
