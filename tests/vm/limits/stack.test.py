# SPDX-License-Identifier: GPL-2.0-or-later
"""The C stack: the deepest recursions in Lua leave enough of it, in all contexts of the
module, on a task's stack and on that of softirqs.

The kernel's stack tracer slows the whole kernel down. With it, this test also measures
what kernel functions take: scripts/vm -a stacktrace -t 2000 -- tests/vm/run
-t 1500 tests/vm/limits/stack.test.py"""
import multiprocessing
import socket
import time
from errno import ECANCELED

from nflua_nl import N, Refused, u32
from rules import Rule, settle
from tap import Udp, equal, main, note, ok, refused, sh, wait_for

KNOB = "/sys/module/nflua/parameters/stack_unused"
TAKEN = "/sys/module/nflua/parameters/stack_taken"
TRACING = "/sys/kernel/tracing/"
LEAST = 4096
PORT = 5300

DEEP = {
    "gsub": "local function f() return (('x'):gsub('.', f)) end f()",
    "pcall": "local function f() local ok, e = pcall(f) error(e, 0) end f()",
    "xpcall": "local function f() local ok, e = xpcall(f, debug.traceback) error(e, 0) end f()",
    "__index": "local t t = setmetatable({}, {__index = function(_, k) return t[k] end}) return t.x",
    "__close": "local function f() local t <close> = setmetatable({}, {__close = f}) end f()",
    "coroutines": "local function f() return coroutine.wrap(f)() end f()",
    "sort": "local function f(a, b) table.sort({1, 2, 3}, f) end f()",
    "concat": "local t t = setmetatable({}, {__concat = function(a, b) return a .. b end}) return t .. t",
    "tostring": "local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) tostring(t)",
    "parentheses": "assert(load('return ' .. ('('):rep(180) .. '1' .. (')'):rep(180)))",
    "tables": "assert(load('return ' .. ('{'):rep(180) .. ('}'):rep(180)))",
    "functions": "assert(load(('return function() '):rep(180) .. ('end '):rep(180)))",
    "a pattern": "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))",
    "a pattern at the bottom": "local function f() assert((('a'):rep(40)):find(('a?'):rep(30))) "
        "return (('x'):gsub('.', f)) end f()",
    "format at the bottom": "local function f() local s = ('%5d%-20s%q'):format(1, 'x', 'y') "
        "return (('x'):gsub('.', f)) end f()",
    "traceback at the bottom": "local function f() debug.traceback() local ok, e = pcall(f) error(e, 0) end f()",
    "memory at the bottom": "local function f() local t = {} for i = 1, 200 do t[i] = {} end "
        "collectgarbage() return (('x'):gsub('.', f)) end f()",
    "views at the bottom": "local function f() if p then p:find(('x'):rep(50)) p:unpack('>I4') p:sub(1) end "
        "return (('x'):gsub('.', f)) end f()",
    "sort at the bottom": "local t = {} for i = 1, 512 do t[i] = i end "
        "local function f() table.sort(t) return (('x'):gsub('.', f)) end f()",
    "source text at the bottom": "local s = ('return function() '):rep(9) .. 'return x' .. "
        "(' end'):rep(9) local function f() load(s) return (('x'):gsub('.', f)) end f()",
    "print at the bottom": "local function f() print(('x'):rep(500)) return (('x'):gsub('.', f)) end f()",
}
DEEPEST = DEEP["a pattern at the bottom"]


def measure(on=True):
    with open(KNOB, "w") as f:
        f.write("1" if on else "0")


def unused():
    with open(KNOB) as f:
        return int(f.read())


def leaves_enough(name, worst):
    note("%s: %d bytes unused" % (name, worst))
    ok(LEAST <= worst < 1 << 20,
       "the deepest recursion leaves 4 KB of the C stack: %s" % name, worst)


REQUESTS = (("running a script", 0), ("replacing a script", N["NFLUA_EXEC_REPLACE"]))


def requests(c):
    c.create("s")
    for kind, flags in REQUESTS:
        measure()
        for name, code in DEEP.items():
            refused("%s: too deep a recursion is refused: %s" % (kind, name), ECANCELED, None,
                    c.exec, "s", code, flags)
        leaves_enough(kind, unused())
    measure(False)
    c.destroy("s")


def endless():
    while True:
        pass


def preempted(c):
    """Requests from which other tasks take the CPU, at any depth."""
    c.create("s")
    others = [multiprocessing.Process(target=endless)
              for _ in range(multiprocessing.cpu_count())]
    for p in others:
        p.start()
    for kind, flags in REQUESTS:
        measure()
        wrong = []
        until = time.monotonic() + 8
        while time.monotonic() < until:
            try:
                wrong.append(c.exec("s", DEEPEST, flags))
            except Refused as e:
                if e.code != ECANCELED:
                    wrong.append(e)
        equal("%s, preempted: too deep a recursion is refused each time" % kind, wrong, [])
        leaves_enough("%s, preempted" % kind, unused())
    measure(False)
    for p in others:
        p.kill()
        p.join()
    c.destroy("s")


def packet_path(c, label, chain, udp, match="-p udp", expect=None):
    """Runs every recursion for a packet. Returns the least stack that one left."""
    worst = 1 << 30
    for name, code in DEEP.items():
        c.exec("s", "function f(_, packet) p = packet %s end" % code)
        errors = c.get("s").number("ERRORS")
        measure()
        with Rule("-m lua --state s --function f", chain, match=match):
            udp.send()
            wait_for(lambda: c.get("s").number("ERRORS") > errors, 2)
        m = c.get("s")
        if m.number("ERRORS") <= errors:
            ok(False, "%s: too deep a recursion in a packet's call fails: %s" % (label, name))
        elif expect:
            ok(expect in m.text("LAST_ERROR"),
               "%s: the error of too deep a recursion is right: %s" % (label, name),
               m.text("LAST_ERROR"))
        worst = min(worst, unused())
    return worst


def packets(c):
    c.create("s", budget=u32(500000))
    udp = Udp(PORT)
    leaves_enough("softirq", packet_path(c, "softirq", "INPUT", udp))
    leaves_enough("task", packet_path(c, "task", "OUTPUT", udp))
    measure(False)
    udp.close()
    settle(c, "s")


def interrupted(c):
    """So many packets are sent that interrupts come at the greatest depth."""
    c.create("s", "function f(_, packet) p = packet %s end" % DEEPEST, budget=u32(500000))
    udp = Udp(PORT)
    for label, chain in (("softirq", "INPUT"), ("task", "OUTPUT")):
        errors = c.get("s").number("ERRORS")
        sent = 0
        measure()
        with Rule("-m lua --state s --function f", chain):
            until = time.monotonic() + 10
            while time.monotonic() < until:
                udp.send()
                sent += 1
            wait_for(lambda: c.get("s").number("ERRORS") >= errors + sent, 2)
        equal("%s, interrupted: too deep a recursion fails for each packet" % label,
              c.get("s").number("ERRORS"), errors + sent)
        leaves_enough("%s, interrupted" % label, unused())
    measure(False)
    udp.close()
    settle(c, "s")


class Tunnelled:
    """Sends datagrams through tunnels in tunnels. Each tunnel uses some stack before the
    packet gets to OUTPUT again."""

    def __init__(self, depth):
        self.names = []
        sh("modprobe -q ipip; ip link add down0 type dummy; ip addr add 10.77.0.1/24 dev down0; "
           "ip link set down0 up; ip neigh add 10.77.0.2 lladdr 02:00:00:00:00:01 dev down0")
        for i in range(1, depth + 1):
            name = "tun_%d" % i
            sh("ip tunnel add {0} mode ipip local 10.77.{1}.1 remote 10.77.{1}.2 && "
               "ip addr add 10.77.{2}.1/24 dev {0} && ip link set {0} up"
               .format(name, i - 1, i))
            self.names.append(name)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.to = ("10.77.%d.2" % depth, PORT)

    def send(self):
        try:
            self.sock.sendto(b"x", self.to)
        except OSError:
            pass

    def close(self):
        self.sock.close()
        for name in reversed(self.names):
            sh("ip link del " + name)
        sh("ip link del down0")


def deep_stacks(c):
    """The deepest recursions in OUTPUT after more and more tunnels."""
    c.create("s", budget=u32(500000))
    for depth in (1, 2, 3):  # the kernel does not nest more
        tunnels = Tunnelled(depth)
        # The innermost header, which is sent last, has protocol 4.
        match = "-o down0 -p 4"
        worst = packet_path(c, "%d tunnels" % depth, "OUTPUT", tunnels, match)
        leaves_enough("after %d tunnels" % depth, worst)
        tunnels.close()
    measure(False)
    equal("a state works after the deepest recursions in tunnels", c.eval("s", "1"), [1])
    settle(c, "s")


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def kernel_part():
    """Returns the bytes below the module's last function in the deepest stack that the
    tracer saw. Lines are 'N) depth size function'."""
    size = 0
    with open(TRACING + "stack_trace") as f:
        lines = [line.split() for line in f if line.split(")")[0].strip().isdigit()]
    for words in lines:
        if "[nflua]" in words:
            return size
        size += int(words[2])
    return 0


# Where the tracer looks: everywhere, and deep in the page allocator.
TRACED = ("", "get_page_from_freelist", "_raw_spin_lock_irqsave")


def kernel_reserve(c):
    """Measures what kernel functions that the module calls take; see UNUSED in stack.c."""
    sh("mountpoint -q %s || mount -t tracefs none %s" % (TRACING, TRACING))
    c.create("s")
    worst = 0
    for traced in TRACED:
        write(TRACING + "stack_trace_filter", traced)
        for kind, flags in REQUESTS:
            for name, code in DEEP.items():
                write(TRACING + "stack_max_size", "0")
                try:
                    c.exec("s", code, flags)
                except Refused:
                    pass
                worst = max(worst, kernel_part())
    write(TRACING + "stack_trace_filter", "")
    note("functions of the kernel: %d bytes" % worst)
    ok(256 < worst <= LEAST, "kernel functions take no more stack than is kept for them", worst)
    c.destroy("s")


def take(size):
    with open(TAKEN, "w") as f:
        f.write(str(size))


def short_stacks(c):
    """With less and less stack Lua runs, then fails, and the packet goes on."""
    c.create("s", "function f() return true end")
    udp = Udp(PORT)
    measure()
    outcomes = []
    for chain in ("INPUT", "OUTPUT"):
        with Rule("-m lua --state s --function f -j DROP", chain):
            for size in range(0, 40000, 256):
                take(size)
                outcomes.append(udp.through(1))
                if outcomes[-1]:
                    text = c.get("s").text("LAST_ERROR")
                    ok(text == "not enough C stack",
                       "%s: a call with too little stack fails with the right error" % chain, text)
                    break
    take(0)
    equal("with less and less stack, calls match and then fail", sorted(set(outcomes)), [0, 1])
    measure(False)
    udp.close()
    settle(c, "s")


def is_traced():
    with open("/proc/cmdline") as f:
        return "stacktrace" in f.read().split()


main(requests, preempted, packets, interrupted, deep_stacks, short_stacks,
     *[kernel_reserve] * is_traced())
