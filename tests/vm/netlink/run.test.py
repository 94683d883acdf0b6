# SPDX-License-Identifier: GPL-2.0-or-later
"""Dry runs call a function for a packet of the test. Nothing that they send leaves."""
import socket
import struct
import time
from errno import EINTR, EINVAL, ENOENT, ERANGE

from nflua_nl import N, Client, attr, u32
from rules import Rule, settle
from tap import DEBUG_KERNEL, Udp, equal, main, ok, refused, wait_for
from wire import eth, ipv4, ipv6, tcp, udp

HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
RESULTS = ("CONTINUE", "ACCEPT", "DROP", "STOLEN", "QUEUE", "REPEAT", "STOP", "NO_MATCH",
           "MATCH", "ERROR", "REJECT")
FRAME = eth(0x0800, b"")
DATAGRAM = ipv4(17, udp(1111, 53, b"query"))


def trial(c, function, packet=DATAGRAM, state="fw", **more):
    parts = [attr(k.upper(), v) for k, v in more.items()]
    return c.request("RUN", attr("NAME", state), attr("FUNCTION", function),
                     attr("PACKET", packet), *parts)[0]


def results(m):
    """Returns the results that are not 0, by name."""
    counts = struct.unpack("%dQ" % len(RESULTS), m.get("RESULTS"))
    return {name: n for name, n in zip(RESULTS, counts) if n}


def verdicts(c):
    c.create("fw", """
        function same() return value end
        function drop() nf.hotdrop(true) return false end
        function rejects(_, packet) packet:reject() nf.hotdrop(true) return "accept" end
        function undecided() nf.hotdrop(true) nf.hotdrop(false) return "accept" end
        n = 0
        function turns() n = n + 1 return n % 3 == 0 end
    """)
    for code, want in (("true", "MATCH"), ("false", "NO_MATCH"), ("nil", "CONTINUE"),
                       ("'continue'", "CONTINUE"),
                       ("'accept'", "ACCEPT"), ("'drop'", "DROP"), ("'stolen'", "STOLEN"),
                       ("'queue'", "QUEUE"), ("'repeat'", "REPEAT"), ("'stop'", "STOP"),
                       ("'queue:5:bypass'", "QUEUE"), ("'reject'", "REJECT"),
                       ("'reject:no-route'", "REJECT"), ("'reject:tcp-reset'", "ERROR"),
                       ("'ACCEPT'", "ERROR"), ("7", "ERROR"), ("{}", "ERROR")):
        c.exec("fw", "value = " + code)
        equal("a dry run of a function that returns %s results in %s" % (code, want),
              results(trial(c, "same")), {want: 1})
    equal("a dry run of a function that calls nf.hotdrop(true) results in DROP",
          results(trial(c, "drop")), {"DROP": 1})
    equal("a dry run of a function that calls packet:reject() results in REJECT",
          results(trial(c, "rejects")), {"REJECT": 1})
    equal("nf.hotdrop(false) in a dry run takes back nf.hotdrop(true)",
          results(trial(c, "undecided")), {"ACCEPT": 1})
    m = trial(c, "turns", repeat=u32(1000))
    equal("a dry run of 1000 calls reports all their results", results(m),
          {"NO_MATCH": 667, "MATCH": 333})
    equal("a dry run reports the number of its calls", m.number("CALLS"), 1000)
    ok(1000 < m.number("TIME_NS") < 20e9, "a dry run reports the time of its calls",
       m.number("TIME_NS"))
    equal("the calls of a dry run change the state", c.eval("fw", "n"), [1000])
    figures = c.get("fw")
    equal("a dry run leaves the state's figures at 0",
          [figures.number(x) for x in ("CALLS", "MATCHES", "ERRORS", "TIME_NS")], [0, 0, 0, 0])


def packets(c):
    c.create("p", """
        function look(frame, packet)
            print(#frame, frame.type, frame.vlan, frame.src, packet.version, packet.src,
                  packet.dst, packet.length, packet.hook, packet.indev, packet.outdev)
            print(packet.udp and packet.udp.dport, packet.tcp and packet.tcp.sport,
                  tostring(packet.payload), nf.connid())
            return true
        end""", budget=u32(1000000))
    seen = lambda *args, **more: trial(c, "look", *args, state="p", **more).get("OUTPUT").decode()
    equal("a function in a dry run sees the fields of an IPv4 datagram", seen(),
          "0\tnil\tnil\tnil\t4\t192.0.2.1\t192.0.2.2\t33\tPREROUTING\tlo\t"
          "nil\n53\tnil\tquery\tnil\n")
    equal("a function in a dry run sees the fields of the frame", seen(frame=FRAME),
          "14\t2048\tnil\t02:00:00:00:00:0a\t4\t192.0.2.1\t192.0.2.2\t33\tPREROUTING\tlo\tnil\n"
          "53\tnil\tquery\tnil\n")
    equal("a function in a dry run sees the VLAN tag of the frame",
          seen(frame=eth(0x0800, b"", tag=9)).split("\t")[:3], ["18", "2048", "9"])
    equal("a function in a dry run sees the fields of an IPv6 packet",
          seen(ipv6(6, tcp(80, 1025, b"page"))),
          "0\tnil\tnil\tnil\t6\t2001:db8::1\t2001:db8::2\t64\tPREROUTING\tlo\tnil\n"
          "nil\t80\tpage\tnil\n")
    equal("a dry run cuts off bytes after the packet's end",
          seen(DATAGRAM + b"\0" * 20).split("\n")[1], "53\tnil\tquery\tnil")
    for i, hook in enumerate(HOOKS):
        inside = "lo" if i < 3 else "nil"
        outside = "lo" if i > 1 else "nil"
        equal("a function in a dry run at %s sees the hook and its devices" % hook,
              seen(hook=u32(i)).split("\n")[0].split("\t")[8:], [hook, inside, outside])
    long = ipv4(17, udp(1, 53, b"x" * 65400))
    ok("x" * 65400 in trial(c, "look", long, "p").get("OUTPUT").decode(),
       "a function in a dry run sees all 65400 bytes of a payload")
    c.exec("p", "function look() print(('y'):rep(10000)) end")
    m = trial(c, "look", state="p", repeat=u32(10))
    ok(len(m.get("OUTPUT")) == N["NFLUA_OUTPUT_MAX"] and
       m.number("TRUNCATED") == N["NFLUA_TRUNCATED_OUTPUT"],
       "output of a dry run is cut at the greatest length and flagged")


def errors(c):
    events = Client()
    events.join("events")
    c.create("e", """
        n = 0
        function fails() n = n + 1 if n > 2 then error("no. " .. n) end return true end
        function endless() while true do end end
        value = 5""", budget=u32(1000000 if DEBUG_KERNEL else 10000))
    m = trial(c, "fails", state="e", repeat=u32(5))
    equal("a dry run counts calls that fail as errors", results(m), {"MATCH": 2, "ERROR": 3})
    equal("a dry run reports the first error", (m.number("ERROR_KIND"), m.text("ERROR_TEXT")),
          (N["NFLUA_ERROR_RUNTIME"], "chunk:3: no. 3"))
    ok("stack traceback" in m.text("TRACEBACK"), "a dry run reports the first error's traceback",
       m.text("TRACEBACK"))
    m = trial(c, "endless", state="e", repeat=u32(2))
    equal("a dry run stops each call that exceeds the budget",
          (results(m), m.number("ERROR_KIND"), m.text("ERROR_TEXT")),
          ({"ERROR": 2}, N["NFLUA_ERROR_BUDGET"], "budget exceeded"))
    for name, text in (("missing", "there is no function 'missing'"),
                       ("value", "attempt to call")):
        m = trial(c, name, state="e")
        ok(results(m) == {"ERROR": 1} and text in m.text("ERROR_TEXT"),
           "a dry run of '%s', which is no function, reports an error" % name,
           m.text("ERROR_TEXT"))
    figures = c.get("e")
    equal("errors in dry runs are not in the state's figures",
          (figures.number("ERRORS"), figures.text("LAST_ERROR")), (0, None))
    c.destroy("e")
    equal("errors in dry runs send no events", [m.cmd for _ in range(2) for m in events.receive()],
          [N["NFLUA_CMD_STATE_NEW_NTF"], N["NFLUA_CMD_STATE_DEL_NTF"]])
    events.close()


def nothing_leaves(c):
    """What a dry run sends is in its answer and goes nowhere else."""
    listener = Client(timeout=0.2)
    listener.join("data3")
    watch = Client(timeout=0.2)
    watch.join("events")
    c.create("s", """
        function f(frame, packet)
            local copy = nf.getpacket()
            results = {copy:send(), nf.getpacket():send("new"), nf.reply("udp", "answer"),
                       nf.netlink(port, 1 << 3, "to all"), nf.netlink(port, 0, "to one"),
                       pcall(copy.send, copy)}
            kept = nf.getpacket()
            timer.create(0, function()
                late = {nf.getpacket and kept:send(), nf.netlink(port, 1 << 3, "late")}
            end)
            kept_too = nf.getpacket()
            nf.set_match_bit(7, true)
            timer.create(0, function() nf.set_match_bit(8, true) print("late") error("late") end)
            mask = nf.get_match_mask()
            return "stolen"
        end""", budget=u32(1000000))
    c.exec("s", "port = %d" % listener.sock.getsockname()[0])
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sniffer.settimeout(0.3)
    m = trial(c, "f", state="s", frame=FRAME)
    equal("sending in a dry run returns what real sending does",
          c.eval("s", "table.unpack(results, 1, 6)"), [True, True, 6, 6, 6, False])
    equal("a dry run counts the packets and messages that it sends",
          (m.number("SENT_PACKETS"), m.number("SENT_MESSAGES")), (3, 2))
    equal("a dry run's answer has the messages sent", m.all("SENT_MESSAGE"), [b"to all", b"to one"])
    sent = m.all("SENT_PACKET")
    equal("a dry run's answer has the packet sent", sent[0][:8] + sent[0][12:],
          DATAGRAM[:8] + DATAGRAM[12:])
    equal("a dry run's answer has the packet sent with a new payload", sent[1][28:], b"new")
    equal("a dry run's answer has the reply that nf.reply sent",
          (sent[2][12:20], sent[2][20:24], sent[2][28:]),
          (DATAGRAM[16:20] + DATAGRAM[12:16], struct.pack("!HH", 53, 1111), b"answer"))
    ok(wait_for(lambda: c.eval("s", "late ~= nil") == [True]),
       "a timer that was created in a dry run fires")
    equal("a dry run has a match mask of its own", c.eval("s", "mask, nf.get_match_mask()"),
          [1 << 7, 0])
    equal("errors in timers of a dry run are not counted", c.get("s").number("ERRORS"), 0)
    equal("a packet's copy from a dry run can still be sent afterwards",
          c.eval("s", "kept_too:send()"), [True])
    try:
        got = sniffer.recv(2048)
    except socket.timeout:
        got = None
    equal("a dry run puts no packet on the wire", got, None)
    try:
        got = listener.receive()
    except socket.timeout:
        got = None
    equal("a dry run sends no message to a group or a port", got, None)
    equal("creating the state of a dry run sends an event", [m.cmd for m in watch.receive()],
          [N["NFLUA_CMD_STATE_NEW_NTF"]])
    try:
        got = watch.receive()
    except socket.timeout:
        got = None
    equal("a dry run sends no event", got, None)
    watch.close()
    c.exec("s", "nf.netlink(port, 0, 'now')")
    equal("a message that is sent outside a dry run arrives", listener.receive()[0].get("MSG"),
          b"now")
    c.exec("s", "function f() for i = 1, 100 do nf.netlink(0, 1, ('x'):rep(1000)) end end")
    m = trial(c, "f", state="s", repeat=u32(3))
    ok(m.number("SENT_MESSAGES") == 300 and 50 < len(m.all("SENT_MESSAGE")) < 66 and
       m.number("TRUNCATED") == N["NFLUA_TRUNCATED_SENT"],
       "a dry run's answer has the first 64 KiB of the messages sent", len(m.all("SENT_MESSAGE")))
    sniffer.close()
    listener.close()


def real_copy(c):
    """A copy of a real packet does not leave in a dry run either."""
    udp_ = Udp(5300)
    c.create("r", """
        function keep() copy = nf.getpacket() return true end
        function f() return copy:send() end""")
    with Rule("-m lua --state r --function keep -j DROP"):
        equal("a packet whose copy is kept is dropped by its rule", udp_.through(1), 0)
    m = trial(c, "f", state="r")
    equal("a dry run counts the copy of a real packet as sent",
          (results(m), m.number("SENT_PACKETS")), ({"MATCH": 1}, 1))
    equal("a dry run does not send the copy of a real packet", udp_.through(0), 0)
    udp_.close()
    settle(c, "r")


def beside_packets(c):
    """A long dry run delays no packet, and ends when it is told to."""
    udp_ = Udp(5300)
    c.create("b", "n = 0 function f() n = n + 1 for i = 1, 1000 do end return true end "
             "function g() seen = n return true end", budget=u32(1000000))
    other = Client()
    seq = other.start("RUN", attr("NAME", "b"), attr("FUNCTION", "f"), attr("PACKET", DATAGRAM),
                      attr("REPEAT", u32(N["NFLUA_REPEAT_MAX"])))
    ok(wait_for(lambda: c.eval("b", "n > 100") == [True]), "scripts run during a long dry run")
    with Rule("-m lua --state b --function g"):
        equal("packets are filtered during a long dry run", udp_.through(20), 20)
    refused("destroying a state during a dry run is refused", 16, "running", c.destroy, "b")
    start = time.monotonic()
    other.start("INTERRUPT")
    refused("INTERRUPT ends a long dry run", EINTR, "interrupted", other.finish, seq)
    ok(time.monotonic() - start < (20 if DEBUG_KERNEL else 2),
       "a long dry run ends soon after INTERRUPT")
    n = c.eval("b", "n")[0]
    time.sleep(0.2)
    equal("an interrupted dry run makes no more calls", c.eval("b", "n"), [n])
    seq = other.start("RUN", attr("NAME", "b"), attr("FUNCTION", "f"), attr("PACKET", DATAGRAM),
                      attr("REPEAT", u32(N["NFLUA_REPEAT_MAX"])))
    ok(wait_for(lambda: c.eval("b", "n")[0] > n), "a dry run begins, whose state will be destroyed")
    c.exec("b", "function f() return false end n = 0", N["NFLUA_EXEC_REPLACE"])
    time.sleep(0.1)
    c.destroy("b", force=True)
    try:
        other.finish(seq)
        ok(False, "a dry run ends with an error when its state is destroyed")
    except Exception as e:
        ok("EINTR" in str(e) or "ENOENT" in str(e),
           "a dry run ends with an error when its state is destroyed", e)
    c.create("b", "function f() n = (n or 0) + 1 end")
    other.start("RUN", attr("NAME", "b"), attr("FUNCTION", "f"), attr("PACKET", DATAGRAM),
                attr("REPEAT", u32(N["NFLUA_REPEAT_MAX"])))
    ok(wait_for(lambda: (c.eval("b", "n")[0] or 0) > 10),
       "a dry run begins, whose socket will be closed")
    other.close()

    def gone():
        before = c.eval("b", "n")
        time.sleep(0.1)
        return c.eval("b", "n") == before
    ok(wait_for(gone), "a dry run ends when its socket is closed")
    udp_.close()
    settle(c, "b")


def requests(c):
    c.create("q", "function f() return true end")
    name, f, packet = attr("NAME", "q"), attr("FUNCTION", "f"), attr("PACKET", DATAGRAM)
    bad = lambda data: [name, f, attr("PACKET", data)]
    sound = "not a complete, valid IPv4 or IPv6 packet"
    for what, parts, code, text in (
            ("without a function", [name, packet], EINVAL, "lacks a function or a packet"),
            ("without a packet", [name, f], EINVAL, "lacks a function or a packet"),
            ("without a state's name", [f, packet], EINVAL, "lacks the name"),
            ("in a state that does not exist", [attr("NAME", "none"), f, packet], ENOENT,
             "no state"),
            ("of a function name of 64 bytes", [name, attr("FUNCTION", "f" * 64), packet], EINVAL,
             "policy"),
            ("of 0 calls", [name, f, packet, attr("REPEAT", u32(0))], ERANGE, None),
            ("of too many calls",
             [name, f, packet, attr("REPEAT", u32(N["NFLUA_REPEAT_MAX"] + 1))], ERANGE, None),
            ("at a hook that does not exist", [name, f, packet, attr("HOOK", u32(6))], ERANGE,
             None),
            ("at ingress", [name, f, packet, attr("HOOK", u32(5))], EINVAL, "chains of a device"),
            ("with a frame of 13 bytes", [name, f, packet, attr("FRAME", FRAME[:13])], EINVAL,
             "14 bytes"),
            ("with a frame of 65 bytes", [name, f, packet, attr("FRAME", b"x" * 65)], ERANGE,
             None),
            ("with an empty packet", bad(b""), EINVAL, sound),
            ("with an IPv4 packet cut short", bad(DATAGRAM[:-1]), EINVAL, sound),
            ("with 19 bytes of an IPv4 header", bad(DATAGRAM[:19]), EINVAL, sound),
            ("with a packet of IP version 5", bad(b"\x55" + DATAGRAM[1:]), EINVAL, sound),
            ("with an IPv4 header of 16 bytes", bad(b"\x44" + DATAGRAM[1:]), EINVAL, sound),
            ("with an IPv4 header longer than the packet",
             bad(ipv4(17, b"", length=20)[:1].replace(
                b"\x45", b"\x4f") + ipv4(17, b"")[1:]), EINVAL, sound),
            ("with an IPv4 packet whose length is 0", bad(ipv4(17, b"xx", length=0)), EINVAL,
             sound),
            ("with an IPv6 packet cut short", bad(ipv6(17, b"x" * 20)[:-1]), EINVAL, sound)):
        refused("a dry run %s is refused" % what, code, text, c.request, "RUN", *parts)
    equal("a dry run of a function name of 63 bytes is not refused",
          results(trial(c, "f" * 63, state="q")), {"ERROR": 1})
    equal("a state still runs functions after refused dry runs",
          results(trial(c, "f", state="q")), {"MATCH": 1})


main(verdicts, packets, errors, nothing_leaves, real_copy, beside_packets, requests)
