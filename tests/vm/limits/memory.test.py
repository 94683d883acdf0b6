# SPDX-License-Identifier: GPL-2.0-or-later
"""No memory: each allocation that a script makes fails once, in every kind of call. The
call then fails or succeeds, and the state stays as it was."""
import os
import threading
import time
from errno import EINTR, ENOENT, ENOMEM, ECANCELED

from nflua_nl import N, attr, chunk, u32, u64
from rules import Rule, settle
from tap import DEBUG_KERNEL, Refused, Udp, equal, main, ok

KNOB = "/sys/module/nflua/parameters/fail_alloc"
PORT = 5300

# Does a bit of everything that allocates, and leaves nothing behind.
WORK = """
local t = setmetatable({}, {__index = function(_, k) return k .. "!" end})
for i = 1, 9 do t[i] = {i, tostring(i)} end
t.x = t.y .. t.z
local co = coroutine.wrap(function(a) local b <close> = setmetatable({},
    {__close = function() t.closed = ("c"):rep(10) end}) return coroutine.yield(a .. "b") end)
co(("a"):rep(100))
co()
local s = ("k=v, l=w"):gsub("(%w)=(%w)", "%2=%1")
for k in s:gmatch("%w+") do t[k] = string.format("%5s|%q", k, s) end
table.sort({3, 1, 2}, function(a, b) return a < b end)
local u = table.concat({s, s:upper(), s:reverse()}, ("-"):rep(200))
assert(#u > 400 and #string.pack(">I4s2z", 1, s, s) > 8)
local f = assert(load("local a = ... return function() a = a + 1 return {a} end"))
assert(f(1)()[1] == 2 and not load("x = = 1"))
local good, e = pcall(error, {code = s})
assert(not good)
table.pack(table.unpack({1, 2, 3}))
assert(select(2, xpcall(function() local n = nil; return n.x end, debug.traceback)))
"""


def fail_at(n, count=2):
    """Makes allocation @n fail, and the one after it, as Lua collects and tries again."""
    with open(KNOB, "w") as f:
        f.write("%d %d" % (n, count) if n else "0")


def left():
    with open(KNOB) as f:
        return int(f.read())


def each_allocation(run, step=1, count=2):
    """Calls run() with the n-th allocation failing, for n from 1 until none is left to
    fail. Returns how many runs failed, and the last n."""
    failed = n = 0
    while True:
        n += step
        fail_at(n, count)
        bad = run()
        reached = left() <= 0
        fail_at(0)
        failed += bad
        if not reached:
            return failed, n


def refused_for_memory(f, *args):
    """Returns 1 if f() fails for want of memory, 0 if it succeeds. A pcall in the script
    may have caught the error, so that an assertion fails."""
    try:
        f(*args)
        return 0
    except Refused as e:
        if e.code == ECANCELED and ("assert" in e.text or "memory" in e.text):
            return 1
        if e.code != ENOMEM:
            raise
        return 1


def counted(name, result):
    failed, n = result
    ok(n > 100 and failed > 0.5 * n,
       "%s fails when one of its %d allocations fails" % (name, n - 1),
       "%d of %d runs failed" % (failed, n))


def execs(c):
    c.create("x")
    c.exec("x", WORK)
    counted("a script", each_allocation(lambda: refused_for_memory(c.exec, "x", WORK)))
    equal("a state works after each allocation of a script has failed", c.eval("x", "1 + 1"), [2])
    failed, _ = each_allocation(lambda: refused_for_memory(c.exec, "x", WORK),
                                step=3, count=1)
    equal("an allocation of a script that fails once is tried again", failed, 0)
    c.exec("x", "collectgarbage()")
    before = c.get("x").number("CURRALLOC")
    for _ in range(3):
        each_allocation(lambda: refused_for_memory(c.exec, "x", WORK), step=40)
    c.exec("x", "collectgarbage()")
    after = c.get("x").number("CURRALLOC")
    ok(after - before < 1000, "scripts that fail for want of memory leak none",
       "%d, then %d" % (before, after))
    c.destroy("x")


def builds(c):
    counted("creating a state", each_allocation(
        lambda: refused_for_memory(c.create, "b", WORK) or len(c.destroy("b"))))
    try:
        c.get("b")
        ok(False, "a state whose creation failed does not exist")
    except Refused as e:
        equal("a state whose creation failed does not exist", e.code, ENOENT)
    c.create("b", "kept = 1")
    counted("replacing a script", each_allocation(
        lambda: refused_for_memory(c.exec, "b", WORK + "kept = 1", N["NFLUA_EXEC_REPLACE"])
        and c.eval("b", "kept") == [1]))
    c.destroy("b")


def packets(c):
    """In a packet's call the error is counted, and the packet goes on."""
    c.create("p", "function f(frame, packet) %s last = packet:sub(1) "
             "return packet:find('x', 29) == 29 end" % WORK, budget=u32(1000000))
    udp = Udp(PORT)
    strange = []

    def send():
        before = c.get("p").number("ERRORS")
        udp.send()
        got = udp.through(1, b"y")
        m = c.get("p")
        bad = m.number("ERRORS") - before
        text = m.text("LAST_ERROR") or ""
        if bad and "not enough memory" not in text and "assert" not in text:
            strange.append(text)
        udp.receiver.setblocking(False)
        if bad and got == 0:
            strange.append("the packet was lost")
        return bad

    with Rule("-m lua --state p --function f -j DROP"):
        equal("a packet's call matches when no allocation fails", udp.through(1), 0)
        failed, n = each_allocation(send, step=3)
        ok(n > 100 and failed > 0.1 * n,
           "a packet's call fails when one of its %d allocations fails" % n, failed)
        equal("calls without memory say so, and their packets go on", strange[:3], [])
        equal("a state works after allocations of packets' calls have failed", udp.through(2), 0)
    udp.close()
    settle(c, "p")


def limits(c):
    """Memory limits are so tight that the script fails here and there, without fail_alloc."""
    base = None
    outcomes = set()
    work = WORK + "local big = {} for i = 1, 300 do big[i] = {i} end"
    for extra in range(16000, 60000, 500):
        limit = 68 << 10
        fill = "fill = ('x'):rep(%d)" % (60000 - extra)
        try:
            c.create("l", fill, maxalloc=u64(limit))
        except Refused as e:
            base = e.code
            continue
        bad = refused_for_memory(c.exec, "l", work)
        outcomes.add(bad)
        m = c.get("l")
        good = m.number("PEAKALLOC") <= limit
        c.exec("l", "fill = nil")
        if refused_for_memory(c.exec, "l", work) or not good:
            ok(False, "with %d bytes of room (failed: %s) the limit holds and the state works" %
               (extra, bad))
        c.destroy("l")
    equal("with tight memory limits some scripts fail and some do not", outcomes, {0, 1})
    equal("a new state whose script exceeds the memory limit is refused with ENOMEM", base,
          ENOMEM)


TABLES = 200000 if DEBUG_KERNEL else 1000000
HEAP = "t = {} for i = 1, %d do t[i] = {} end function quick() return true end" % TABLES


class Sender(threading.Thread):
    """Sends datagrams through the state's rule without a pause, on a CPU of its own."""

    def __init__(self, udp, cpu):
        super().__init__(daemon=True)
        self.udp, self.cpu, self.going, self.longest, self.n = udp, cpu, True, 0, 0

    def run(self):
        os.sched_setaffinity(0, {self.cpu})
        while self.going:
            begun = time.monotonic()
            self.udp.send()
            self.longest = max(self.longest, time.monotonic() - begun)
            self.n += 1

    def __enter__(self):
        self.start()
        while self.n < 100:
            time.sleep(0.001)
        self.longest = 0
        return self

    def __exit__(self, *_):
        self.going = False
        self.join()


def workers_on(mask):
    """Sets the CPUs that the module's workers, among others, run on."""
    with open("/sys/devices/virtual/workqueue/cpumask", "w") as f:
        f.write("%x" % mask)


def request(c, script, interrupted_after=None):
    """Runs a script in the state. Returns its errno, and how long it took."""
    begun = time.monotonic()
    seq = c.start("EXEC", attr("NAME", "g"), *chunk(script))
    try:
        if interrupted_after:
            time.sleep(interrupted_after)
            c.start("INTERRUPT", flags=0)
        c.finish(seq)
        code = 0
    except Refused as e:
        code = e.code
    return code, time.monotonic() - begun


def first_thread(c):
    """A state's first script needs a thread. If there is no memory for it, all of the heap
    is collected, but a collection that makes packets wait longer than a call may is given
    up."""
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[0]})
    workers_on(1 << cpus[0])
    c.create("g", HEAP, maxalloc=u64(256 << 20), budget=u32(20000))
    udp = Udp(PORT)
    with Rule("-m lua --state g --function quick -j DROP"):
        udp.through()
        fail_at(1, 1)
        code, whole = request(c, "")
        equal("a whole collection finds the memory for a script's thread",
              (code, left() <= 0), (0, True))
    # A packet also waits when the host takes the VM's CPU away, so the best of ten counts.
    for _ in range(10):
        settle(c, "g")
        c.create("g", HEAP, maxalloc=u64(256 << 20), budget=u32(20000))
        with Rule("-m lua --state g --function quick -j DROP"), \
                Sender(udp, cpus[-1]) as sender:
            fail_at(1)
            code, took = request(c, "")
        equal("a script for whose thread there is no memory fails with ENOMEM", code, ENOMEM)
        if sender.longest < whole / 2:
            break
    ok(sender.longest < whole / 2,
       "packets do not wait for the whole collection for a script's thread",
       "%.3f s of %.3f s" % (sender.longest, whole))
    with Rule("-m lua --state g --function quick -j DROP"):
        os.sched_setaffinity(0, {cpus[-1]})
        fail_at(1)
        code, took = request(c, "", whole / 10)
    fail_at(0)
    ok(code == EINTR and took < whole / 2, "an interrupt ends the collection for a script's thread",
       "error %d after %.3f s of %.3f s" % (code, took, whole))
    equal("an interrupted collection for a script's thread leaves the state as it was",
          c.eval("g", "#t"), [TABLES])
    os.sched_setaffinity(0, set(cpus))
    workers_on(sum(1 << n for n in cpus))
    udp.close()
    settle(c, "g")


# The error of a refused resume is made on the coroutine, where no protected call runs. The
# chunks contain only parts of the texts: whole ones would be in memory already.
REFUSED_RESUMES = {
    "a dead coroutine": "local co = coroutine.create(function() end) coroutine.resume(co) "
        "local _, e = coroutine.resume(co) assert(e and e:find(' dead '))",
    "a running coroutine": "local co co = coroutine.create(function() "
        "return coroutine.wrap(function() return coroutine.resume(co) end)() end) "
        "local _, _, e = coroutine.resume(co) assert(e and e:find(' non'))",
    "the thread of a call": "local _, e = coroutine.resume(coroutine.running()) "
        "assert(e and e:find(' non'))",
    "a coroutine that is nested too deep": "local e local function f() local good, text = "
        "coroutine.resume(coroutine.create(f)) if not good then e = text end end f() "
        "assert(e and e:find(' stack '))",
}


def in_new_states(c, code):
    """Runs @code in new states, with each of its allocations failing. Returns the numbers
    of runs that failed and of all runs."""
    failed = n = 0
    while True:
        n += 1
        c.create("r")
        fail_at(n, 2)
        failed += refused_for_memory(c.exec, "r", code)
        reached = left() <= 0
        fail_at(0)
        c.destroy("r")
        if not reached:
            return failed, n


def refused_resumes(c):
    for name, code in REFUSED_RESUMES.items():
        failed, n = in_new_states(c, code)
        ok(n > 3 and failed > 1, "a script fails cleanly without memory to refuse resuming " + name,
           "%d of %d runs failed" % (failed, n))


main(execs, builds, packets, limits, first_thread, refused_resumes)
