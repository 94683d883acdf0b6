# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of packets as Lua objects: how long they live, how much memory they take, and
what is left of them when their state, their namespace or the module ends."""
import socket
import time
from errno import ENOENT

import tap
from nflua_nl import N, Client, u32, u64
from rules import Rule, settle
from tap import DEBUG_KERNEL, Udp, equal, main, ok, refused, sh, wait_for
from topology import Inside, Router, client, received, target, udp
from wire import Wire, eth, extension, ipv4, ipv6
from wire import udp as datagram

ECANCELED = 125


def workers_on(cpus):
    """Has workers that are bound to no CPU run on these, a mask. Returns the mask before."""
    with open("/sys/devices/virtual/workqueue/cpumask", "r+") as f:
        before = f.read().strip()
        f.seek(0)
        f.write(cpus)
    return before


def later(_):
    """A chunk sends copies that earlier calls have kept."""
    with Router() as net:
        c = client("r")
        c.create("fw", "kept = {} function f() kept[#kept + 1] = nf.getpacket() return 'drop' end")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        target(net, "r", "-A FORWARD", "udp")
        for i in range(200):
            one.sendto(b"%d" % i, ("10.9.2.2", 53))
        ok(wait_for(lambda: c.eval("fw", "#kept") == [200]), "calls keep 200 packet copies")
        equal("no kept copy arrives before it is sent", received(two, 0.1), None)
        before = c.get("fw").number("CURRALLOC")
        # Those of another CPU may overtake, as with any sender that moves: chunks run in a
        # worker of the kernel.
        cpus = workers_on("1")
        c.exec("fw", "for i = 1, #kept do assert(kept[i]:send()) end")
        workers_on(cpus)
        equal("200 kept copies that a chunk sends arrive in order",
              [received(two)[0] for _ in range(200)], [b"%d" % i for i in range(200)])
        after = c.get("fw").number("CURRALLOC")
        ok(before - after > 200 * 500, "copies that are sent give their memory back",
           "%d, %d" % (before, after))
        refused("a packet copy cannot be sent twice", ECANCELED, "packet copy was already sent",
                c.eval, "fw", "kept[1]:send()")
        refused("a packet copy cannot be closed when it was sent", ECANCELED,
                "packet copy was already sent", c.eval, "fw", "kept[1]:close()")
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
    refused("nf.getpacket() without a packet is refused", ECANCELED, "there is no packet here",
            c.eval, "m", "nf.getpacket()")
    with Rule("-m lua --state m --function f"):
        udp_.through(1)
    equal("a call that makes and closes copies does not fail", c.get("m").number("ERRORS"), 0)
    equal("send() refuses a view instead of a copy", c.eval("m", "view[1], view[2]"),
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
        refused("%s is refused" % what, ECANCELED, text, c.eval, "m", what)
    equal("getmetatable(copy) is false", c.eval("m", "getmetatable(copy)"), [False])
    ok(c.eval("m", "tostring(copy)")[0].startswith("packet copy: "),
       "tostring(copy) begins with 'packet copy: '")
    with Rule("-m lua --state m --function icmp", match="-p icmp"):
        sh("ping -qc 1 127.0.0.1")
    equal("send('x') cannot replace the payload of ICMP",
          c.eval("m", "said[1], said[2]:match('cannot.*')"),
          [False, "cannot replace the payload: the packet is neither TCP nor UDP"])
    equal("a copy can be sent after many refused calls", c.eval("m", "copy:send('y')"), [True])
    udp_.receiver.settimeout(1)
    equal("a copy that is sent after many refused calls arrives", udp_.receiver.recv(10), b"y")
    udp_.close()
    settle(c, "m")


def option(kind, pointer, *stations):
    """Returns an IPv4 route option (RFC 791, 3.1), padded with a NOP before it."""
    return bytes((1, kind, 3 + 4 * len(stations), pointer)) + b"".join(
        socket.inet_aton(s) for s in stations)


def routing(left):
    """Returns an IPv6 routing header (RFC 8200, 4.4) with one station, for UDP after it."""
    station = socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    return extension(17, bytes((2, left)) + bytes(4) + station)


def source_routes(c):
    """Source-routed packets cannot be changed or answered: their checksum covers a
    destination that the header does not have yet."""
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
            ("a loose source route", with_options(option(131, 4, "192.0.2.9")), True),
            ("a strict source route", with_options(option(137, 4, "192.0.2.9")), True),
            ("a source route at its end", with_options(option(131, 8, "192.0.2.9")), False),
            ("a record of the route", with_options(option(7, 4, "0.0.0.0")), False),
            ("a damaged option", with_options(b"\x83\x09\x04\x00"), False),
            ("a source route after the end of options",
             with_options(b"\0" + option(131, 4, "192.0.2.9")[1:]), False),
            ("an IPv6 routing header with a station left", with_routing(1), True),
            ("an IPv6 routing header with none left", with_routing(0), False)):
        c.exec("m", "said = nil")
        wire.send(frame)
        ok(wait_for(lambda: c.eval("m", "said ~= nil") == [True]),
           "the function sees a packet with " + name)
        for what, text in (("said", "cannot replace the payload"), ("whole", "cannot reply")):
            got = c.eval("m", "tostring(%s[2])" % what)[0]
            equal("%s: refused as source-routed exactly if it is ('%s')" % (name, text),
                  "is source-routed" in got, why)
            if why:
                ok(text in got, "%s: a refusal as source-routed says '%s'" % (name, text), got)
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
        ok(wait_for(lambda: figures().number("CALLS") == 2000),
           "2,000 packets call a function that keeps copies")
        m = figures()
        ok(m.number("ERRORS") > 1000 and "not enough memory" in m.text("LAST_ERROR"),
           "keeping copies fails with 'not enough memory' at the state's limit",
           m.text("LAST_ERROR"))
        ok(m.number("PEAKALLOC") <= 512 << 10, "copies never take more than the state's limit",
           m.number("PEAKALLOC"))
        net.sh("r", "iptables-legacy -F")
        target(net, "r", "-A FORWARD", "udp", function="clear")
        one.sendto(b"x", ("10.9.2.2", 53))
        ok(wait_for(lambda: figures().number("CALLS") == 2001),
           "a state full of copies is called to drop them")
        c.exec("fw", "collectgarbage() collectgarbage()")
        n = c.eval("fw", "n")[0]
        ok(100 < n < (512 << 10) // 700, "a copy counts with all the memory that it takes", n)
        ok(figures().number("CURRALLOC") < empty + 20000,
           "copies that are dropped give their memory back",
           "%d, %d" % (empty, figures().number("CURRALLOC")))
        net.sh("r", "iptables-legacy -F")
        target(net, "r", "-A FORWARD", "udp", function="waste")
        before = figures().number("ERRORS")
        for _ in range(2000):
            one.sendto(b"x" * 100, ("10.9.2.2", 53))
        ok(wait_for(lambda: figures().number("CALLS") == 4001),
           "2,000 packets call a function that wastes 10 copies each")
        m = figures()
        ok(m.number("ERRORS") == before, "the collector frees wasted copies before memory runs out",
           "%d more errors, as %s" % (m.number("ERRORS") - before, m.text("LAST_ERROR")))
        c.close()


def full(_):
    """The queue of copies to send is bounded. A copy that does not fit stays with the script."""
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
        ok(wait_for(lambda: c.eval("fw", "#kept") == [1500]), "calls keep 1,500 packet copies")
        net.sh("r", "iptables-legacy -F")
        target(net, "r", "-A FORWARD", "udp", function="all")
        one.sendto(b"go", ("10.9.2.2", 53))
        got = []
        while (data := received(two)) is not None:
            got.append(data[0])
        equal("one call can send 1,000 copies, and 500 more do not fit",
              c.eval("fw", "good, bad, why"),
              [1000, 500, "too many packets are waiting to be sent"])
        equal("1,000 copies that one call sends arrive in order", got,
              [b"%d" % i for i in range(1000)])
        equal("a copy that did not fit can be sent later", c.eval("fw", "left:send('later')"),
              [True])
        equal("a copy that did not fit arrives when it is sent later", received(two)[0],
              b"later")
        c.close()


def no_memory(_):
    """Each allocation fails once. The script gets nil and a message, or an error for memory."""
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
            ok(b"x" in got, "the packet goes on when allocation %d for its copy fails" % n, got)
            outcomes.add(said if said else "error" if errors else
                         "sent" if b"changed" in got else "lost")
        equal("a failed allocation gives nil or an error, and no copy is lost without a word",
              outcomes, {"not enough memory", "error", "sent"})
        c.close()


def endless(net, c):
    """Starts an endless loop in OUTPUT of r: each copy that is sent causes another one."""
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
        equal("other packets pass during an endless loop of copies", other.through(50), 50)
        other.close()
        net.sh("r", "ping -qc 2 -i 0.2 10.9.2.2")
        took = time.monotonic() - begin
        more = c.eval("fw", "calls")[0]
        ok(more > calls + 1000, "an endless loop of copies makes more than 1,000 calls",
           "%d, %d in %.1f s" % (calls, more, took))
        ok(took < (120 if DEBUG_KERNEL else 20),
           "the machine stays usable during an endless loop of copies", took)
        c.exec("fw", "go = false")
        time.sleep(0.2)
        calls = c.eval("fw", "calls")[0]
        time.sleep(0.5)
        equal("an endless loop of copies ends when the script stops sending",
              c.eval("fw", "calls")[0], calls)
        c.close()


def last_stand(c):
    """The collector frees copies and string buffers even where a call is out of stack or
    memory. The kernel complains at the end about what was not freed."""
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
    ok(c.get("d").number("CALLS") >= 100, "100 calls use up their stack or memory with copies",
       c.get("d").number("CALLS"))
    udp_.close()
    settle(c, "d")


def left_behind(end):
    """Ends a namespace or a state while packets are on their way and copies are held."""
    with Router() as net:
        c = client("r")
        endless(net, c)
        c.exec("fw", "kept = {} function keep() for i = 1, 50 do kept[#kept + 1] = nf.getpacket() "
               "end return 'accept' end")
        target(net, "r", "-A FORWARD", "udp", function="keep")
        one, two = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        one.sendto(b"x", ("10.9.2.2", 53))
        received(two)
        equal("50 copies are held before their namespace or state ends",
              c.eval("fw", "#kept"), [50])
        end(net, c)
        c.close()


def namespace_exit(_):
    def end(net, c):
        c.close()
        sh("ip netns del r")
        net.names = ("c", "s")
        ok(wait_for(lambda: sh("ip -n c link show veth0", check=False) == "", 10),
           "a namespace can end while it holds copies and sends without end")

    for _ in range(3):
        left_behind(end)


def state_ends(_):
    def destroy(_net, c):
        c.destroy("fw", force=True)
        refused("a state that holds copies and sends without end can be destroyed by force",
                ENOENT, None, c.exec, "fw", "")

    def replace(_net, c):
        c.exec("fw", "function f() return 'accept' end keep = f", N["NFLUA_EXEC_REPLACE"])
        # What is on its way still calls the new function, which sends no more.
        time.sleep(4 if DEBUG_KERNEL else 0.5)
        calls = c.get("fw").number("CALLS")
        time.sleep(0.5)
        equal("no packet is sent any more after a function that sends without end is replaced",
              c.get("fw").number("CALLS"), calls)

    for end in (destroy, replace):
        left_behind(end)


def nobody_waits(_):
    """After ten seconds the kernel complains about a device that is still in use."""
    time.sleep(11)
    equal("no copy keeps a network device in use", sh("dmesg | grep 'waiting for'", check=False),
          "")


def unload(first):
    """The module is unloaded just after packets were queued to be sent."""
    first.close()  # an open socket of the family keeps the module loaded
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
        ok(wait_for(tap.unload),
           "the module unloads just after copies were queued to be sent")
        sh("modprobe nflua")
    udp_.close()


main(later, misuse, source_routes, memory, last_stand, full, no_memory, loop, namespace_exit,
     state_ends, nobody_waits, unload)
