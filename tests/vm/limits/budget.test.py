# SPDX-License-Identifier: GPL-2.0-or-later
"""The budget of calls: which one is in force, when it ends a call, and what the error then
says about where the call was."""
import json
import socket
import time
from errno import EINTR, ETIME

from nflua_nl import N, Client, attr, chunk, u32, u64
from rules import Rule, settle
from tap import DEBUG_KERNEL, Udp, equal, main, ok, refused, sh
from wire import ipv4, udp

PORT = 5300
SO_SNDBUFFORCE = 32
TICK = 4000  # microseconds; budgets are whole ticks
DATAGRAM = ipv4(17, udp(1111, 53, b"query"))


def trial(c, function, state="b"):
    return c.request("RUN", attr("NAME", state), attr("FUNCTION", function),
                     attr("PACKET", DATAGRAM))[0]


def in_force(c):
    """A budget is rounded up to whole ticks, and the rounded one is shown."""
    for wanted, got in ((100, TICK), (TICK, TICK), (TICK + 1, 2 * TICK), (20000, 20000),
                        (20001, 24000), (999999, 1000000), (1000000, 1000000)):
        c.create("b", budget=u32(wanted))
        equal("a budget of %d us is rounded up to whole ticks" % wanted,
              c.get("b").number("BUDGET"), got)
        c.destroy("b")
    c.create("b", budget=u32(100))
    equal("nfluactl list shows the rounded budget",
          sh("nfluactl list b").splitlines()[1].split()[4], "4ms")
    equal("nfluactl -j list shows the rounded budget",
          json.loads(sh("nfluactl -j list b"))[0]["budget"], TICK)
    c.destroy("b")


def ends(c):
    """An endless call runs for its budget and at most one tick more. The machine may stand
    still meanwhile, so the shortest call counts. No call is shorter than its budget."""
    for wanted in (100, TICK, 20000):
        c.create("b", "function f() while true do end end", budget=u32(wanted))
        budget = c.get("b").number("BUDGET")
        took, others = [], 0
        while len(took) < 30 or len(took) < 300 and min(took) >= budget + TICK + 2000:
            m = trial(c, "f")
            others += m.number("ERROR_KIND") != N["NFLUA_ERROR_BUDGET"]
            took.append(m.number("TIME_NS") / 1e3)
        equal("a budget of %d us ends each endless call of a dry run" % wanted, others, 0)
        ok(min(took) >= budget, "a budget of %d us ends no call early" % wanted,
           "%.1f" % min(took))
        ok(DEBUG_KERNEL or min(took) < budget + TICK + 2000,
           "a budget of %d us ends a call in time" % wanted, sorted(took)[:30])
        with Rule("-m lua --state b --function f -j DROP"):
            sender = Udp(PORT)
            for _ in range(20):
                sender.send()
            sender.close()
        m = c.get("b")
        each = m.number("TIME_NS") / 1e3 / 20
        equal("a budget of %d us ends each packet's endless call" % wanted,
              (m.number("CALLS"), m.number("ERRORS")), (20, 20))
        ok(budget <= each < budget + (2 if DEBUG_KERNEL else 1) * TICK,
           "the state's time is that of ticks with a budget of %d us" % wanted, each)
        settle(c, "b")


# Where a call hangs: the body of f, and the first lines of its traceback.
SCRIPT = """local function slow() while true do end end
function lazy() while true do end end
local t = {late = function() while true do end end}
function f()
%s
end"""
SLOW, F = "chunk:1: in function <chunk:1>", "chunk:5: in function <chunk:4>"
PLACES = {
    "a local function": ("slow()", ["chunk:1: in upvalue 'slow'", F]),
    "a global function": ("lazy()", ["chunk:2: in global 'lazy'", F]),
    "a function in a table": ("t.late()", ["chunk:3: in field 'late'", F]),
    "the function itself": ("while true do end", [F]),
    "pcall": ("pcall(slow)", [SLOW, "[C]: in function 'pcall'", F]),
    "table.sort": ("table.sort({3, 2, 1}, slow)", [SLOW, "[C]: in function 'table.sort'", F]),
    "string.find": ("(('a'):rep(100)):find(('a-'):rep(20) .. 'b')",
                    ["[C]: in function 'string.find'", F]),
    "a coroutine": ("coroutine.wrap(slow)()", [SLOW]),
    "__close": ("do local x <close> = setmetatable({}, {__close = slow}) end",
                ["chunk:1: in metamethod 'close'", F]),
    "__close after an error": (
        "local x <close> = setmetatable({}, {__close = slow}) error('x')", [SLOW]),
    "__tostring of an error": ("error(setmetatable({}, {__tostring = slow}))", [SLOW]),
    "a tail call": ("return slow()", [SLOW, "(...tail calls...)"]),
}


def levels(m):
    lines = (m.text("TRACEBACK") or "").split("\n\t")
    return lines[1:] if lines[0] == "stack traceback:" else lines


def places(c):
    """The error of an ended call has the traceback of where the call was."""
    # A debug kernel, or a busy host, takes more than a tick to get that deep.
    c.create("b", budget=u32((50 if DEBUG_KERNEL else 5) * TICK))
    for name, (code, want) in PLACES.items():
        c.exec("b", SCRIPT % code)
        m = trial(c, "f")
        equal("a call that hangs in %s is ended by its budget" % name,
              m.text("ERROR_TEXT"), "budget exceeded")
        equal("the traceback of a call that hangs in %s is right" % name, levels(m), want)
    c.exec("b", "local function deep(n) if n > 0 then deep(n - 1) else while true do end end end "
           "function f() deep(500) end")
    got = levels(trial(c, "f"))
    equal("a traceback of 500 levels shows 21 of them and how many it skips",
          (len(got), got[10]), (22, "...\t(skipping 481 levels)"))
    equal("a traceback of 500 levels shows the bottom one", got[-1],
          "chunk:1: in function <chunk:1>")
    c.exec("b", "f = load('local s ' .. (' '):rep(300000) .. ' while true do end')")
    m = trial(c, "f")
    equal("a traceback with a chunk name of 300 KB is left out",
          (m.text("ERROR_TEXT"), levels(m)), ("budget exceeded", []))
    equal("a traceback that is left out is marked as truncated", m.number("TRUNCATED"),
          N["NFLUA_TRUNCATED_TRACEBACK"])
    c.destroy("b")


def fragments(c):
    """view:byte() goes through the buffers of a packet once, not once for each byte."""
    c.create("b", "function f(frame, packet) n = select('#', packet:byte(1, 50000)) end",
             budget=u32(1000000))
    sender = Udp(PORT)
    sender.sender.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20)
    sh("ip link set lo mtu 68")  # some 1,200 fragments, each a buffer
    with Rule("-m lua --state b --function f"):
        sender.through(1, b"x" * 60000)
    # An MTU below 1280 has taken ::1 away; setting the device up brings it back.
    sh("ip link set lo mtu 65536 && ip link set lo down && ip link set lo up")
    sender.close()
    m = c.get("b")
    equal("view:byte() returns 50,000 bytes of a datagram in fragments", c.eval("b", "n"), [50000])
    ok(DEBUG_KERNEL or m.number("TIME_NS") < 100e6,
       "view:byte() of a datagram in 1,200 fragments takes less than 100 ms",
       m.number("TIME_NS"))
    settle(c, "b")


def told(c):
    """Everyone who is told of the error gets its traceback."""
    watch = Client(timeout=5)
    watch.join("events")
    c.create("b", "local function slow() while true do end end function f() slow() return 1 end "
             "nf.receive(function() slow() end)", budget=u32(20000))
    want = ["chunk:1: in upvalue 'slow'", "chunk:1: in function <chunk:1>"]
    sender = Udp(PORT)
    with Rule("-m lua --state b --function f"):
        equal("a packet goes on when its call exceeds the budget", sender.through(1), 1)
    sender.close()
    while True:
        m = watch.receive()[0]
        if m.cmd == N["NFLUA_CMD_ERROR_NTF"]:
            break
    equal("the event of a packet's exceeded budget has the traceback",
          (m.text("ERROR_TEXT"), levels(m)[:2]), ("budget exceeded", want))
    e = refused("a message whose handler exceeds the budget is answered with an error", ETIME,
                "budget exceeded", c.request, "DATA", attr("NAME", "b"), attr("MSG", b"x"))
    equal("the answer to a message that exceeds the budget has the traceback",
          levels(e.replies[0])[:2], want)
    c.exec("b", "timer.create(0, function() while true do end end)")
    m = watch.receive()[0]
    equal("the event of a timer's exceeded budget has the traceback",
          (m.text("FUNCTION"), levels(m)[:1]), ("timer", ["chunk:1: in function <chunk:1>"]))
    other = Client()
    seq = other.start("EXEC", attr("NAME", "b"), *chunk("while true do end"))
    time.sleep(0.3)
    other.start("INTERRUPT", flags=0)
    e = refused("a script that does not end can be interrupted", EINTR, "interrupted",
                other.finish, seq)
    equal("the answer to an interrupted script has the traceback", levels(e.replies[0])[:1],
          ["chunk:1: in main chunk"])
    other.close()
    watch.close()
    settle(c, "b")


def no_memory(c):
    """A state at its memory limit needs no memory to end a call."""
    c.create("b", """function f() while true do end end
        t, s = {}, ('x'):rep(1000)
        pcall(function() for i = 1, 1 << 40 do t[i] = s .. i end end)
        pcall(function() for i = 1, 1 << 40 do t[-i] = {} end end)""",
             maxalloc=u64(1 << 18), budget=u32(TICK))
    m = trial(c, "f")
    equal("a call in a state without free memory is ended with its traceback",
          (m.text("ERROR_TEXT"), levels(m)),
          ("budget exceeded", ["chunk:1: in function <chunk:1>"]))
    c.destroy("b")


main(in_force, ends, places, fragments, told, no_memory)
