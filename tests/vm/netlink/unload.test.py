# SPDX-License-Identifier: GPL-2.0-or-later
"""The module goes at any moment: with requests that begin and end all the time
it refuses or it goes, and does neither for ever."""
import multiprocessing
import os
import random
import subprocess
import time

from nflua_nl import Client, Refused, attr, chunk
from tap import DEBUG_KERNEL, equal, main, ok, sh, wait_for

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
    # In the debug kernel one takes seconds, in which somebody always has the module.
    ok(DEBUG_KERNEL or gone > 0, "some succeed", "%d did, %d were refused" % (gone, busy))
    sh("modprobe nflua")
    ok(wait_for(lambda: sh("rmmod nflua && echo gone", check=False) == "gone"), "at rest it goes")
    sh("modprobe nflua")


def fails_to_load(_):
    """At the last step that can fail: nothing of the module runs after it is gone."""
    sh("rmmod nflua")
    for _ in range(5):
        equal("loading it fails", sh("modprobe nflua fail_load=1 && echo there", check=False), "")
    ok(not os.path.exists("/sys/module/nflua"), "and leaves no module")
    sh("modprobe nflua")
    ok(os.path.exists("/sys/module/nflua"), "it can be loaded then")


main(unload, fails_to_load)
