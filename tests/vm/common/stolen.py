# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: stolen.py CALLS

For tests/harness/stolen.sh, which takes the CPUs from this VM again and again once this
has said "begin", and for rt/fifo.test.py, where other tasks do: that many calls of half a
millisecond, some of three, which ticks find more often, and then some that do not end."""
import sys
import time

from nflua_nl import u32
from rules import Rule, settle
from tap import Udp, equal, main, ok, sh

BUDGET = 20000
WANTED = 0.5e6  # ns
ENDLESS = 20
PORT = 5300


def send(function, n):
    """Seconds that each takes."""
    sender = Udp(PORT)
    took = []
    with Rule("-m lua --state s --function %s -j DROP" % function, "OUTPUT"):
        for _ in range(n):
            begun = time.monotonic()
            sender.send()
            took.append(time.monotonic() - begun)
    sender.close()
    return took


def calibrate(c):
    """Turns of a loop that take half a millisecond."""
    turns = 1000
    while True:
        c.exec("s", "turns = %d" % turns)
        best = min(send("f", 20)) * 1e9
        if best > WANTED:
            return int(turns * WANTED / best)
        turns *= 2


def survive(c, n, turns):
    c.exec("s", "turns = %d" % turns)
    before, begun = c.get("s"), time.monotonic()
    took = send("f", n)
    m = c.get("s")
    print("# %d turns; %d calls in %.1f s, half of them in less than %.2f ms, %d in more than 30" %
          (turns, n, time.monotonic() - begun, sorted(took)[n // 2] * 1e3,
           sum(t > 0.03 for t in took)))
    ok(sum(t > 0.03 for t in took) > n / 1000, "the CPU was taken from calls")
    equal("none of them failed", m.number("ERRORS") - before.number("ERRORS"), 0)
    equal("all were calls", m.number("CALLS") - before.number("CALLS"), n)


def stolen(c, calls, begin):
    """The CPUs are taken away from when begin() is called."""
    c.create("s", "turns = 1 function f() for i = 1, turns do end return true end "
             "function endless() while true do end end", budget=u32(BUDGET))
    turns = calibrate(c)
    begin()
    survive(c, calls, turns)
    survive(c, calls // 10, 6 * turns)
    errors = c.get("s").number("ERRORS")
    took = send("endless", ENDLESS)
    print("# endless: %s ms" % [int(t * 1e3) for t in took])
    equal("endless ones are ended", c.get("s").number("ERRORS") - errors, ENDLESS)
    # Twice the budget and a tick, in half of the time.
    limit = 2 * (2 * BUDGET + 4000) / 1e6 + 0.08
    ok(sorted(took)[ENDLESS // 2] < limit, "in time", "%.3f s of %.3f" % (max(took), limit))
    settle(c, "s")


def begin_outside():
    print("begin", flush=True)
    time.sleep(0.5)


if __name__ == "__main__":
    sh("modprobe nflua")
    main(lambda c: stolen(c, int(sys.argv[1]), begin_outside))
