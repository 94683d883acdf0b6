# SPDX-License-Identifier: GPL-2.0-or-later
"""Timers of scripts: when they fire, how often, and how they end."""
import ctypes
import multiprocessing
import os
import socket
import time
from errno import ECANCELED

from nflua_nl import N, Client, attr, chunk, u32, u64
from rules import Rule, settle
from tap import DEBUG_KERNEL, Refused, Udp, equal, main, ok, refused, sh, wait_for

SLOW = 10 if DEBUG_KERNEL else 1
REPLACE, CHECK = N["NFLUA_EXEC_REPLACE"], N["NFLUA_EXEC_CHECK"]


def soon(c, name, code, want, what, seconds=10 * SLOW):
    """Whether an expression gets this value in time."""
    got = []

    def there():
        got[:] = c.eval(name, code)
        return got == want

    ok(wait_for(there, seconds), what, "%s: %r, wanted %r" % (code, got, want))


def arguments(c):
    c.create("a")
    for code, text in (
            ("timer.create()", "bad argument #1 to 'create' (number expected, got no value)"),
            ("timer.create('x', print)", "bad argument #1 to 'create' (number expected"),
            ("timer.create(-1, print)", "bad argument #1 to 'create' (milliseconds are"),
            ("timer.create(1 << 31, print)", "bad argument #1 to 'create' (milliseconds are"),
            ("timer.create(1)", "bad argument #2 to 'create' (function expected, got no value)"),
            ("timer.create(1, {})", "bad argument #2 to 'create' (function expected, got table)"),
            ("timer.every(0, print)", "bad argument #1 to 'every' (milliseconds are 1 to"),
            ("timer.every(1 << 31, print)", "bad argument #1 to 'every' (milliseconds are"),
            ("timer.every(1)", "bad argument #2 to 'every' (function expected, got no value)"),
            ("timer.destroy()", "bad argument #1 to 'destroy' (timer expected, got no value)"),
            ("timer.destroy(1)", "bad argument #1 to 'destroy' (timer expected, got number)"),
            ("timer.destroy({})", "bad argument #1 to 'destroy' (timer expected, got table)")):
        refused(code, ECANCELED, text, c.eval, "a", code)
    c.exec("a", "t = timer.create((1 << 31) - 1, print)")
    ok(c.eval("a", "t")[0].startswith("timer: "), "the longest time")
    equal("its metatable is nobody's", c.eval("a", "getmetatable(t)"), [False])
    equal("pending", c.eval("a", "timer.destroy(t)"), [True])
    equal("destroyed", c.eval("a", "timer.destroy(t)"), [False])
    c.destroy("a")


def firing(c):
    script = """
        n, log = 0, {}
        function ms() local s, m = nf.time() return s * 1000 + m end
        function start(msecs)
            local t0 = ms()
            return timer.create(msecs, function(...)
                n = n + 1
                args, took = select('#', ...), ms() - t0
                log[#log + 1] = msecs
            end)
        end"""
    c.create("f", script)
    for msecs in (0, 1, 20, 300):
        c.exec("f", "n, took = 0, nil start(%d)" % msecs)
        soon(c, "f", "n", [1], "%d ms: it fires" % msecs)
        # The clock that scripts read and that of timers are not the same one.
        ok(c.eval("f", "took")[0] >= msecs - 1, "not early", c.eval("f", "took"))
        ok(c.eval("f", "took")[0] < msecs + 5000 * SLOW, "nor late", c.eval("f", "took"))
        equal("without arguments", c.eval("f", "args"), [0])
    time.sleep(0.2)
    equal("once", c.eval("f", "n"), [1])
    # All at one moment: the clock stands still until the script is done.
    c.exec("f", script + " for _, m in ipairs{305, 40, 301, 0, 120, 300, 40} do start(m) end",
           REPLACE)
    soon(c, "f", "n", [7], "seven")
    equal("in the order of their times", c.eval("f", "table.concat(log, ' ')"),
          ["0 40 40 120 300 301 305"])
    c.exec("f", script + " for i = 1, 50 do timer.create(50, function() "
           "n = n + 1 log[n] = i end) end", REPLACE)
    soon(c, "f", "n", [50], "fifty at a time")
    equal("in the order of their creation", c.eval("f", "table.concat(log, ' ')"),
          [" ".join(str(i + 1) for i in range(50))])
    c.exec("f", "n = 0 timer.create(20, coroutine.wrap(function() n = n + 1 end)) "
           "coroutine.wrap(function() timer.create(20, function() n = n + 1 end) end)()")
    soon(c, "f", "n", [2], "coroutines, and from within one")
    equal("calls are those of packets", c.get("f").number("CALLS"), 0)
    c.destroy("f")


def destroying(c):
    c.create("d", "fired = 0 function f() fired = fired + 1 end")
    equal("of a pending one", c.eval("d", "timer.destroy(timer.create(30, f))"), [True])
    equal("twice", c.eval("d", "local t = timer.create(30, f) "
                          "return timer.destroy(t), timer.destroy(t)"), [True, False])
    c.exec("d", "own = timer.create(10, function() result = timer.destroy(own) end)")
    soon(c, "d", "result", [False], "from its own callback")
    c.exec("d", "other = timer.create(60, f) timer.create(10, function() "
           "result = timer.destroy(other) end)")
    soon(c, "d", "result", [True], "from another one's")
    c.exec("d", "both = {} for i = 1, 2 do both[i] = timer.create(10, function() "
           "seen = (seen or 0) + 1 stopped = timer.destroy(both[3 - i]) end) end")
    soon(c, "d", "seen", [1], "two that destroy each other")
    equal("one is as good as the other", c.eval("d", "stopped"), [True])
    c.exec("d", "t = timer.create(0, f)")
    soon(c, "d", "fired", [1], "one fires")
    equal("of one that fired", c.eval("d", "timer.destroy(t)"), [False])
    c.exec("d", "for i = 1, 200 do local t = timer.create(%d + i %% 7, f) "
           "if i %% 2 == 0 then timer.destroy(t) end end" % (100 * SLOW))
    soon(c, "d", "fired", [101], "among others")
    time.sleep(0.1)
    equal("what was destroyed never fires", c.eval("d", "fired"), [101])
    c.destroy("d")


def memory(c):
    """Timers are memory of their state; nothing of one is left when it is done."""
    c.create("m", maxalloc=u64(1 << 20))
    c.exec("m", "weak = setmetatable({}, {__mode = 'v'}) function held() "
           "collectgarbage() local n = 0 for _ in pairs(weak) do n = n + 1 end return n end")
    c.exec("m", "for i = 1, 10 do local big = {} weak[#weak + 1] = big "
           "weak[#weak + 1] = timer.create(i < 6 and 0 or 1 << 30, function() return big end) end")
    soon(c, "m", "held()", [10], "what fired is garbage, what is pending is not")
    c.exec("m", "for i = 1, 20 do local t = weak[i] if type(t) == 'userdata' then kept = t end end")
    equal("one handle is kept", c.eval("m", "type(kept), timer.destroy(kept), held()"),
          ["userdata", True, 9])
    refused("many timers", 12, "not enough memory", c.exec, "m",
            "while true do timer.create(1 << 30, print) end")
    ok(c.get("m").number("PEAKALLOC") <= 1 << 20, "stay within the limit")
    c.exec("m", "", REPLACE)
    ok(c.get("m").number("CURRALLOC") < 100 << 10, "a replacement has none of them")
    c.exec("m", "n = 0 for i = 1, 3000 do timer.create(i % 100, function() n = n + 1 end) end")
    soon(c, "m", "n", [3000], "thousands fire", 60 * SLOW)
    c.exec("m", "local all = {} for i = 1, 3000 do all[i] = timer.create(1 << 20, print) end "
           "for i = 1, 3000 do assert(timer.destroy(all[(i * 7) % 3000 + 1])) end")
    ok(c.eval("m", "collectgarbage() return (nf.get_mem_info())")[0] < 300 << 10,
       "and what is destroyed is freed")
    c.destroy("m")


def periodic(c):
    c.create("p", """
        n = 0
        function tick()
            n = n + 1
            if n < 20 then timer.create(5, tick) end
        end
        function f(frame, packet)
            timer.create(0, function() seen = (seen or 0) + 1 end)
            return false
        end
        timer.create(5, tick)""")
    soon(c, "p", "n", [20], "from its own callback")
    udp = Udp(5300)
    with Rule("-m lua --state p --function f"):
        equal("packets are not kept", udp.through(20), 20)
    soon(c, "p", "seen", [20], "from packets")
    c.exec("p", "kept = nil function f(frame, packet) kept = packet "
           "timer.create(0, function() ok, why = pcall(function() return #kept end) end) "
           "return false end")
    with Rule("-m lua --state p --function f"):
        udp.through(1)
    soon(c, "p", "ok", [False], "a view in a timer")
    ok("packet is gone" in c.eval("p", "why")[0], "has no packet", c.eval("p", "why"))
    c.exec("p", "timer.create(0, function() h = {pcall(nf.hotdrop, true)} end)")
    soon(c, "p", "h and h[2]", ["there is no packet here"], "nor has nf.hotdrop")
    udp.close()
    settle(c, "p")


def events_of(watch, cmd, name, seconds=5 * SLOW):
    end = time.monotonic() + seconds
    watch.sock.settimeout(seconds)
    while time.monotonic() < end:
        try:
            for m in watch.receive():
                if m.cmd == N["NFLUA_CMD_" + cmd] and m.text("NAME") == name:
                    return m
        except socket.timeout:
            break
    return None


def errors(c):
    c.create("e", budget=u32(20000 * SLOW))
    watch = Client()
    watch.join("events")
    for code, kind, text in (
            ("error('as told')", "RUNTIME", "as told"),
            ("error({})", "RUNTIME", "table: "),
            ("undefined()", "RUNTIME", "attempt to call a nil value"),
            ("while true do end", "BUDGET", "budget exceeded"),
            ("pcall(function() while true do end end)", "BUDGET", "budget exceeded"),
            ("while true do pcall(error) end", "BUDGET", "budget exceeded"),
            ("('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))", "RUNTIME", "too complex"),
            ("local function r() return (('x'):gsub('.', r)) end r()", "RUNTIME", "overflow")):
        before = c.get("e").number("ERRORS")
        c.exec("e", "timer.create(0, function() %s end)" % code, 0, "=e")
        m = events_of(watch, "ERROR_NTF", "e")
        if not ok(m, "%s: an event" % code):
            continue
        equal("its function", m.text("FUNCTION"), "timer")
        equal("its kind", m.number("ERROR_KIND"), N["NFLUA_ERROR_" + kind])
        ok(text in m.text("ERROR_TEXT"), "its text", m.text("ERROR_TEXT"))
        ok("traceback" in (m.text("TRACEBACK") or ""), "its traceback")
        equal("counted", c.get("e").number("ERRORS"), before + 1)
        equal("the last error", c.get("e").text("LAST_ERROR"), m.text("ERROR_TEXT")[:511])
        c.exec("e", "good = nil timer.create(0, function() good = true end)")
        soon(c, "e", "good", [True], "the next one fires")
    c.exec("e", "timer.create(0, function() print('a', 1) end)")
    m = events_of(watch, "PRINT_NTF", "e")
    equal("print is an event", m and m.get("OUTPUT"), b"a\t1\n")
    c.exec("e", "n = 0 for i = 1, 20 do timer.create(0, function() n = n + 1 while true do end end) end")
    soon(c, "e", "n", [20], "twenty that never end", 30 * SLOW)
    watch.close()
    c.destroy("e")


def beside_execs(c):
    """Timers have turns with a chunk that does not end, and do not end it."""
    c.create("x", "n = 0 function tick() n = n + 1 timer.create(1, tick) end tick()")
    other = Client()
    seq = other.start("EXEC", attr("NAME", "x"),
                      *chunk("while n < 100 do end done = n"))
    equal("a loop that waits for timers", other.finish(seq)[0].values(), [])
    ok(c.eval("x", "done")[0] >= 100, "sees them")
    other.close()
    c.destroy("x")


def loading(c):
    """Timers of a script that is loaded begin when others can see the state."""
    listen = Client()
    listen.join("data0")

    def heard(count=0, silence=0.5):
        """So many messages, however long they take, and what comes in a while."""
        got = []
        try:
            while True:
                listen.sock.settimeout(20 if len(got) < count else silence)
                got += [m.get("MSG") for m in listen.receive()]
        except socket.timeout:
            return sorted(got)

    say = "timer.create(%d, function() nf.netlink(0, 1, '%s') end) "
    c.create("l", say % (0, "now") + say % (50, "later"))
    equal("of a new state", heard(2), [b"later", b"now"])
    c.create("l2", "function ms() local s, m = nf.time() return s * 1000 + m end "
             "timer.create(200, function() took = ms() - loaded end) "
             "local begun = ms() repeat loaded = ms() until loaded > begun + 400")
    soon(c, "l2", "took ~= nil", [True], "of one that takes long to load")
    ok(c.eval("l2", "took")[0] >= 199, "the time counts from its end", c.eval("l2", "took"))
    c.destroy("l2")
    try:
        c.create("l3", say % (0, "no") + "error('fails')")
        ok(False, "a script that fails")
    except Refused:
        equal("not of a state that was not created", heard(), [])
    c.exec("l", say % (0, "no"), CHECK)
    equal("nor of one that is only checked", heard(), [])
    try:
        c.exec("l", say % (0, "no") + "error('fails')", REPLACE)
        ok(False, "a replacement that fails")
    except Refused:
        equal("nor of a replacement that fails", heard(), [])
    c.exec("l", say % (1000, "old"))
    c.exec("l", say % (1000, "new"), REPLACE)
    equal("replacing ends the old ones", heard(1), [b"new"])
    c.exec("l", say % (1000, "old"))
    c.destroy("l")
    equal("so does destroying", heard(silence=1.5), [])
    c.request("MSG", attr("MSG", (say % (0, "default")).encode()))
    equal("in the state default too", heard(1), [b"default"])
    c.destroy("default")
    listen.close()


def ends(c):
    """States, runtimes and namespaces that go while timers fire."""
    busy = ("function tick() local t = {} for i = 1, 100 do t[i] = {i} end "
            "timer.create(0, tick) end for i = 1, 20 do timer.create(i % 3, tick) end")
    for _ in range(60):
        c.create("g", busy)
        c.exec("g", busy, REPLACE)
        c.exec("g", "for i = 1, 100 do timer.create(i % 5, tick) end")
        c.destroy("g")
    equal("destroyed and replaced", c.dump(), [])
    for _ in range(8):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                if ctypes.CDLL(None).unshare(0x40000000) == 0:
                    inside = Client()
                    for name in "abc":
                        inside.create(name, busy + " " + busy)
                    code = 0
            finally:
                os._exit(code)
        equal("a namespace that goes", os.waitpid(pid, 0)[1], 0)
    c.create("loops", "function tick() timer.create(0, tick) while true do end end "
             "for i = 1, 4 do timer.create(0, tick) end", budget=u32(2000))
    time.sleep(0.5)
    c.destroy("loops")
    ok(True, "one whose timers never end")
    c.create("left", busy)
    sh("rmmod nflua")
    equal("unloaded with timers pending", os.path.exists("/sys/module/nflua"), False)
    sh("modprobe nflua")


def longest_pause(cpu, seconds):
    """Of a task that does nothing but look at the clock."""
    os.sched_setaffinity(0, {cpu})
    last, worst = time.monotonic(), 0
    end = last + seconds
    while last < end:
        now = time.monotonic()
        worst, last = max(worst, now - last), now
    return worst


def longest_beside(c, states, each):
    """The longest pause of any CPU beside the timers of as many states."""
    cpus = range(os.cpu_count())
    for i in range(states):
        c.create("b%d" % i, "n = 0", budget=u32(20000))
    with multiprocessing.Pool(len(cpus)) as pool:
        looking = pool.starmap_async(longest_pause, [(cpu, 8) for cpu in cpus])
        due = 1000 * (time.time() + 3)
        for i in range(states):
            c.exec("b%d" % i, """local s, ms = nf.time()
                local left = math.max(%d - 1000 * s - ms, 0)
                for i = 1, %d do
                    timer.create(left, function() n = n + 1 while true do end end)
                end""" % (due, each))
        worst = max(looking.get())
    n = sum(c.eval("b%d" % i, "n")[0] for i in range(states))
    ok(10 < n, "they run, in a number of states: %d" % states, n)
    for i in range(states):
        name = "b%d" % i
        if not wait_for(lambda name=name: c.eval(name, "n") == [each], 60 * SLOW):
            ok(False, "all run in the end", "%s: %s" % (name, c.eval(name, "n")))
        c.destroy(name)
    return worst


def backlog(c):
    """However many are due at once, in one state or in many, others have the CPU, too;
    which CPU it is that they run on nobody says."""
    count = 100 if DEBUG_KERNEL else 200
    for kind, states in ("one state", 1), ("many states", count):
        # One callback, and what an emulated CPU adds; all together take seconds. The
        # machine may stand still that long, too, but not each time.
        pauses = []
        while len(pauses) < 3 and not (pauses and pauses[-1] < 0.5 * SLOW):
            pauses.append(longest_beside(c, states, count // states))
        ok(pauses[-1] < 0.5 * SLOW, "no pause is long for those of " + kind, pauses)


def turns(c):
    """A state whose timers take all the time that there is leaves some to another."""
    c.create("hog", """function hog()
            for i = 1, 2 do timer.create(0, hog) end
            while true do end
        end
        timer.create(0, hog)""", budget=u32(20000))
    c.create("b", "n = 0 function f() n = n + 1 timer.create(0, f) end timer.create(0, f)")
    soon(c, "b", "n > 20", [True], "timers beside a hog")
    before = c.get("hog").number("ERRORS")
    ok(wait_for(lambda: c.get("hog").number("ERRORS") > before, 5 * SLOW), "which goes on")
    c.destroy("hog")
    c.destroy("b")


def every(c):
    """It fires until it is destroyed, in its rhythm, whatever its callback does."""
    c.create("e", maxalloc=u64(1 << 20), budget=u32(200000 if SLOW == 1 else 1000000), script="n, at = 0, {} start = nf.monotime() t = timer.every(50, function() n = n + 1 "
             "at[n] = nf.monotime() - start if n == 8 then timer.destroy(t) end end)")
    soon(c, "e", "n", [8], "eight times, and it destroys itself")
    at = [c.eval("e", "at[%d]" % i)[0] for i in range(1, 9)]
    # The first time counts from when the state is there.
    ok(all(a >= 49 for a in at) and at == sorted(at), "not early", at)
    ok(all((a + 1) % 50 < 45 or SLOW > 1 for a in at), "in its rhythm", at)
    time.sleep(0.3)
    equal("then no more", c.eval("e", "n, timer.destroy(t)"), [8, False])
    for what, body, text in (
            ("an error", "error('on purpose', 0)", "on purpose"),
            ("a kill", "while true do end", "budget exceeded"),
            ("no memory", "local t = {} while true do t[#t + 1] = {} end", "not enough memory")):
        c.exec("e", "n = 0 t = timer.every(20, function() n = n + 1 %s end)" % body)
        ok(wait_for(lambda: c.eval("e", "n >= 3") == [True], 10 * SLOW),
           "%s does not end it" % what, c.eval("e", "n"))
        equal("%s is told" % what, c.get("e").text("ERROR_TEXT"), text)
        equal("%s: it is still pending" % what, c.eval("e", "timer.destroy(t)"), [True])
    c.exec("e", "n = 0 function tick() n = n + 1 end for i = 1, 100 do timer.every(10, tick) end "
           "collectgarbage()")
    ok(wait_for(lambda: c.eval("e", "n > 1000") == [True], 20 * SLOW), "a hundred that nobody holds",
       c.eval("e", "n"))
    c.exec("e", "stall = nf.monotime() while nf.monotime() - stall < 200 do end", 0)
    c.exec("e", "", REPLACE)
    time.sleep(0.1)
    equal("they end with the runtime", c.eval("e", "n"), [None])
    c.exec("e", "late = 0 begin = nf.monotime() timer.every(10, function() late = late + 1 "
           "if late == 1 then while nf.monotime() - begin < 100 do end end end)")
    soon(c, "e", "late > 3", [True], "goes on after a late one")
    ok(c.eval("e", "late <= (nf.monotime() - begin - 90) // 10 + 1")[0],
       "and makes up for none", c.eval("e", "late, nf.monotime() - begin"))
    c.destroy("e")


def monotime(c):
    """It agrees with the kernel's, and goes on when the time is set back."""
    c.create("m")
    before = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000)
    got = c.eval("m", "nf.monotime()")[0]
    after = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000)
    ok(before <= got <= after, "the kernel's clock", (before, got, after))
    real = time.time()
    time.clock_settime(time.CLOCK_REALTIME, real - 10000)
    again = c.eval("m", "nf.monotime()")[0]
    time.clock_settime(time.CLOCK_REALTIME, real)
    ok(got <= again < got + 5000 * SLOW, "setting the time does not matter", (got, again))
    c.destroy("m")


main(every, monotime, arguments, firing, destroying, memory, periodic, errors, beside_execs, loading, backlog, turns,
     ends)
