# SPDX-License-Identifier: GPL-2.0-or-later
"""The module can be unloaded at any moment. While requests begin and end all the
time, rmmod succeeds or is refused, but it never hangs."""
import multiprocessing
import os
import random
import subprocess
import time

import tap
from nflua_nl import Client, Refused, attr, chunk
from tap import DEBUG_KERNEL, equal, main, ok, sh, wait_for

SECONDS = 20


def begin_and_leave(stop):
    """Creates states whose script does not end, and closes the socket meanwhile."""
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
    ok(not stuck, "rmmod does not hang while requests begin and end")
    # In the debug kernel one takes seconds, and the module is in use all the time.
    ok(DEBUG_KERNEL or gone > 0, "rmmod succeeds at times while requests begin and end",
       "%d did, %d were refused" % (gone, busy))
    sh("modprobe nflua")
    ok(wait_for(tap.unload),
       "rmmod succeeds when no requests run")
    sh("modprobe nflua")


def fails_to_load(_):
    """Fails at the last step that can fail. Nothing of the module may run after it is gone."""
    tap.unload()
    for _ in range(5):
        equal("loading the module with fail_load=1 fails",
              sh("modprobe nflua fail_load=1 && echo there", check=False), "")
    ok(not os.path.exists("/sys/module/nflua"), "no module is left after loading failed")
    sh("modprobe nflua")
    ok(os.path.exists("/sys/module/nflua"), "the module can be loaded after loading failed")


main(unload, fails_to_load)
