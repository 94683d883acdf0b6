# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that call Lua, on real packets: results, verdicts, views, errors."""
import os
import socket
import sys
import threading
import time
from errno import EBUSY

from nflua_nl import N, Client, attr, chunk, u32, u64
from rules import Rule, settle
from tap import Udp, equal, main, ok, refused, sh, wait_for
from topology import Net, client

TOOLS = {"iptables-legacy": "127.0.0.1", "iptables-nft": "127.0.0.1",
         "ip6tables-legacy": "::1", "ip6tables-nft": "::1"}
PORT = 5300


def flavours(c):
    c.create("fw", """
        function port(frame, packet)
            local ip = packet:u8(0) >> 4 == 4 and 20 or 40
            return packet:u16(ip + 2) == 5301
        end""")
    for tool, host in TOOLS.items():
        keep, drop = Udp(PORT, host), Udp(5301, host)
        before = c.get("fw")
        with Rule("-m lua --state fw --function port -j DROP", tool=tool):
            equal("%s: packets that a function matches are dropped" % tool, drop.through(20), 0)
            equal("%s: packets that a function does not match pass" % tool, keep.through(20), 20)
            after = c.get("fw")
            for figure, want in (("CALLS", 40), ("MATCHES", 20), ("ERRORS", 0)):
                equal("%s: the state's number of %s is right" % (tool, figure.lower()),
                      after.number(figure) - before.number(figure), want)
            equal("%s: the state counts one rule that refers to it" % tool, after.number("REFS"), 1)
            refused("%s: a state that a rule refers to cannot be destroyed" % tool,
                    EBUSY, "rules or hooks refer", c.destroy, "fw")
        with Rule("-m lua --state fw ! --function port -j DROP", tool=tool):
            equal("%s: ! --function matches what the function does not" % tool,
                  (drop.through(5), keep.through(5)), (5, 0))
        keep.close()
        drop.close()
    ok(wait_for(lambda: c.get("fw").number("REFS") == 0),
       "a state counts no rule when all its rules are deleted")
    settle(c, "fw")


def verdicts(c):
    c.create("v", "function f() calls = (calls or 0) + 1 return verdict end")
    want = {"accept": (5, 1), "drop": (0, 1), "stolen": (0, 1), "queue": (5, 1),
            "repeat": (0, 8), "stop": (5, 1), "continue": (0, 1), "other": (0, 1)}
    for tool in ("iptables-legacy", "iptables-nft", "ip6tables-nft"):
        udp = Udp(PORT, TOOLS[tool])
        with Rule("-j LUA --state v --function f", tool=tool), \
                Rule("-j DROP", tool=tool):
            for verdict, (through, calls) in want.items():
                c.eval("v", "(function() verdict = '%s' calls = 0 end)()" % verdict)
                equal("%s: the verdict '%s' lets the right packets pass" % (tool, verdict),
                      udp.through(5), through)
                equal("%s: the verdict '%s' makes the right number of calls" % (tool, verdict),
                      c.eval("v", "calls"), [5 * calls])
            for value in ("nil", "false"):
                c.exec("v", "verdict = %s" % value)
                equal("%s: %s instead of a verdict continues with the next rule" % (tool, value),
                      udp.through(2), 0)
        equal("%s: the unknown verdict 'other' is an error" % tool,
              c.get("v").number("ERRORS"), 5)
        c.request("CLEAR", attr("NAME", "v"))
        for value, text in (("true", "returned boolean instead of a verdict"),
                            ("5", "returned number instead of a verdict"),
                            ("'DROP'", "returned 'DROP', which is not a verdict"),
                            ("'accept\\0'", "returned 'accept\\0', which is not a verdict"),
                            ("'a\\n' .. ('x'):rep(100)", "returned 'a\\n%s', which is not a verdict" %
                             ("x" * 30))):
            c.exec("v", "verdict = %s" % value)
            for option, through in (("", 2), ("--on-error drop", 0)):
                with Rule("-j LUA --state v --function f " + option, tool=tool):
                    equal("%s: the wrong verdict %s follows --on-error (options: '%s')" %
                          (tool, value, option), udp.through(2), through)
            equal("%s: the error's text names the wrong verdict %s" % (tool, value),
                  c.get("v").text("ERROR_TEXT"), "function 'f' " + text)
        udp.close()
        c.destroy("v")
        c.create("v", "function f() calls = (calls or 0) + 1 return verdict end")
    settle(c, "v")


def hotdrop_and_error(c):
    """A rule's --on-error applies to errors after nf.hotdrop(), too."""
    c.create("h", "function f() nf.hotdrop(true) error('x') end "
             "function g() nf.hotdrop(true) return 'DROP' end")
    udp = Udp(PORT)
    for rule, through in (("-m lua --state h --function f --on-error no -j DROP", 3),
                          ("-m lua --state h --function f -j DROP", 3),
                          ("-j LUA --state h --function f --on-error accept", 3),
                          ("-j LUA --state h --function g --on-error continue", 3),
                          ("-j LUA --state h --function f --on-error drop", 0)):
        with Rule(rule):
            equal("--on-error decides about an error after nf.hotdrop(): %s" % rule,
                  udp.through(3), through)
    c.exec("h", "function good() nf.hotdrop(true) return true end")
    for tool in ("iptables-legacy", "iptables-nft"):
        with Rule("-m lua --state h --function good -m lua --state h --function f -j ACCEPT",
                  tool=tool):
            equal("%s: nf.hotdrop() in a match holds though the next match fails" % tool,
                  udp.through(3), 0)
    udp.close()
    settle(c, "h")


def on_error(c):
    c.create("e", """
        function bad() error("as told") end
        function number() return 1 end
        function nothing() end""")
    udp = Udp(PORT)
    functions = ("bad", "number", "nothing", "missing")
    for function in functions:
        for option, through in (("", 3), ("--on-error no", 3), ("--on-error yes", 0)):
            with Rule("-m lua --state e --function %s %s -j DROP" % (function, option)):
                equal("a match with a failing function follows --on-error: %s, options '%s'" %
                      (function, option), udp.through(3), through)
        with Rule("-m lua --state e ! --function %s -j DROP" % function):
            equal("a negated match with a failing function does not match: %s" % function,
                  udp.through(3), 3)
    texts = {"bad": "as told", "number": "returned number instead of a boolean",
             "nothing": "returned nil instead of a boolean",
             "missing": "there is no function 'missing'"}
    for function in functions:
        with Rule("-m lua --state e --function %s" % function):
            udp.through(1)
        ok(texts[function] in c.get("e").text("LAST_ERROR"),
           "the state's last error is that of the function '%s'" % function,
           c.get("e").text("LAST_ERROR"))
    for option, through in (("", 0), ("--on-error continue", 0), ("--on-error accept", 3)):
        with Rule("-j LUA --state e --function bad %s" % option), Rule("-j DROP"):
            equal("a target with a failing function follows --on-error (options: '%s')" % option,
                  udp.through(3), through)
    with Rule("-j LUA --state e --function bad --on-error drop"):
        equal("a target with a failing function and --on-error drop drops", udp.through(3), 0)
    equal("every failed call is counted as an error", c.get("e").number("ERRORS"),
          4 * 4 * 3 + 4 + 3 * 3 + 3)
    udp.close()
    settle(c, "e")


def options(c):
    c.create("o", "n = 0 function f() n = n + 1 return true end")
    udp = Udp(PORT)
    with Rule("-m lua --state o --function f --mask 0x4 -j DROP"):
        equal("a rule whose --mask bit is not set does not match", udp.through(3), 3)
    with Rule("-m lua --state o ! --function f --mask 0x4 -j DROP"):
        equal("a negated rule whose --mask bit is not set matches", udp.through(3), 0)
    equal("a rule whose --mask bit is not set does not call its function", c.eval("o", "n"), [0])
    equal("nf.set_match_bit(2, true) sets bit 2 of the mask",
          c.eval("o", "nf.set_match_bit(2, true) return nf.get_match_mask()"), [4])
    with Rule("-m lua --state o --function f --mask 0x4 -j DROP"):
        equal("a rule whose --mask bit is set matches", udp.through(3), 0)
        c.exec("o", "nf.set_match_bit(2, false)")
        equal("a rule stops matching when its --mask bit is cleared", udp.through(3), 3)
    for code in ("nf.set_match_bit(64, true)", "nf.set_match_bit(-1, true)",
                 "nf.set_match_bit(1)"):
        refused("%s is refused" % code, 125, "bad argument", c.eval, "o", code)
    c.exec("o", "nf.set_match_bit(63, true) nf.reset_match_mask() n = 0")
    equal("nf.reset_match_mask() clears all bits", c.eval("o", "nf.get_match_mask()"), [0])
    udp.close()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", PORT))
    listener.listen()
    rule = "-m lua --state o --function f --tcp-payload"
    with Rule(rule, match="-p tcp --dport %d" % PORT):
        client = socket.create_connection(("127.0.0.1", PORT))
        server, _ = listener.accept()
        equal("with --tcp-payload, a handshake calls no function", c.eval("o", "n"), [0])
        client.send(b"hello")
        server.recv(10)
        equal("with --tcp-payload, a segment with payload calls the function",
              c.eval("o", "n"), [1])
        client.close()
        server.close()
        time.sleep(0.1)
        equal("with --tcp-payload, the end of a connection calls no function",
              c.eval("o", "n"), [1])
    listener.close()
    with Rule(rule):
        udp = Udp(PORT)
        udp.through(3)
        equal("with --tcp-payload, a UDP packet calls no function", c.eval("o", "n"), [1])
        udp.close()
    c.exec("o", "function f() nf.hotdrop(true) return false end")
    udp = Udp(PORT)
    for tool in ("iptables-legacy", "iptables-nft"):
        with Rule("-m lua --state o --function f", tool=tool), \
                Rule("-j ACCEPT", tool=tool):
            equal("%s: nf.hotdrop(true) drops the packet at once" % tool, udp.through(3), 0)
    c.exec("o", "function f() nf.hotdrop(true) nf.hotdrop(false) return false end")
    with Rule("-m lua --state o --function f"):
        equal("nf.hotdrop(false) takes back nf.hotdrop(true)", udp.through(3), 3)
    udp.close()
    settle(c, "o")


VIEWS = """
function f(frame, packet)
    last = {}
    for i, code in ipairs(what) do
        local ok, value = pcall(code, packet, frame)
        last[i] = ok and tostring(value) or "error: " .. value
    end
    return true
end
"""


def look(c, udp, codes, data=b"x"):
    """Returns what each expression gives for a packet p with its frame f."""
    c.exec("w", "what = {%s}" % ",".join(
        "function(p, f) return %s end" % code for code in codes))
    udp.through(1, data)
    return [c.eval("w", "last[%d]" % (i + 1))[0] for i in range(len(codes))]


def views(c):
    c.create("w", VIEWS, maxalloc=u64(64 << 20), budget=u32(1000000))
    for host, version in (("127.0.0.1", 4), ("::1", 6)):
        udp = Udp(PORT, host)
        head = 28 if version == 4 else 48
        tool = "iptables-legacy" if version == 4 else "ip6tables-legacy"
        data = bytes(range(256)) + b"the needle in it"
        size = head + len(data)
        with Rule("-m lua --state w --function f", tool=tool):
            cases = [
                ("#p", size), ("p:u8(0) >> 4", version),
                ("p:u16(%d)" % (head - 6), PORT), ("p:u32(%d)" % (head + 4), 0x04050607),
                ("p:u8(%d)" % (size - 1), ord("t")), ("p:u8(%d)" % size, "nil"),
                ("p:u16(%d)" % (size - 1), "nil"), ("p:u32(%d)" % (size - 3), "nil"),
                ("p:u32(1 << 40)", "nil"), ("p:u32(math.maxinteger)", "nil"),
                ("p:byte(1) >> 4", version), ("p:byte(-1)", ord("t")),
                ("table.concat({p:byte(%d, %d)}, ' ')" % (head + 1, head + 3), "0 1 2"),
                ("select('#', p:byte(%d))" % (size + 1), 0), ("p:sub(-6)", "in it" and " in it"),
                ("p:sub(-100000, -9)  == p:sub(1, -9)", "true"),
                ("#p:sub(2)", size - 1), ("p:sub(5, 4)", ""), ("#p:sub(0, 100000)", size),
                ("p:sub(%d, %d)" % (size + 1, size + 9), ""),
                ("p:find('needle')", head + 256 + 5), ("select(2, p:find('needle'))", head + 256 + 10),
                ("p:find('needle', %d)" % (head + 262), "nil"), ("p:find('absent')", "nil"),
                ("p:find('')", 1), ("p:find(' it', -3)", size - 2),
                ("p:find(('x'):rep(5000))", "nil"), ("p:find('-./0')", head + 46),
                ("p:unpack('>I2', %d)" % (head - 5), PORT),
                ("table.concat({p:unpack('>I4 c4', %d)}, ' ')" % (head + 5),
                 "%d \x08\x09\x0a\x0b %d" % (0x04050607, head + 13)),
                ("p:unpack('z', %d)" % (head + 258 - 1), None),
                ("select(2, p:unpack('!4 B I4', %d))" % (head + 1), None),
                ("tostring(p) == p:sub(1)", "true"), ("#tostring(p)", size),
                ("#f", 14), ("#tostring(f)", 14), ("f:u16(12)", 0x800 if version == 4 else 0x86dd),
                ("f:u8(14)", "nil"), ("f:sub(1, 6)", "\0" * 6),
            ]
            for (code, want), got in zip(cases, look(c, udp, [x for x, _ in cases], data)):
                if want is not None:
                    equal("IPv%d: %s gives the right value" % (version, code), got, str(want))
            errors = (("p:u8(-1)", "offsets begin at 0"), ("p:u8()", "number expected"),
                      ("p:unpack('>I4', %d)" % (size - 1), "data string too short"),
                      ("p:unpack('I4', %d)" % (size + 2), "out of packet"),
                      ("p:unpack('!3I4')", "not power of 2"), ("p:find()", "string expected"),
                      ("p.u8(5, 5)", "packet expected"), ("p.u8(io, 5)", "packet expected"),
                      ("p.u8(setmetatable({}, getmetatable(p) or {}), 1)", "packet expected"),
                      ("setmetatable(p, {})", "table expected"), ("p:nothing()", "nothing"))
            for (code, want), got in zip(errors, look(c, udp, [x for x, _ in errors], data)):
                ok(got.startswith("error: ") and want in got,
                   "IPv%d: %s fails with the right error" % (version, code), got)
        with Rule("-m lua --state w --function f", "OUTPUT", tool):
            equal("IPv%d: the frame is empty in OUTPUT" % version,
                  look(c, udp, ["#f", "#tostring(f)", "tostring(f:u8(0))", "f:find('x')"]),
                  ["0", "0", "nil", "nil"])
        udp.close()
    big_packets(c)
    settle(c, "w")


def big_packets(c):
    """Datagrams that were put together from fragments, so that their skbs are in pieces."""
    udp = Udp(PORT)
    data = b"a" * 40000 + b"needle" + b"b" * 19990 + b"\1\2\3\4"
    size = 28 + len(data)
    sh("ip link set lo mtu 1500")
    with Rule("-m lua --state w --function f"):
        got = look(c, udp, ["#p", "p:find('needle')", "p:u32(%d)" % (size - 4),
                            "p:sub(-4, -3) == '\\1\\2'", "#p:sub(1)", "p:find('ab')",
                            "p:find(('a'):rep(40) .. 'n')", "p:byte(-1)",
                            "p:unpack('>I2', %d)" % (size - 3),
                            "p:find(('b'):rep(19990) .. '\\1')"], data)
    equal("views see all of a datagram that was put together from many fragments", got,
          [str(size), str(28 + 40001), str(0x01020304), "true", str(size), "nil",
           str(28 + 40000 - 39), "4", str(0x0102), str(28 + 40007)])
    with Rule("-m lua --state w --function f", "OUTPUT"):
        equal("in OUTPUT, views see all of a 60 KB datagram",
              look(c, udp, ["p:find('needle')", "p:byte(-1)"], data), [str(28 + 40001), "4"])
    sh("ip link set lo mtu 65536")
    udp.close()


def kept_views(c):
    c.create("k", """
        function keep(frame, packet)
            kept = packet
            co = coroutine.wrap(function(p) while true do p = coroutine.yield(#p) end end)
            return co(packet) == #packet
        end
        function use(frame, packet) got = kept == packet and #kept == #packet return true end""")
    udp = Udp(PORT)
    with Rule("-m lua --state k --function keep"):
        udp.through(1)
    equal("a coroutine can use the call's view", c.get("k").number("ERRORS"), 0)
    for code in ("#kept", "kept:u8(0)", "tostring(kept)", "kept:sub(1)", "kept:find('x')",
                 "kept:unpack('B')", "kept:byte()", "co(kept)"):
        refused("after the call, %s is refused" % code, 125, "packet is gone", c.eval, "k", code)
    with Rule("-m lua --state k --function use"):
        udp.through(1)
    equal("in a later call, a kept packet is that call's packet", c.eval("k", "got"), [True])
    udp.close()
    settle(c, "k")


def conntrack(c):
    c.create("ct", "function f() id = nf.connid() return true end")
    udp = Udp(PORT)
    with Rule("-m lua --state ct --function f"):
        udp.through(1)
        want = sh("conntrack -L -o id -p udp --orig-port-dst %d 2>/dev/null" % PORT)
        ok("id=%s" % c.eval("ct", "id")[0] in want.split(),
           "nf.connid() is the ID that conntrack prints, from the first packet on",
           "%s: %s" % (c.eval("ct", "id"), want))
    sh("iptables -t raw -A OUTPUT -p udp -j CT --notrack")
    with Rule("-m lua --state ct --function f"):
        udp.through(1)
    sh("iptables -t raw -F")
    equal("nf.connid() is nil for an untracked packet", c.eval("ct", "id"), [None])
    udp.close()
    settle(c, "ct")


def default_state(c):
    udp = Udp(PORT)
    with Rule("-m lua --function f -j DROP"):
        equal("a rule without --state creates the state 'default'",
              [m.text("NAME") for m in c.dump()], ["default"])
        udp.through(1)
        c.exec("default", "function f() return true end")
        equal("a function that is loaded after its rule is called at once", udp.through(3), 0)
    settle(c, "default")
    udp.close()


def forced(c):
    udp = Udp(PORT)
    c.create("g", "function f() return true end")
    with Rule("-m lua --state g --function f -j DROP"):
        with Rule("-m lua --state g ! --function f -j DROP"):
            equal("the state's rules drop packets before it is destroyed", udp.through(3), 0)
            c.destroy("g", force=True)
            equal("rules of a destroyed state do not match", udp.through(3), 3)
            with Rule("-m lua --state g --function f --on-error yes -j DROP"):
                equal("rules of a destroyed state match with --on-error yes", udp.through(3), 0)
            c.create("g", "function f() return true end")
            equal("rules of a destroyed state use a new state of the same name", udp.through(3), 0)
            c.destroy("g", force=True)
        equal("other rules can be deleted while a rule's state is gone",
              sh("iptables-legacy -S INPUT | grep -c lua"), "1")
    udp.close()
    equal("no state is left after a forced destroy and its rules' end", c.dump(), [])


def load_under_traffic(c):
    """Replacing scripts and running chunks in the live state lose no packet and no verdict."""
    c.create("t", "gen = 0 function f(_, p) seen = (seen or 0) + 1 return p:u8(28) == 120 end",
             budget=u32(1000000))
    good, bad = Udp(PORT), Udp(5301)
    sent = [0]
    stop = threading.Event()

    def traffic():
        while not stop.is_set():
            good.send(b"y")
            bad.send(b"x")
            sent[0] += 1
            time.sleep(0.0005)

    good.receiver.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
    with Rule("-m lua --state t --function f -j DROP"):
        thread = threading.Thread(target=traffic)
        thread.start()
        for i in range(100):
            c.exec("t", "gen = %d function f(_, p) return p:u8(28) == 120 end "
                   "local t = {} for i = 1, 20000 do t[i] = i end" % i,
                   N["NFLUA_EXEC_REPLACE"])
        for i in range(20):
            c.exec("t", "for i = 1, 200000 do end local t = {} "
                   "for i = 1, 2000 do t[i] = ('x'):rep(i % 100) end")
        stop.set()
        thread.join()
        time.sleep(0.2)
        figures = c.get("t")
    equal("while scripts are loaded, all packets that do not match arrive", good.through(0),
          sent[0])
    equal("while scripts are loaded, no packet that matches arrives", bad.through(0), 0)
    equal("while scripts are loaded, no call is lost or fails",
          (figures.number("CALLS"), figures.number("MATCHES"), figures.number("ERRORS")),
          (2 * sent[0], sent[0], 0))
    ok(sent[0] > 100, "more than 100 packets are sent while scripts are loaded", sent[0])
    settle(c, "t")
    good.close()
    bad.close()


def long_exec(c):
    """An endless chunk in the live state delays no packet much."""
    c.create("x", "function f() return false end")
    udp = Udp(PORT)
    other = Client()
    with Rule("-m lua --state x --function f"):
        for code in ("while true do end", "while true do pcall(error) end",
                     "while true do collectgarbage() end",
                     "string.find(('a'):rep(1000), ('a-'):rep(20) .. 'b')"):
            seq = other.start("EXEC", attr("NAME", "x"), *chunk(code))
            time.sleep(0.1)
            took = []  # about 1 ms each; a machine under load takes some more
            for _ in range(50):
                begin = time.monotonic()
                udp.send()
                udp.receiver.settimeout(30)
                udp.receiver.recv(10)
                took.append(time.monotonic() - begin)
            ok(sorted(took)[25] < 0.06, "packets hardly wait for an endless chunk: %s" % code, took)
            other.start("INTERRUPT", flags=0)
            refused("an endless chunk can be interrupted: %s" % code, 4, "interrupted",
                    other.finish, seq)
    udp.close()
    other.close()
    settle(c, "x")


def unheard(_):
    """A listener is told how many events were held back from it, and of no others."""
    def prints(n):
        c.request("DATA", attr("NAME", "ev"), attr("MSG", b"%d" % n))

    def watched():
        watch = client("a", timeout=2)
        watch.join("events")
        time.sleep(1.1)  # the limit of events per second starts anew
        return watch

    elsewhere = Client()
    elsewhere.join("events")
    with Net("a"):
        c = client("a")
        c.create("ev", "nf.receive(function(_, n) for i = 1, tonumber(n) do print(i) end end)")
        prints(1000)
        watch = watched()
        prints(1)
        equal("events while nobody listens do not count as dropped",
              watch.receive()[0].get("DROPPED"), None)
        prints(1000)
        time.sleep(1.1)
        prints(1)
        got = watch.receive()
        while got[-1].get("OUTPUT") != b"1\n" or len(got) < 2:
            got += watch.receive()
        equal("received and dropped events add up to those sent while someone listens",
              len(got) + sum(m.number("DROPPED") or 0 for m in got), 1001)
        ok(len(got) <= 600, "some of 1,001 events are held back from a listener", len(got))
        prints(500)
        watch.close()
        prints(1000)
        watch = watched()
        prints(1)
        equal("events dropped for an earlier listener are not reported to a new one",
              watch.receive()[0].get("DROPPED"), None)
        watch.close()
        c.close()
    elsewhere.close()


def events(c):
    watch = Client(timeout=2)
    watch.join("events")
    c.create("ev", "function bad() error('for ' .. 'you') end "
             "function say() print('said', 1) return true end")
    udp = Udp(PORT)
    for function in ("bad", "say"):
        with Rule("-m lua --state ev --function %s" % function):
            udp.through(1)
    got = []
    while len(got) < 3:
        got += watch.receive()
    error, said = got[1], got[2]
    equal("an error makes an event with state, function and kind",
          (error.cmd, error.text("NAME"), error.text("FUNCTION"), error.number("ERROR_KIND")),
          (N["NFLUA_CMD_ERROR_NTF"], "ev", "bad", N["NFLUA_ERROR_RUNTIME"]))
    ok("for you" in error.text("ERROR_TEXT"), "the error event has the error's text")
    ok("stack traceback:" in error.text("TRACEBACK"), "the error event has a traceback")
    equal("the error event has the packet's protocol, addresses and ports",
          (error.number("PROTOCOL"), error.get("SADDR"), error.get("DADDR"),
           error.number("SPORT"), error.number("DPORT")),
          (17, b"\x7f\0\0\1", b"\x7f\0\0\1", udp.sender.getsockname()[1], PORT))
    equal("print() makes an event with state and line",
          (said.cmd, said.text("NAME"), said.get("OUTPUT")),
          (N["NFLUA_CMD_PRINT_NTF"], "ev", b"said\t1\n"))
    equal("short error and print events are not marked as truncated",
          (error.get("TRUNCATED"), said.get("TRUNCATED")), (None, None))
    c.exec("ev", "long = ('x'):rep(6000) function scream() error(long, 0) end "
           "function tell() print(long) return true end")
    for function in ("scream", "tell"):
        with Rule("-m lua --state ev --function %s" % function):
            udp.through(1)
    error, said = watch.receive()[0], watch.receive()[0]
    equal("a long error text is cut, and the event marked as truncated",
          (len(error.text("ERROR_TEXT")), error.number("TRUNCATED")),
          (N["NFLUA_ERROR_MAX"], N["NFLUA_TRUNCATED_ERROR"]))
    equal("a long printed line is cut, and the event marked as truncated",
          (len(said.get("OUTPUT")), said.number("TRUNCATED")),
          (N["NFLUA_ERROR_MAX"], N["NFLUA_TRUNCATED_OUTPUT"]))
    with Rule("-m lua --state ev --function bad"):
        begun = time.monotonic()
        udp.through(1000)
        took = time.monotonic() - begun
        time.sleep(1.1)
        udp.through(1)
    watch.sock.settimeout(0.5)
    got = []
    try:
        while True:
            got += watch.receive()
    except socket.timeout:
        pass
    errors = [m for m in got if m.cmd == N["NFLUA_CMD_ERROR_NTF"]]
    dropped = sum(m.number("DROPPED") or 0 for m in errors)
    # 200 pass in a second, and a slow machine takes several seconds.
    ok(len(errors) <= 200 * (took + 2), "at most 200 error events a second are sent",
       "%d in %.1f s" % (len(errors), took))
    equal("error events that are held back are counted", len(errors) + dropped, 1001)
    udp.close()
    for tool, match, wanted in (
            ("ip6tables", "-p ipv6-icmp --icmpv6-type echo-request",
             (58, b"\0" * 15 + b"\1", None, None)),
            ("iptables", "-p icmp --icmp-type echo-request",
             (1, b"\x7f\0\0\1", None, None))):
        with Rule("-m lua --state ev --function bad", tool=tool + "-legacy", match=match):
            sh("ping -qc 1 %s" % ("::1" if tool == "ip6tables" else "127.0.0.1"))
        m = watch.receive()[0]
        equal("%s: the error event of an ICMP packet has no ports" % tool,
              (m.number("PROTOCOL"), m.get("DADDR"), m.get("SPORT"), m.get("DPORT")), wanted)
    watch.close()
    settle(c, "ev")


def inside(tool):
    """Runs in a namespace of its own, for namespace_exit()."""
    c = Client()
    sh("ip link set lo up")
    c.create("gone", "function f() return true end")
    sh("%s -A INPUT -m lua --state gone --function f -j ACCEPT" % tool)
    sh("%s -A OUTPUT -j LUA --state gone --function f" % tool)
    sh("ping -qc 3 -i 0.01 127.0.0.1")
    print(c.get("gone").number("CALLS"))


def namespace_exit(c):
    """A namespace ends while its rules refer to its state."""
    for tool in ("iptables-legacy", "iptables-nft"):
        calls = sh("unshare --net /usr/bin/python3 %s %s" % (os.path.abspath(__file__), tool))
        ok(calls.isdigit() and int(calls) >= 6,
           "%s: rules call their state in a namespace that ends with them" % tool, calls)
    equal("states of another namespace are not listed", c.dump(), [])


if len(sys.argv) > 1:
    inside(sys.argv[1])
    sys.exit()
main(flavours, verdicts, hotdrop_and_error, on_error, options, views, kept_views, conntrack,
     default_state, forced, load_under_traffic, long_exec, events, unheard,
     namespace_exit)
