# SPDX-License-Identifier: GPL-2.0-or-later
"""CPUs go offline and come back. A call that does not end is ended on each of them, by the
CPU's own timer."""
import os
import re
import threading
import time

from nflua_nl import u32
from rules import Rule, settle
from tap import Udp, equal, main, ok, wait_for

PORT = 5300
CPU = 1  # goes offline and comes back
ONLINE = "/sys/devices/system/cpu/cpu%d/online" % CPU
IDLE_TICKS = "/sys/module/nflua/parameters/idle_ticks"


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def timers():
    """Returns the CPU of each timer of the module that ticks."""
    found, cpu = [], None
    with open("/proc/timer_list") as f:
        for line in f:
            if line.startswith("cpu: "):
                cpu = int(line[5:])
            elif re.search(r"^ #\d+: .*\btick \[nflua\]", line):
                found.append(cpu)
    return found


def send_on(cpu, udp):
    """Sends a packet in the softirq of that CPU, if it is online."""
    def send():
        try:
            os.sched_setaffinity(0, {cpu})
        except OSError:
            return
        udp.send()

    t = threading.Thread(target=send)
    t.start()
    t.join()


def ends(c, cpu, when):
    before = c.get("h").number("ERRORS")
    udp = Udp(PORT)
    with Rule("-m lua --state h --function loop -j DROP"):
        begun = time.monotonic()
        send_on(cpu, udp)
        took = time.monotonic() - begun
    udp.close()
    equal("%s: a call that does not end on CPU %d is ended" % (when, cpu),
          c.get("h").number("ERRORS"), before + 1)
    ok(took < 5, "%s: a call that does not end on CPU %d is ended within 5 s" % (when, cpu), took)


class Traffic(threading.Thread):
    """Sends packets on a CPU while it is online."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = False
        self.start()

    def run(self):
        udp = Udp(PORT + 1)
        while not self.over:
            send_on(CPU, udp)
        udp.close()

    def end(self):
        self.over = True
        self.join()


def hotplug(c):
    c.create("h", "function loop() while true do end end function quick() return true end",
             budget=u32(100000))
    ends(c, CPU, "all CPUs online")
    with Rule("--dport %d -m lua --state h --function quick -j DROP" % (PORT + 1)):
        for awake in ("4", "10000"):  # the default; and a timer that ticks until the CPU is back
            when = "idle after %s ticks" % awake
            write(IDLE_TICKS, awake)
            traffic = Traffic()
            ok(wait_for(lambda: CPU in timers()),
               "%s: the timer of a CPU with traffic ticks" % when)
            write(ONLINE, "0")
            equal("%s: the CPU goes offline" % when, CPU in os.sched_getaffinity(0), False)
            ends(c, 0, when)
            if awake == "10000":
                ok(timers().count(0) == 2, "the timer of an offline CPU ticks on CPU 0", timers())
            write(ONLINE, "1")
            ok(wait_for(lambda: sorted(timers()) in ([CPU], [0, CPU])),
               "%s: the timer of a CPU that came back ticks there again" % when, timers())
            ends(c, CPU, when)
            traffic.end()
    write(IDLE_TICKS, "4")
    ok(wait_for(lambda: not timers()), "no timer ticks any more without traffic", timers())
    settle(c, "h")


main(hotplug)
