# SPDX-License-Identifier: GPL-2.0-or-later
"""The module goes at any moment: with requests that begin and end all the time
it refuses or it goes, and does neither for ever."""
import multiprocessing
import os
import random
import subprocess
import time

from nflua_nl import Client, Refused, attr, chunk
from tap import Aside, equal, main, ok, sh, wait_for

SECONDS = 20


def begin_and_leave(stop):
    """A state whose script does not end, and a socket that is closed on it."""
    pause = random.Random(os.getpid())
    while not stop.is_set():
        try:
            c = Client(timeout=5)
            c.start("STATE_NEW", attr("NAME", "s%d" % os.getpid()), *chunk("while true do end"))
            time.sleep(0.001)
            c.close()
            time.sleep(pause.random() / 20)
        except (OSError, Refused, IndexError, TypeError):
            pass  # the module was not there


def unload(_):
    stop = multiprocessing.Event()
    workers = [multiprocessing.Process(target=begin_and_leave, args=(stop,)) for _ in range(2)]
    for w in workers:
        w.start()
    end = time.monotonic() + SECONDS
    gone = busy = 0
    stuck = False
    while time.monotonic() < end and not stuck:
        try:
            done = subprocess.run(["rmmod", "nflua"], capture_output=True, check=False, timeout=30)
        except subprocess.TimeoutExpired:
            stuck = True
            break
        gone += done.returncode == 0
        busy += done.returncode != 0
        if done.returncode == 0:
            sh("modprobe nflua")
    stop.set()
    for w in workers:
        w.join(20)
    ok(not stuck, "no rmmod takes for ever")
    ok(gone > 0, "some succeed", "%d did, %d were refused" % (gone, busy))
    sh("modprobe nflua")
    ok(wait_for(lambda: sh("rmmod nflua && echo gone", check=False) == "gone"), "at rest it goes")
    sh("modprobe nflua")


def fails_to_load(_):
    """Requests come as soon as the family is there, and then loading fails: nothing of
    the module runs after it is gone. The timer that looks at budgets would for long."""
    sh("rmmod nflua")
    failed = Aside(sh, "modprobe nflua fail_load=1 idle_ticks=5000 hold='loads 2000' && echo there",
                   False)
    served, endless = 0, None
    while failed.is_alive():
        try:
            c = Client(timeout=5)
            c.create("s%d" % served, "nf.receive(function() end)")
            c.request("DATA", attr("NAME", "s%d" % served), attr("MSG", b"x"))
            if served % 2:
                c.destroy("s%d" % served)
            c.close()
            if not endless:
                endless = Client(timeout=5)
                endless.start("STATE_NEW", attr("NAME", "e"), *chunk("while true do end"))
            served += 1
        except (OSError, Refused, IndexError, TypeError):
            pass  # the module is not there
    equal("loading it fails", failed.end(), "")
    ok(served > 1, "when it has served requests", served)
    time.sleep(3)
    if endless:
        endless.close()
    sh("modprobe nflua")
    ok(os.path.exists("/sys/module/nflua"), "it can be loaded then")


main(unload, fails_to_load)
