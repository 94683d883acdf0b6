# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of packets as objects: how long they live, what they take, what is left
of them when their state, namespace or module goes."""
import socket
import time

from nflua_nl import N, Client, u32, u64
from rules import Rule, settle
from tap import DEBUG_KERNEL, Udp, equal, main, ok, refused, sh, wait_for
from topology import Inside, Router, client, received, target, udp
from wire import Wire, eth, extension, ipv4, ipv6
from wire import udp as datagram

ECANCELED = 125


def later(_):
    """Copies that are kept are sent from a chunk, in their order."""
    with Router() as net:
        c = client("r")
        c.create("fw", "kept = {} function f() kept[#kept + 1] = nf.getpacket() return 'drop' end")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        target(net, "r", "-A FORWARD", "udp")
        for i in range(200):
            one.sendto(b"%d" % i, ("10.9.2.2", 53))
        ok(wait_for(lambda: c.eval("fw", "#kept") == [200]), "200 are kept")
        equal("none has arrived", received(two, 0.1), None)
        before = c.get("fw").number("CURRALLOC")
        c.exec("fw", "for i = 1, #kept do assert(kept[i]:send()) end")
        equal("all arrive, in order", [received(two)[0] for _ in range(200)],
              [b"%d" % i for i in range(200)])
        after = c.get("fw").number("CURRALLOC")
        ok(before - after > 200 * 500, "their memory is given back", "%d, %d" % (before, after))
        refused("not twice", ECANCELED, "packet copy was already sent", c.eval, "fw",
                "kept[1]:send()")
        refused("nor closed then", ECANCELED, "packet copy was already sent", c.eval, "fw",
                "kept[1]:close()")
        c.close()


def misuse(c):
    udp_ = Udp(5300)
    c.create("m", """
        function f(frame, packet)
            copy, other = nf.getpacket(), nf.getpacket()
            view = {pcall(copy.send, packet)}
            other:close()
            do local a <close> = nf.getpacket() scoped = a end
            return false
        end
        function icmp()
            said = {pcall(function() nf.getpacket():send("x") end)}
            return false
        end""")
    refused("a copy needs a packet", ECANCELED, "there is no packet here", c.eval, "m",
            "nf.getpacket()")
    with Rule("-m lua --state m --function f"):
        udp_.through(1)
    equal("no error", c.get("m").number("ERRORS"), 0)
    equal("a view is no copy", c.eval("m", "view[1], view[2]"),
          [False, "bad argument #1 to '?' (packet copy expected, got packet)"])
    for what, text in (("other:send()", "packet copy was already closed"),
                       ("other:close()", "packet copy was already closed"),
                       ("scoped:send()", "packet copy was already closed"),
                       ("scoped:close()", "packet copy was already closed"),
                       ("copy.send()", "bad argument #1 to 'send' (packet copy expected"),
                       ("copy.send({})", "packet copy expected, got table"),
                       ("copy.close(5)", "packet copy expected, got number"),
                       ("copy.close(io)", "packet copy expected, got nil"),
                       ("copy:send({})", "bad argument #1 to 'send' (string expected, got table)"),
                       ("copy:send(true)", "bad argument #1 to 'send' (string expected"),
                       ("copy.size()", "attempt to call"),
                       ("#copy", "attempt to get length"),
                       ("setmetatable(copy, {})", "bad argument #1"),
                       ("copy:send(('x'):rep(70000))", "longer than 65535 bytes")):
        refused(what, ECANCELED, text, c.eval, "m", what)
    equal("its metatable is not shown", c.eval("m", "getmetatable(copy)"), [False])
    ok(c.eval("m", "tostring(copy)")[0].startswith("packet copy: "), "it has a name")
    with Rule("-m lua --state m --function icmp", match="-p icmp"):
        sh("ping -qc 1 127.0.0.1")
    equal("ICMP has no payload to replace", c.eval("m", "said[1], said[2]:match('cannot.*')"),
          [False, "cannot replace the payload: the packet is neither TCP nor UDP"])
    equal("after all that it is sent", c.eval("m", "copy:send('y')"), [True])
    udp_.receiver.settimeout(1)
    equal("and arrives", udp_.receiver.recv(10), b"y")
    udp_.close()
    settle(c, "m")


def option(kind, pointer, *stations):
    """A route of IPv4 (RFC 791, 3.1), with a NOP before it, padded."""
    return bytes((1, kind, 3 + 4 * len(stations), pointer)) + b"".join(
        socket.inet_aton(s) for s in stations)


def routing(left):
    """A routing header of IPv6 (RFC 8200, 4.4) before UDP, with one station."""
    station = socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    return extension(17, bytes((2, left)) + bytes(4) + station)


def source_routes(c):
    """The checksum would be of a destination that the header does not have yet."""
    c.create("m", """
        function f(frame, packet)
            local copy <close> = nf.getpacket()
            said = {pcall(copy.send, copy, "new")}
            whole = {pcall(nf.reply, "udp", "new")}
            return false
        end""")
    wire = Wire()
    rule = "-t raw -A PREROUTING -i wb -m lua --state m --function f"
    sh("iptables-legacy " + rule)
    sh("ip6tables-legacy " + rule + " -s 2001:db8::/32")
    payload = datagram(1, 2, b"old")

    def with_options(options):
        return eth(0x0800, ipv4(17, payload, options=options))

    def with_routing(left):
        return eth(0x86dd, ipv6(43, routing(left) + payload))

    for name, frame, why in (
            ("a loose route", with_options(option(131, 4, "192.0.2.9")), True),
            ("a strict route", with_options(option(137, 4, "192.0.2.9")), True),
            ("a route at its end", with_options(option(131, 8, "192.0.2.9")), False),
            ("a record of the route", with_options(option(7, 4, "0.0.0.0")), False),
            ("a damaged option", with_options(b"\x83\x09\x04\x00"), False),
            ("the end of options before one",
             with_options(b"\0" + option(131, 4, "192.0.2.9")[1:]), False),
            ("IPv6: a station to come", with_routing(1), True),
            ("IPv6: none to come", with_routing(0), False)):
        c.exec("m", "said = nil")
        wire.send(frame)
        ok(wait_for(lambda: c.eval("m", "said ~= nil") == [True]), "a packet with " + name)
        for what, text in (("said", "cannot replace the payload"), ("whole", "cannot reply")):
            got = c.eval("m", "tostring(%s[2])" % what)[0]
            equal("%s, %s" % (name, what), "is source-routed" in got, why)
            ok(not why or text in got, "%s, %s: what cannot be done" % (name, what), got)
    for tool in ("iptables", "ip6tables"):
        sh("%s-legacy -t raw -F" % tool)
    wire.close()
    settle(c, "m")


def memory(_):
    with Router() as net:
        c = client("r")
        c.create("fw", "kept, n = {}, 0 "
                 "function f() kept[#kept + 1] = nf.getpacket() n = #kept return 'accept' end "
                 "function clear() kept = nil return 'accept' end "
                 "function waste() for i = 1, 10 do nf.getpacket() end return 'accept' end",
                 maxalloc=u64(512 << 10), budget=u32(1000000))
        empty = c.get("fw").number("CURRALLOC")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        two.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        target(net, "r", "-A FORWARD", "udp")
        for _ in range(2000):
            one.sendto(b"x" * 100, ("10.9.2.2", 53))
        figures = lambda: c.get("fw")
        ok(wait_for(lambda: figures().number("CALLS") == 2000), "2,000 packets")
        m = figures()
        ok(m.number("ERRORS") > 1000 and "not enough memory" in m.text("LAST_ERROR"),
           "the limit holds", m.text("LAST_ERROR"))
        ok(m.number("PEAKALLOC") <= 512 << 10, "to the byte", m.number("PEAKALLOC"))
        net.sh("r", "iptables-legacy -F")
        target(net, "r", "-A FORWARD", "udp", function="clear")
        one.sendto(b"x", ("10.9.2.2", 53))
        ok(wait_for(lambda: figures().number("CALLS") == 2001), "no memory is needed to let go")
        c.exec("fw", "collectgarbage() collectgarbage()")
        n = c.eval("fw", "n")[0]
        ok(100 < n < (512 << 10) // 700, "copies count with all they take", n)
        ok(figures().number("CURRALLOC") < empty + 20000, "and are given back",
           "%d, %d" % (empty, figures().number("CURRALLOC")))
        net.sh("r", "iptables-legacy -F")
        target(net, "r", "-A FORWARD", "udp", function="waste")
        before = figures().number("ERRORS")
        for _ in range(2000):
            one.sendto(b"x" * 100, ("10.9.2.2", 53))
        ok(wait_for(lambda: figures().number("CALLS") == 4001), "20,000 are wasted")
        m = figures()
        ok(m.number("ERRORS") == before, "the collector comes for them in time",
           "%d more errors, as %s" % (m.number("ERRORS") - before, m.text("LAST_ERROR")))
        c.close()


def full(_):
    """What waits is bounded; what does not fit stays with the script."""
    with Router() as net:
        c = client("r")
        c.create("fw", """
            kept = {}
            function keep() kept[#kept + 1] = nf.getpacket() return "drop" end
            function all()
                good, bad = 0, 0
                for i = 1, #kept do
                    local sent, e = kept[i]:send()
                    if sent then good = good + 1 else bad, why, left = bad + 1, e, kept[i] end
                end
                return "drop"
            end""", budget=u32(1000000))
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        two.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        target(net, "r", "-A FORWARD", "udp", function="keep")
        for i in range(1500):
            one.sendto(b"%d" % i, ("10.9.2.2", 53))
        ok(wait_for(lambda: c.eval("fw", "#kept") == [1500]), "1,500 are kept")
        net.sh("r", "iptables-legacy -F")
        target(net, "r", "-A FORWARD", "udp", function="all")
        one.sendto(b"go", ("10.9.2.2", 53))
        got = []
        while (data := received(two)) is not None:
            got.append(data[0])
        equal("1,000 fit", c.eval("fw", "good, bad, why"),
              [1000, 500, "too many packets are waiting to be sent"])
        equal("and arrive, in order", got, [b"%d" % i for i in range(1000)])
        equal("what did not fit is sent later", c.eval("fw", "left:send('later')"), [True])
        equal("as if nothing had been", received(two)[0], b"later")
        c.close()


def no_memory(_):
    """Each allocation fails once: nil and a message, or an error of memory."""
    with Router() as net:
        c = client("r")
        c.create("fw", """function f()
            local copy, e = nf.getpacket()
            if copy then copy, e = copy:send("changed") end
            if not copy then said = e end
            return "accept" end""")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        target(net, "r", "-A FORWARD", "udp")
        knob = "/sys/module/nflua/parameters/fail_alloc"
        outcomes = set()
        for n in range(1, 12):
            c.exec("fw", "said = nil")
            before = c.get("fw").number("ERRORS")
            with open(knob, "w") as f:
                f.write("%d 2" % n)
            one.sendto(b"x", ("10.9.2.2", 53))
            got = {(received(two) or [None])[0]}
            with open(knob, "w") as f:
                f.write("0")
            said, errors = c.eval("fw", "said")[0], c.get("fw").number("ERRORS") - before
            if not said and not errors:
                got.add((received(two) or [None])[0])
            ok(b"x" in got, "%d: the packet itself goes on" % n, got)
            outcomes.add(said if said else "error" if errors else
                         "sent" if b"changed" in got else "lost")
        equal("what came of it", outcomes, {"not enough memory", "error", "sent"})
        c.close()


def endless(net, c):
    """Each packet sent is one more to send, in OUTPUT of r."""
    c.create("fw", "calls, go = 0, true function f() calls = calls + 1 "
             "if go then nf.getpacket():send() end return 'drop' end")
    target(net, "r", "-A OUTPUT", "udp")
    with Inside("r"):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(20):
        try:
            sock.sendto(b"round and round", ("10.9.2.2", 53))
        except PermissionError:
            pass
    sock.close()


def loop(_):
    with Router() as net:
        c = client("r")
        endless(net, c)
        begin = time.monotonic()
        calls = c.eval("fw", "calls")[0]
        other = Udp(5300)
        equal("others are served meanwhile", other.through(50), 50)
        other.close()
        net.sh("r", "ping -qc 2 -i 0.2 10.9.2.2")
        took = time.monotonic() - begin
        more = c.eval("fw", "calls")[0]
        ok(more > calls + 1000, "it goes on", "%d, %d in %.1f s" % (calls, more, took))
        ok(took < (120 if DEBUG_KERNEL else 20), "and the machine, too", took)
        c.exec("fw", "go = false")
        time.sleep(0.2)
        calls = c.eval("fw", "calls")[0]
        time.sleep(0.5)
        equal("until it is told to stop", c.eval("fw", "calls")[0], calls)
        c.close()


def last_stand(c):
    """The collector frees copies, and buffers of strings, also where a call is out of
    stack or of memory. What it does not free the kernel complains of at the end."""
    udp_ = Udp(5300)
    c.create("d", """
        -- Garbage at every depth there is, and collections there.
        local function deep() nf.getpacket() local s = ("x"):rep(3000):upper()
            return (("x"):gsub(".", deep)) end
        function stack() pcall(deep) return true end
        -- At the limit of memory nothing can be had, not even for a call.
        function memory()
            local kept = {}
            pcall(function() while true do kept[#kept + 1] = nf.getpacket() end end)
            for i = 1, #kept do kept[i] = nil end
            pcall(function() local t = {} while true do t = {t, ("y"):rep(2000):upper()} end end)
            return true
        end""", maxalloc=u64(256 << 10), budget=u32(1000000))
    for function in ("stack", "memory"):
        with Rule("-m lua --state d --function " + function):
            udp_.through(50 if DEBUG_KERNEL else 300)
    ok(c.get("d").number("CALLS") >= 100, "calls", c.get("d").number("CALLS"))
    udp_.close()
    settle(c, "d")


def left_behind(end):
    """A namespace, or a state, ends with packets on their way and copies held."""
    with Router() as net:
        c = client("r")
        endless(net, c)
        c.exec("fw", "kept = {} function keep() for i = 1, 50 do kept[#kept + 1] = nf.getpacket() "
               "end return 'accept' end")
        target(net, "r", "-A FORWARD", "udp", function="keep")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        one.sendto(b"x", ("10.9.2.2", 53))
        received(two)
        equal("copies are held", c.eval("fw", "#kept"), [50])
        end(net, c)
        c.close()


def namespace_exit(_):
    def end(net, c):
        c.close()
        sh("ip netns del r")
        net.names = ("c", "s")
        ok(wait_for(lambda: sh("ip -n c link show veth0", check=False) == "", 10),
           "a namespace goes that has copies and sends without end")

    for _ in range(3):
        left_behind(end)


def state_ends(_):
    def destroy(_net, c):
        c.destroy("fw", force=True)
        ok(True, "a state can be destroyed by force")

    def replace(_net, c):
        c.exec("fw", "function f() return 'accept' end keep = f", N["NFLUA_EXEC_REPLACE"])
        equal("a state can be replaced", c.eval("fw", "calls"), [None])

    for end in (destroy, replace):
        left_behind(end)


def nobody_waits(_):
    """The kernel says so when a device cannot go, after ten seconds."""
    time.sleep(11)
    equal("no device is held", sh("dmesg | grep 'waiting for'", check=False), "")


def unload(first):
    """At once after packets were put down to be sent."""
    first.close()  # a socket of the family holds the module
    udp_ = Udp(5300)
    for _ in range(10):
        c = Client()
        c.create("u", "kept = {} function f() for i = 1, 300 do kept[i] = nf.getpacket() end "
                 "return false end", budget=u32(1000000))
        with Rule("-m lua --state u --function f"):
            udp_.through(1)
        c.exec("u", "for i = 1, 200 do kept[i]:send() end")
        c.destroy("u")
        c.close()
        ok(wait_for(lambda: sh("rmmod nflua && echo gone", check=False) == "gone"), "it unloads")
        sh("modprobe nflua")
    udp_.close()


main(later, misuse, source_routes, memory, last_stand, full, no_memory, loop, namespace_exit,
     state_ends, nobody_waits, unload)
