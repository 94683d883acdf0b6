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
from tap import (DEBUG_KERNEL, Refused, Udp, equal, main, ok, refused, sh, unload,
                 wait_for)

SLOW = 10 if DEBUG_KERNEL else 1
REPLACE, CHECK = N["NFLUA_EXEC_REPLACE"], N["NFLUA_EXEC_CHECK"]


def soon(c, name, code, want, what, seconds=10 * SLOW):
    """Checks that an expression gets this value in time."""
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
        refused("%s is refused" % code, ECANCELED, text, c.eval, "a", code)
    c.exec("a", "t = timer.create((1 << 31) - 1, print)")
    ok(c.eval("a", "t")[0].startswith("timer: "),
       "timer.create((1 << 31) - 1, print) returns a timer")
    equal("getmetatable() of a timer is false", c.eval("a", "getmetatable(t)"), [False])
    equal("timer.destroy() of a pending timer returns true", c.eval("a", "timer.destroy(t)"),
          [True])
    equal("timer.destroy() of a destroyed timer returns false", c.eval("a", "timer.destroy(t)"),
          [False])
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
        soon(c, "f", "n", [1], "a timer of %d ms fires" % msecs)
        # Scripts and timers do not read the same clock, hence the 1 ms.
        ok(c.eval("f", "took")[0] >= msecs - 1, "a timer of %d ms does not fire early" % msecs,
           c.eval("f", "took"))
        ok(c.eval("f", "took")[0] < msecs + 5000 * SLOW,
           "a timer of %d ms does not fire late" % msecs, c.eval("f", "took"))
        equal("a timer of %d ms calls back without arguments" % msecs, c.eval("f", "args"), [0])
    time.sleep(0.2)
    equal("a timer fires only once", c.eval("f", "n"), [1])
    # All begin at one moment: the clock stands still until the script is done.
    c.exec("f", script + " for _, m in ipairs{305, 40, 301, 0, 120, 300, 40} do start(m) end",
           REPLACE)
    soon(c, "f", "n", [7], "seven timers of one script fire")
    equal("timers fire in the order of their times", c.eval("f", "table.concat(log, ' ')"),
          ["0 40 40 120 300 301 305"])
    c.exec("f", script + " for i = 1, 50 do timer.create(50, function() "
           "n = n + 1 log[n] = i end) end", REPLACE)
    soon(c, "f", "n", [50], "50 timers of the same time fire")
    equal("timers of the same time fire in the order of their creation",
          c.eval("f", "table.concat(log, ' ')"), [" ".join(str(i + 1) for i in range(50))])
    c.exec("f", "n = 0 timer.create(20, coroutine.wrap(function() n = n + 1 end)) "
           "coroutine.wrap(function() timer.create(20, function() n = n + 1 end) end)()")
    soon(c, "f", "n", [2], "a timer can call a coroutine, and a coroutine can create a timer")
    equal("callbacks of timers do not count as calls", c.get("f").number("CALLS"), 0)
    c.destroy("f")


def destroying(c):
    c.create("d", "fired = 0 function f() fired = fired + 1 end")
    equal("timer.destroy(timer.create(30, f)) returns true",
          c.eval("d", "timer.destroy(timer.create(30, f))"), [True])
    equal("timer.destroy() returns true once and false the second time",
          c.eval("d", "local t = timer.create(30, f) "
                 "return timer.destroy(t), timer.destroy(t)"), [True, False])
    c.exec("d", "own = timer.create(10, function() result = timer.destroy(own) end)")
    soon(c, "d", "result", [False], "timer.destroy() in the timer's own callback returns false")
    c.exec("d", "other = timer.create(60, f) timer.create(10, function() "
           "result = timer.destroy(other) end)")
    soon(c, "d", "result", [True], "timer.destroy() in another timer's callback returns true")
    c.exec("d", "both = {} for i = 1, 2 do both[i] = timer.create(10, function() "
           "seen = (seen or 0) + 1 stopped = timer.destroy(both[3 - i]) end) end")
    soon(c, "d", "seen", [1], "of two timers that destroy each other, only one fires")
    equal("of two timers that destroy each other, the first stops the other",
          c.eval("d", "stopped"), [True])
    c.exec("d", "t = timer.create(0, f)")
    soon(c, "d", "fired", [1], "a timer that will be destroyed later fires")
    equal("timer.destroy() of a timer that fired returns false",
          c.eval("d", "timer.destroy(t)"), [False])
    c.exec("d", "for i = 1, 200 do local t = timer.create(%d + i %% 7, f) "
           "if i %% 2 == 0 then timer.destroy(t) end end" % (100 * SLOW))
    soon(c, "d", "fired", [101], "100 timers fire when 100 others are destroyed")
    time.sleep(0.1)
    equal("destroyed timers never fire", c.eval("d", "fired"), [101])
    c.destroy("d")


def memory(c):
    """Timers use their state's memory. Nothing of a timer is left when it has fired."""
    c.create("m", maxalloc=u64(1 << 20))
    c.exec("m", "weak = setmetatable({}, {__mode = 'v'}) function held() "
           "collectgarbage() local n = 0 for _ in pairs(weak) do n = n + 1 end return n end")
    c.exec("m", "for i = 1, 10 do local big = {} weak[#weak + 1] = big "
           "weak[#weak + 1] = timer.create(i < 6 and 0 or 1 << 30, function() return big end) end")
    soon(c, "m", "held()", [10], "a timer that fired is garbage, and a pending one is not")
    c.exec("m", "for i = 1, 20 do local t = weak[i] if type(t) == 'userdata' then kept = t end end")
    equal("timer.destroy() frees the callback of a timer whose handle is kept",
          c.eval("m", "type(kept), timer.destroy(kept), held()"), ["userdata", True, 9])
    refused("creating timers without end fails for want of memory", 12, "not enough memory",
            c.exec, "m", "while true do timer.create(1 << 30, print) end")
    ok(c.get("m").number("PEAKALLOC") <= 1 << 20,
       "many timers stay within the state's memory limit")
    c.exec("m", "", REPLACE)
    ok(c.get("m").number("CURRALLOC") < 100 << 10, "replacing a script frees its timers")
    c.exec("m", "n = 0 for i = 1, 3000 do timer.create(i % 100, function() n = n + 1 end) end")
    soon(c, "m", "n", [3000], "3,000 timers fire", 60 * SLOW)
    c.exec("m", "local all = {} for i = 1, 3000 do all[i] = timer.create(1 << 20, print) end "
           "for i = 1, 3000 do assert(timer.destroy(all[(i * 7) % 3000 + 1])) end")
    ok(c.eval("m", "collectgarbage() return (nf.get_mem_info())")[0] < 300 << 10,
       "3,000 destroyed timers are freed")
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
    soon(c, "p", "n", [20], "a timer's callback can create the next timer")
    udp = Udp(5300)
    with Rule("-m lua --state p --function f"):
        equal("packets go on while their calls create timers", udp.through(20), 20)
    soon(c, "p", "seen", [20], "timers that packets' calls create fire")
    c.exec("p", "kept = nil function f(frame, packet) kept = packet "
           "timer.create(0, function() ok, why = pcall(function() return #kept end) end) "
           "return false end")
    with Rule("-m lua --state p --function f"):
        udp.through(1)
    soon(c, "p", "ok", [False], "using a packet's view in a timer fails")
    ok("packet is gone" in c.eval("p", "why")[0],
       "using a packet's view in a timer fails with 'packet is gone'", c.eval("p", "why"))
    c.exec("p", "timer.create(0, function() h = {pcall(nf.hotdrop, true)} end)")
    soon(c, "p", "h and h[2]", ["there is no packet here"],
         "nf.hotdrop() in a timer fails for want of a packet")
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
        if not ok(m, "in a timer, %s makes an error event" % code):
            continue
        equal("the event's function is 'timer': %s" % code, m.text("FUNCTION"), "timer")
        equal("the event of a timer has the right kind: %s" % code, m.number("ERROR_KIND"),
              N["NFLUA_ERROR_" + kind])
        ok(text in m.text("ERROR_TEXT"), "the event of a timer has the right text: %s" % code,
           m.text("ERROR_TEXT"))
        ok("traceback" in (m.text("TRACEBACK") or ""),
           "the event of a timer has a traceback: %s" % code)
        equal("a timer's error is counted: %s" % code, c.get("e").number("ERRORS"), before + 1)
        equal("a timer's error is the state's last error: %s" % code,
              c.get("e").text("LAST_ERROR"), m.text("ERROR_TEXT")[:511])
        c.exec("e", "good = nil timer.create(0, function() good = true end)")
        soon(c, "e", "good", [True], "the next timer fires after a timer's error: %s" % code)
    c.exec("e", "timer.create(0, function() print('a', 1) end)")
    m = events_of(watch, "PRINT_NTF", "e")
    equal("print() in a timer makes an event", m and m.get("OUTPUT"), b"a\t1\n")
    c.exec("e", "n = 0 for i = 1, 20 do timer.create(0, function() n = n + 1 while true do end end) end")
    soon(c, "e", "n", [20], "20 timers whose callbacks never end all fire", 30 * SLOW)
    watch.close()
    c.destroy("e")


def beside_execs(c):
    """Timers take turns with a chunk that does not end, and do not end it."""
    c.create("x", "n = 0 function tick() n = n + 1 timer.create(1, tick) end tick()")
    other = Client()
    seq = other.start("EXEC", attr("NAME", "x"),
                      *chunk("while n < 100 do end done = n"))
    equal("a chunk that waits for timers in a loop succeeds", other.finish(seq)[0].values(), [])
    ok(c.eval("x", "done")[0] >= 100, "a chunk that loops sees 100 timers fire")
    other.close()
    c.destroy("x")


def loading(c):
    """The timers of a script begin when it is loaded and others can see the state."""
    listen = Client()
    listen.join("data0")

    def heard(count=0, silence=0.5):
        """Returns @count messages, however long they take, and those that come in the
        @silence seconds after them."""
        got = []
        try:
            while True:
                listen.sock.settimeout(20 if len(got) < count else silence)
                got += [m.get("MSG") for m in listen.receive()]
        except socket.timeout:
            return sorted(got)

    say = "timer.create(%d, function() nf.netlink(0, 1, '%s') end) "
    c.create("l", say % (0, "now") + say % (50, "later"))
    equal("timers of a new state's script fire", heard(2), [b"later", b"now"])
    c.create("l2", "function ms() local s, m = nf.time() return s * 1000 + m end "
             "timer.create(200, function() took = ms() - loaded end) "
             "local begun = ms() repeat loaded = ms() until loaded > begun + 400")
    soon(c, "l2", "took ~= nil", [True], "a timer of a script that takes long to load fires")
    ok(c.eval("l2", "took")[0] >= 199, "a timer's time counts from the end of its script",
       c.eval("l2", "took"))
    c.destroy("l2")
    try:
        c.create("l3", say % (0, "no") + "error('fails')")
        ok(False, "a new state whose script fails is refused")
    except Refused:
        equal("timers of a state that was not created do not fire", heard(), [])
    c.exec("l", say % (0, "no"), CHECK)
    equal("timers of a script that is only checked do not fire", heard(), [])
    try:
        c.exec("l", say % (0, "no") + "error('fails')", REPLACE)
        ok(False, "a replacement script that fails is refused")
    except Refused:
        equal("timers of a replacement script that fails do not fire", heard(), [])
    c.exec("l", say % (1000, "old"))
    c.exec("l", say % (1000, "new"), REPLACE)
    equal("replacing a script ends its timers", heard(1), [b"new"])
    c.exec("l", say % (1000, "old"))
    c.destroy("l")
    equal("destroying a state ends its timers", heard(silence=1.5), [])
    c.request("MSG", attr("MSG", (say % (0, "default")).encode()))
    equal("timers of a version 1 script in the state 'default' fire", heard(1), [b"default"])
    c.destroy("default")
    listen.close()


def ends(c):
    """States, runtimes and namespaces end while timers fire."""
    busy = ("function tick() local t = {} for i = 1, 100 do t[i] = {i} end "
            "timer.create(0, tick) end for i = 1, 20 do timer.create(i % 3, tick) end")
    for _ in range(60):
        c.create("g", busy)
        c.exec("g", busy, REPLACE)
        c.exec("g", "for i = 1, 100 do timer.create(i % 5, tick) end")
        c.destroy("g")
    equal("states with busy timers are replaced and destroyed, and none is left", c.dump(), [])
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
        equal("a namespace can end while its states' timers fire", os.waitpid(pid, 0)[1], 0)
    c.create("loops", "function tick() timer.create(0, tick) while true do end end "
             "for i = 1, 4 do timer.create(0, tick) end", budget=u32(2000))
    time.sleep(0.5)
    c.destroy("loops")
    ok(True, "a state whose timers' callbacks never end can be destroyed")
    c.create("left", busy)
    ok(unload(), "the module unloads while timers are pending")
    sh("modprobe nflua")


def longest_pause(cpu, seconds):
    """Returns the longest pause of a task that only looks at the clock."""
    os.sched_setaffinity(0, {cpu})
    last, worst = time.monotonic(), 0
    end = last + seconds
    while last < end:
        now = time.monotonic()
        worst, last = max(worst, now - last), now
    return worst


def longest_beside(c, states, each):
    """Returns the longest pause on any CPU while the timers of that many states fire."""
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
    ok(10 < n, "more than 10 endless timers fire, in this many states: %d" % states, n)
    for i in range(states):
        name = "b%d" % i
        if not wait_for(lambda name=name: c.eval(name, "n") == [each], 60 * SLOW):
            ok(False, "all endless timers of state '%s' fire in the end" % name,
               "%s: %s" % (name, c.eval(name, "n")))
        c.destroy(name)
    return worst


def backlog(c):
    """However many timers are due at once, in one state or in many, other tasks get the
    CPU, too. Timers may run on any CPU, so all CPUs are watched."""
    count = 100 if DEBUG_KERNEL else 200
    for kind, states in ("one state", 1), ("many states", count):
        # A pause may take one callback, and more on an emulated CPU. All callbacks take
        # seconds. The machine may stand still that long, too, but not each time.
        pauses = []
        while len(pauses) < 3 and not (pauses and pauses[-1] < 0.5 * SLOW):
            pauses.append(longest_beside(c, states, count // states))
        ok(pauses[-1] < 0.5 * SLOW,
           "other tasks do not wait long for the timers of " + kind, pauses)


def turns(c):
    """A state whose timers use all their time leaves some to the timers of another."""
    c.create("hog", """function hog()
            for i = 1, 2 do timer.create(0, hog) end
            while true do end
        end
        timer.create(0, hog)""", budget=u32(20000))
    c.create("b", "n = 0 function f() n = n + 1 timer.create(0, f) end timer.create(0, f)")
    soon(c, "b", "n > 20", [True], "timers fire beside a state whose timers use all their time")
    before = c.get("hog").number("ERRORS")
    ok(wait_for(lambda: c.get("hog").number("ERRORS") > before, 5 * SLOW),
       "timers that use all their time go on beside those of another state")
    c.destroy("hog")
    c.destroy("b")


def every(c):
    """A timer of timer.every() fires in its rhythm until it is destroyed, whatever its
    callback does."""
    c.create("e", maxalloc=u64(1 << 20), budget=u32(200000 if SLOW == 1 else 1000000), script="n, at = 0, {} start = nf.monotime() t = timer.every(50, function() n = n + 1 "
             "at[n] = nf.monotime() - start if n == 8 then timer.destroy(t) end end)")
    soon(c, "e", "n", [8], "timer.every() fires until its callback destroys it")
    at = [c.eval("e", "at[%d]" % i)[0] for i in range(1, 9)]
    # The first interval begins when the state exists.
    ok(all(a >= 49 for a in at) and at == sorted(at), "timer.every() does not fire early", at)
    ok(all((a + 1) % 50 < 45 or SLOW > 1 for a in at), "timer.every() keeps its rhythm", at)
    time.sleep(0.3)
    equal("timer.every() does not fire after its callback has destroyed it",
          c.eval("e", "n, timer.destroy(t)"), [8, False])
    for what, body, text in (
            ("an error", "error('on purpose', 0)", "on purpose"),
            ("a kill", "while true do end", "budget exceeded"),
            ("no memory", "local t = {} while true do t[#t + 1] = {} end", "not enough memory")):
        c.exec("e", "n = 0 t = timer.every(20, function() n = n + 1 %s end)" % body)
        ok(wait_for(lambda: c.eval("e", "n >= 3") == [True], 10 * SLOW),
           "%s in its callback does not stop timer.every()" % what, c.eval("e", "n"))
        said = c.get("e").text("ERROR_TEXT")
        ok(said == text or DEBUG_KERNEL and said == "budget exceeded",
           "%s in the callback of timer.every() is the state's error" % what, said)
        equal("%s in its callback leaves timer.every() pending" % what,
              c.eval("e", "timer.destroy(t)"), [True])
    c.exec("e", "n = 0 function tick() n = n + 1 end for i = 1, 100 do timer.every(10, tick) end "
           "collectgarbage()")
    ok(wait_for(lambda: c.eval("e", "n > 1000") == [True], 20 * SLOW),
       "100 timers of timer.every() fire although no handle is kept", c.eval("e", "n"))
    c.exec("e", "stall = nf.monotime() while nf.monotime() - stall < 200 do end", 0)
    watch = Client()
    watch.join("events")
    c.exec("e", "timer.every(10, print)")
    ok(events_of(watch, "PRINT_NTF", "e"), "what a callback of timer.every() prints is an event")
    c.exec("e", "", REPLACE)
    ok(events_of(watch, "STATE_REPLACE_NTF", "e"), "replacing a script is an event")
    events_of(watch, "PRINT_NTF", "e", 0.1)  # of a callback that was under way
    equal("timer.every() ends when its script is replaced",
          events_of(watch, "PRINT_NTF", "e", 0.3), None)
    watch.close()
    c.exec("e", "late = 0 begin = nf.monotime() timer.every(10, function() late = late + 1 "
           "if late == 1 then while nf.monotime() - begin < 100 do end end end)")
    soon(c, "e", "late > 3", [True], "timer.every() goes on after a late call")
    ok(c.eval("e", "late <= (nf.monotime() - begin - 90) // 10 + 1")[0],
       "timer.every() does not make up for missed calls",
       c.eval("e", "late, nf.monotime() - begin"))
    c.destroy("e")


def monotime(c):
    """nf.monotime() agrees with the kernel's clock and goes on when the time is set back."""
    c.create("m")
    before = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000)
    got = c.eval("m", "nf.monotime()")[0]
    after = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000)
    ok(before <= got <= after, "nf.monotime() agrees with CLOCK_MONOTONIC", (before, got, after))
    real = time.time()
    time.clock_settime(time.CLOCK_REALTIME, real - 10000)
    again = c.eval("m", "nf.monotime()")[0]
    time.clock_settime(time.CLOCK_REALTIME, real)
    ok(got <= again < got + 5000 * SLOW, "nf.monotime() goes on when the time is set back",
       (got, again))
    c.destroy("m")


main(every, monotime, arguments, firing, destroying, memory, periodic, errors, beside_execs, loading, backlog, turns,
     ends)
