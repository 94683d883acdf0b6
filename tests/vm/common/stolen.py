# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: stolen.py CALLS

Checks that time in which a call does not have the CPU does not count for its budget.
tests/harness/stolen.sh runs this script and takes the CPUs from the VM again and again
once the script has printed "begin". rt/fifo.test.py uses it with tasks that take them.

The script makes CALLS calls of half a millisecond, then a tenth as many of three
milliseconds, which ticks find more often, and then some endless ones."""
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
    """Sends n packets to the function and returns the seconds that each took."""
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
    """Returns how many turns of a loop take half a millisecond."""
    turns = 1000
    while True:
        c.exec("s", "turns = %d" % turns)
        best = min(send("f", 20)) * 1e9
        if best > WANTED:
            return int(turns * WANTED / best)
        if turns > 1 << 30:
            raise RuntimeError("%d turns take %d ns only" % (turns, best))
        turns *= 2


def survive(c, n, turns):
    c.exec("s", "turns = %d" % turns)
    before, begun = c.get("s"), time.monotonic()
    took = send("f", n)
    m = c.get("s")
    print("# %d turns; %d calls in %.1f s, half of them in less than %.2f ms, %d in more than 30" %
          (turns, n, time.monotonic() - begun, sorted(took)[n // 2] * 1e3,
           sum(t > 0.03 for t in took)))
    ok(sum(t > 0.03 for t in took) > n / 1000, "the CPUs are taken from some of %d calls" % n)
    equal("none of %d calls fails although CPUs are taken away" % n,
          m.number("ERRORS") - before.number("ERRORS"), 0)
    equal("all of %d packets call the function although CPUs are taken away" % n,
          m.number("CALLS") - before.number("CALLS"), n)


def stolen(c, calls, begin):
    """Runs the calls. CPUs are taken away from when begin() is called."""
    c.create("s", "turns = 1 function f() for i = 1, turns do end return true end "
             "function endless() while true do end end", budget=u32(BUDGET))
    turns = calibrate(c)
    begin()
    survive(c, calls, turns)
    survive(c, calls // 10, 6 * turns)
    errors = c.get("s").number("ERRORS")
    took = send("endless", ENDLESS)
    print("# endless: %s ms" % [int(t * 1e3) for t in took])
    equal("endless calls are ended although CPUs are taken away",
          c.get("s").number("ERRORS") - errors, ENDLESS)
    # A call may take twice its budget and a tick, and has the CPU half of the time.
    limit = 2 * (2 * BUDGET + 4000) / 1e6 + 0.08
    ok(sorted(took)[ENDLESS // 2] < limit,
       "endless calls are ended in time although CPUs are taken away",
       "%.3f s of %.3f" % (max(took), limit))
    settle(c, "s")


def begin_outside():
    print("begin", flush=True)
    time.sleep(0.5)


if __name__ == "__main__":
    sh("modprobe nflua")
    main(lambda c: stolen(c, int(sys.argv[1]), begin_outside))
