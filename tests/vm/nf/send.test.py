# SPDX-License-Identifier: GPL-2.0-or-later
"""What is sent of copies of packets, through real networks. Every device has its
offloads off: receivers check the checksums, and so do we."""
import socket

from tap import equal, main, ok, wait_for
from topology import HOSTS, Capture, Router, client, received, target, tcp, udp

# Sends what the global "text" is in the place of a packet that says "original".
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
    """One datagram of which a chain in the namespace @where sends a changed copy."""
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
            except PermissionError:  # what OUTPUT drops
                pass
            equal("%s: %r arrives" % (name, text), received(two), (text.encode(), (near, 4000)))
            equal("%s: and nothing else" % name, received(two, 0.05), None)
            seen = [p for p in capture.packets([53], 0.1)]
            if where != "s":
                equal("%s: sound, and once" % name, [p.faults for p in seen], [[]])
    net.sh(where, "%s %s -F" % (tool, table))
    equal("%s: no error" % name, c.get("fw").number("ERRORS"), 0)
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
    """A connection from c to @at, where s is; a segment of it is changed."""
    listener = tcp("s", far, 80)
    listener.listen()
    sock = tcp("c", near)
    name = "IPv%d TCP to %s" % (family, at)
    with Capture("s") as capture:
        sock.connect((at, 80))
        peer, address = listener.accept()
        peer.settimeout(5)
        sock.sendall(b"GET an original")
        equal("%s: the segment is changed" % name, peer.recv(100), b"GET another one")
        sock.sendall(b"more")
        equal("%s: the next one is not" % name, peer.recv(100), b"more")
        peer.sendall(b"answer")
        equal("%s: an answer comes back" % name, sock.recv(100), b"answer")
        equal("%s: all is sound" % name,
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
            equal("from the client", stream(net, c, family, near, far, far), near)
        equal("no error", c.get("fw").number("ERRORS"), 0)
        net.sh("r", "iptables-legacy -t nat -A PREROUTING -i c -p tcp --dport 80 "
                    "-j DNAT --to-destination 10.9.2.2")
        net.sh("r", "iptables-legacy -t nat -A POSTROUTING -o s -j MASQUERADE")
        equal("with DNAT and masquerading, from the router",
              stream(net, c, 4, "10.9.1.2", "10.9.2.2", "10.9.1.1"), "10.9.2.1")
        net.sh("r", "iptables-legacy -F FORWARD")
        target(net, "r", "-t mangle -A PREROUTING", "tcp")
        equal("before translation, too",
              stream(net, c, 4, "10.9.1.2", "10.9.2.2", "10.9.1.1"), "10.9.2.1")
        equal("and no error", c.get("fw").number("ERRORS"), 0)
        c.close()


def translated(_):
    """The first packet of a connection is dropped, and a copy sent: it is of the
    same connection, so that the answer finds its way back."""
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
            equal("packet %d arrives, from the router" % n, got,
                  (b"changed", ("10.9.2.1", 4000)))
            two.sendto(b"original", ("10.9.2.1", 4000))
            equal("the answer, changed, from where it was asked for", received(one),
                  (b"changed", ("10.9.1.1", 53)))
        lines = net.sh("r", "conntrack -L -p udp 2>/dev/null").splitlines()
        equal("all that is one connection", len(lines), 1)
        equal("no error", c.get("fw").number("ERRORS"), 0)
        net.sh("r", "conntrack -D -p udp 2>/dev/null")
        c.exec("fw", "function f() kept = kept or nf.getpacket() return 'drop' end")
        one.sendto(b"original", ("10.9.1.1", 53))
        ok(wait_for(lambda: c.eval("fw", "kept ~= nil") == [True]), "a copy is kept")
        equal("whose connection is gone",
              net.sh("r", "conntrack -L -p udp 2>/dev/null | grep -c .", check=False), "0")
        equal("it is sent", c.eval("fw", "kept:send()"), [True])
        equal("and tracked anew", received(two), (b"original", ("10.9.2.1", 4000)))
        c.close()


def same(_):
    """Without a payload it is the packet, with its options and headers."""
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
                equal("IPv%d: the same" % family, (got.transport, got.options, got.ttl, got.faults),
                      (want.transport, want.options, want.ttl, []))
                ok(len(got.options) >= 4, "with options", got.options)
                c.exec("fw", "text = 'round about'")
                one.sendto(b"straight on", (far, 53))
                got = capture.packets([53])[0]
                equal("IPv%d: options stay with a new payload" % family,
                      (got.payload, got.options, got.faults), (b"round about", want.options, []))
            c.exec("fw", "text = nil")
            received(two), received(two), received(two)
        c.close()


def lengths(_):
    """Longer than the path allows, or than packets can be."""
    with Router() as net:
        c = client("r")
        c.create("fw", CHANGE + "text = ('x'):rep(4000)")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        target(net, "r", "-A FORWARD", "udp")
        with Capture("s") as capture:
            one.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER: no DF
            one.sendto(b"original", ("10.9.2.2", 53))
            equal("4,000 bytes arrive", received(two), (b"x" * 4000, ("10.9.1.2", 4000)))
            seen = capture.packets([53], 0.2)
            ok(len(seen) == 3 and all(p.fragment and not p.faults for p in seen), "in fragments",
               [(p.offset, p.faults) for p in seen])
        c.exec("fw", "text = ('y'):rep(65507)")
        one.sendto(b"original", ("10.9.2.2", 53))
        equal("as long as can be", received(two), (b"y" * 65507, ("10.9.1.2", 4000)))
        c.exec("fw", "text = ('y'):rep(65508)")
        one.sendto(b"original", ("10.9.2.2", 53))
        ok(wait_for(lambda: "bad argument #1 to 'send' (the packet would be longer than 65535 bytes)"
                    in (c.get("fw").text("LAST_ERROR") or "")), "longer is an error",
           c.get("fw").text("LAST_ERROR"))
        received(two, 0.1)
        before = c.get("fw").number("ERRORS")
        watch = client("r", timeout=3)
        watch.join("events")
        c.exec("fw", "text = ('x'):rep(4000)")
        one.setsockopt(socket.IPPROTO_IP, 10, 2)  # DF
        one.sendto(b"original", ("10.9.2.2", 53))
        event = watch.receive()[0]
        equal("one that may not be cut is an event", (event.text("NAME"), event.text("FUNCTION"),
              event.text("ERROR_TEXT")),
              ("fw", "send", "a packet was not sent: it is longer than the path allows (error 90)"))
        equal("and counted", c.get("fw").number("ERRORS"), before + 1)
        equal("send itself knew nothing of that", c.eval("fw", "good, why"), [True, None])
        target(net, "r", "-A FORWARD", "udp", "ip6tables-legacy")
        six = udp("c", "fd09:1::2", 4000)
        six.sendto(b"original", ("fd09:2::2", 53))
        event = watch.receive()[0]
        ok("longer than the path" in event.text("ERROR_TEXT"), "nor are those of IPv6",
           event.text("ERROR_TEXT"))
        net.sh("r", "ip route del 10.9.2.0/24")
        c.exec("fw", "text = nil")
        one.setsockopt(socket.IPPROTO_IP, 10, 0)
        net.sh("r", "iptables-legacy -F; iptables-legacy -t mangle -A PREROUTING -p udp "
                    "-j LUA --state fw --function f")
        one.sendto(b"original", ("10.9.2.2", 53))
        event = watch.receive()[0]
        equal("without a route", event.text("ERROR_TEXT"),
              "a packet was not sent: there is no route for it (error 101)")
        c.close()
        watch.close()


def fragments(_):
    """Whole where connections are tracked, in pieces where they are not."""
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

    equal("IPv%d: fragments are copied" % family, sent_as("nil"), (b"x" * 4000, (near, 4000)))
    ok(c.eval("fw", "n")[0] >= 3, "each for itself", c.eval("fw", "n"))
    equal("IPv%d: none can be changed" % family, sent_as("'y'"), None)
    said = c.eval("fw", "table.unpack(said)")
    ok(len(said) >= 3 and all("the packet is a fragment" in e for e in said), "which is said",
       said)
    c.eval("fw", "nf.connid ~= nil")  # from now on connections are tracked
    equal("IPv%d: joined, it can be" % family, sent_as("('z'):rep(3000)"),
          (b"z" * 3000, (near, 4000)))
    equal("IPv%d: and goes on" % family, sent_as("nil"), (b"x" * 4000, (near, 4000)))
    for s in (one, two, c):
        s.close()


def hops(_):
    """A copy from before routing counts as a hop, so that none goes round for ever."""
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
                equal("IPv%d: one hop less" % family, [p.ttl for p in capture.packets([53])], [8])
                one.setsockopt(level, option, 1)
                one.sendto(b"x", (far, 53))
                equal("IPv%d: the last one" % family, len(capture.packets([53])), 0)
            equal("is said", c.eval("fw", "good, why"),
                  [None, "the packet's time to live has expired"])
        c.close()


def from_timer(_):
    """Copies are sent when their packets are long gone, as they are and changed."""
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
                equal("IPv%d, %s: not at once" % (family, code), c.eval("fw", "good"), [None])
                with Capture("s") as capture:
                    equal("IPv%d, %s: it arrives" % (family, code), received(two, 20),
                          (want, (near, 4000)))
                    equal("sound", [p.faults for p in capture.packets([53], 0.1)], [[]])
                equal("and the script knows", c.eval("fw", "good, why"), [True, None])
            one.close()
            two.close()
        equal("no error", c.get("fw").number("ERRORS"), 0)
        c.close()


main(chains, streams, translated, same, lengths, fragments, hops, from_timer)
