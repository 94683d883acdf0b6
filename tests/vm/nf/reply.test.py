# SPDX-License-Identifier: GPL-2.0-or-later
"""nf.reply, packet by packet: sequence numbers, addresses, and what it refuses."""
import socket

from tap import equal, main, ok, wait_for
from topology import HOSTS, Capture, Inside, Router, client, received, tcp, udp


def rule(net, tool="iptables-legacy"):
    net.sh("r", tool + " -A FORWARD -p tcp --dport 80 -m lua --state fw --function block "
           "--tcp-payload -j DROP")


def numbers(_):
    """Sequence numbers, flags and lengths."""
    with Router() as net:
        c = client("r")
        c.create("fw", "function block() sent = nf.reply('t', text) return true end")
        # The payload of packets of 576 and 1,280 bytes with TCP timestamps (12 bytes).
        for family, tool, most in ((4, "iptables-legacy", 524), (6, "ip6tables-legacy", 1208)):
            rule(net, tool)
            for n in (0, 5, most, most + 1, 3 * most):
                c.exec("fw", "text = ('x'):rep(%d)" % n)
                one_reply(c, family, n, most)
        c.close()


def one_reply(c, family, n, most):
    near, far = HOSTS[family]
    name = "IPv%d, TCP reply of %d bytes" % (family, n)
    listener = tcp("s", far, 80)
    listener.listen()
    sock = tcp("c", near)
    with Capture("c") as got, Capture("c", out=True) as out:
        sock.connect((far, 80))
        sock.sendall(b"request")
        answer = b""
        while piece := sock.recv(100000):
            answer += piece
        requests = [p for p in out.packets([80], 0.2) if p.payload == b"request"]
        replies = [p for p in got.packets([80], 0.2) if p.flags & 8]
    sock.close()
    listener.close()
    equal("%s: the client gets it whole" % name, answer, b"x" * n)
    equal("%s: nf.reply returns its length" % name, c.eval("fw", "sent"), [n])
    mine, times = requests[0], len(requests)  # the request may have been sent again
    starts = range(0, max(n, 1), most)
    equal("%s: its segments follow each other without gaps" % name,
          [((p.seq - mine.ack) % 2 ** 32, len(p.payload)) for p in replies],
          [(at, min(most, n - at)) for at in starts] * times)
    equal("%s: its segments acknowledge the request" % name,
          {(p.ack - mine.seq) % 2 ** 32 for p in replies}, {len(b"request")})
    equal("%s: the last segment, and only that, has FIN" % name, [p.flags for p in replies],
          ([0x18] * (len(starts) - 1) + [0x19]) * times)
    equal("%s: lengths and checksums are right" % name,
          {f for p in replies for f in p.faults}, set())


def datagrams(_):
    """Answers a datagram as a name server would: a connection's first packet gets the reply."""
    for nat in (False, True):
        with Router() as net:
            c = client("r")
            c.create("fw", "function f(_, packet) sent, why = nf.reply('udp', text) return drop end "
                     "text, drop = 'answer', true")
            if nat:
                net.sh("r", "iptables-legacy -t nat -A PREROUTING -i c -p udp --dport 53 "
                            "-j DNAT --to-destination 10.9.2.2:5353")
                net.sh("r", "iptables-legacy -t nat -A POSTROUTING -o s -j MASQUERADE")
            for family, tool in ((4, "iptables-legacy"), (6, "ip6tables-legacy")):
                near, far = HOSTS[family]
                translate = nat and family == 4
                asked = "10.9.1.1" if translate else far
                name = "UDP over IPv%d%s" % (family, " with NAT" if translate else "")
                one, two = udp("c", near, 4000), udp("s", far, 5353 if translate else 53)
                net.sh("r", "%s -A FORWARD -p udp --sport 4000 -m lua --state fw --function f "
                            "-j DROP" % tool)
                with Capture("c") as capture:
                    for text in ("answer", "", "y" * 5000):
                        c.exec("fw", "text = '%s'" % text)
                        one.sendto(b"question", (asked, 53))
                        equal("%s: a reply of %d bytes comes from the address that was asked" %
                              (name, len(text)), received(one), (text.encode(), (asked, 53)))
                        equal("%s: nf.reply returns the length of a reply of %d bytes" %
                              (name, len(text)), c.eval("fw", "sent"), [len(text)])
                    equal("%s: replies have right lengths and checksums" % name,
                          {f for p in capture.packets(None, 0.2) for f in p.faults}, set())
                equal("%s: the server does not get a datagram that is answered and dropped" % name,
                      received(two, 0.1), None)
                equal("%s: a datagram that is answered and dropped makes no connection" % name,
                      net.sh("r", "conntrack -L -f ipv%d -p udp 2>/dev/null | grep -c ." % family,
                             check=False), "0")
                c.exec("fw", "drop, text = false, 'both'")
                one.sendto(b"question", (asked, 53))
                equal("%s: a datagram that goes on is answered" % name, received(one),
                      (b"both", (asked, 53)))
                server = received(two)
                ok(server and server[0] == b"question",
                   "%s: the server gets an answered datagram that goes on" % name, server)
                two.sendto(b"its own", server[1])
                equal("%s: the server's own answer arrives after a reply" % name, received(one),
                      (b"its own", (asked, 53)))
                one.sendto(b"question", (asked, 53))
                equal("%s: a second datagram of a connection is answered" % name, received(one),
                      (b"both", (asked, 53)))
                c.exec("fw", "drop, text = true, 'answer'")
                for s in (one, two):
                    s.close()
            equal("no call fails for UDP replies (NAT: %s)" % nat, c.get("fw").number("ERRORS"), 0)
            c.close()


def against(_):
    """Answers the server's packets."""
    with Router() as net:
        net.sh("r", "iptables-legacy -t nat -A POSTROUTING -o s -j MASQUERADE")
        c = client("r")
        c.create("fw", "function f() sent = nf.reply('udp', 'for you') return true end")
        net.sh("r", "iptables-legacy -A FORWARD -p udp --sport 53 -m lua --state fw --function f "
                    "-j DROP")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        one.sendto(b"question", ("10.9.2.2", 53))
        got = received(two)
        two.sendto(b"answer", got[1])
        equal("nf.reply to a server's datagram comes from the client as the server saw it",
              received(two), (b"for you", got[1]))
        equal("the client does not get a server's datagram that is answered and dropped",
              received(one, 0.2), None)
        c.close()


def refusals(_):
    with Router() as net:
        c = client("r")
        c.create("fw", """
            function f(frame, packet)
                if seen then return true end
                said = {}
                for i, args in ipairs(tries) do
                    local good, a, b = pcall(nf.reply, table.unpack(args, 1, 2))
                    said[i] = good and tostring(a) .. " " .. tostring(b) or a
                end
                seen = true
                return true
            end""")
        for args in ("'tcp', 'x'", "'u', 'x'"):
            try:
                c.eval("fw", "nf.reply(%s)" % args)
                ok(False, "nf.reply(%s) outside of a call is refused" % args)
            except Exception as e:
                ok("there is no packet here" in str(e),
                   "nf.reply(%s) outside of a call is refused" % args, e)

        def said(send, tries, match):
            net.sh("r", "iptables-legacy -A FORWARD %s -m lua --state fw --function f -j DROP"
                   % match)
            c.exec("fw", "seen, tries = false, {%s}" % ", ".join("{%s}" % t for t in tries))
            send()
            ok(wait_for(lambda: c.eval("fw", "seen") == [True]),
               "a packet calls the function: %s" % match)
            net.sh("r", "iptables-legacy -F")
            return c.eval("fw", "table.unpack(said)")

        def all_hold(name, got, want):
            ok(len(got) == len(want) and all(w in g for w, g in zip(want, got)), name, got)

        one = udp("c", "10.9.1.2", 4000)
        two = udp("s", "10.9.2.2", 53)
        datagram = lambda: one.sendto(b"x", ("10.9.2.2", 53))
        all_hold("nf.reply refuses wrong arguments with the right errors", said(datagram, [
            "", "'x', 'y'", "'', 'y'", "5, 'y'", "{}, 'y'", "'udp'", "'udp', {}", "'udp', true",
            "'udp', ('x'):rep(65488)", "'tcp', 'x'", "'TCP', 'x'"], "-p udp"), [
                "bad argument #1", "begins with 't' for TCP or 'u' for UDP", "begins with",
                "begins with", "bad argument #1", "bad argument #2", "bad argument #2",
                "bad argument #2", "at most 65487 bytes", "not a TCP packet", "begins with"])
        all_hold("nf.reply refuses an ICMP packet",
                 said(lambda: net.sh("c", "ping -qc 1 -W 1 10.9.2.2", check=False),
                      ["'tcp', 'x'", "'udp', 'x'"], "-p icmp"),
                 ["neither TCP nor UDP"] * 2)
        one.setsockopt(socket.IPPROTO_IP, 10, 0)
        all_hold("nf.reply refuses a fragment",
                 said(lambda: one.sendto(b"x" * 4000, ("10.9.2.2", 53)),
                      ["'udp', 'x'"], "-p udp"), ["the packet is a fragment"])
        listener = tcp("s", "10.9.2.2", 80)
        listener.listen()

        def refused_connect():
            sock = tcp("c", "10.9.1.2", timeout=0.5)
            try:
                sock.connect(("10.9.2.2", 80))
            except OSError:
                pass
            sock.close()

        all_hold("nf.reply refuses a SYN, the wrong protocol, and more than 65,536 bytes",
                 said(refused_connect, ["'tcp', 'x'", "'udp', 'x'", "'tcp', ('x'):rep(65537)"],
                      "-p tcp --syn"),
                 ["the connection is not established", "not a UDP packet",
                  "at most 65536 bytes"])
        sock = tcp("c", "10.9.1.2")
        sock.connect(("10.9.2.2", 80))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        all_hold("nf.reply refuses a TCP reset",
                 said(sock.close, ["'tcp', 'x'"], "-p tcp --tcp-flags RST RST"),
                 ["the packet is a reset"])
        c.eval("fw", "nf.connid ~= nil")
        with Inside("c"):
            small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        small.connect(("10.9.2.2", 80))
        all_hold("nf.reply returns nil for a message longer than the sender's window",
                 said(lambda: small.sendall(b"x"), ["'tcp', ('x'):rep(60000)", "'tcp', ''"],
                      "-p tcp --tcp-flags PSH PSH"),
                 ["nil the message is longer than the sender's window", "0 nil"])
        equal("no call fails when its script catches nf.reply's errors",
              c.get("fw").number("ERRORS"), 0)
        for s in (one, two, listener, small):
            s.close()
        c.close()


def no_memory(_):
    """Each allocation of a long reply fails once. Then nothing of the reply is sent, and the
    client, which tries again, gets all of it. Round 0 fails none, but makes the function's
    name known.

    There are seven allocations. The first is Lua's: a collection has freed what a call
    keeps for a function called by another (luaE_shrinkCI() frees every second unused
    CallInfo, and so that of nf.reply). When this one fails, Lua collects and tries again.
    The other six are the segments. Without a collection there are only these."""
    with Router() as net:
        c = client("r")
        c.create("fw", """text, first, times = ('x'):rep(3000), false, 0
            function block()
                local sent, why = nf.reply('t', text)
                first = first or sent or why
                if sent then times = times + 1 end
                return true
            end""")
        rule(net)
        listener = tcp("s", "10.9.2.2", 80)
        listener.listen(50)
        for n in range(9):
            c.exec("fw", "first, times = false, 0 collectgarbage()")
            sock = tcp("c", "10.9.1.2")
            with Capture("c") as capture:
                sock.connect(("10.9.2.2", 80))
                with open("/sys/module/nflua/parameters/fail_alloc", "w") as f:
                    f.write("%d 1" % n if n else "0")
                sock.sendall(b"x")
                got = b""
                while piece := sock.recv(10000):
                    got += piece
                with open("/sys/module/nflua/parameters/fail_alloc", "w") as f:
                    f.write("0")
                replies = [p for p in capture.packets([80], 0.2) if p.flags & 8]
            sock.close()
            equal("allocation %d fails: nf.reply's result is right, and the client gets it all" % n,
                  (c.eval("fw", "first"), len(got)),
                  (["not enough memory" if 2 <= n <= 7 else 3000], 3000))
            equal("allocation %d fails: each reply that is sent has all its segments" % n,
                  len(replies), 6 * c.eval("fw", "times")[0])
        listener.close()
        c.close()


main(numbers, datagrams, against, refusals, no_memory)
