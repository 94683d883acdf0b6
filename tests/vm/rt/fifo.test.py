# SPDX-License-Identifier: GPL-2.0-or-later
"""With PREEMPT_RT the task that a call runs in may be preempted. Here tasks of SCHED_FIFO
take each CPU for 40 of every 80 ms, which does not count as the call's time."""
import multiprocessing
import os
import time

from stolen import stolen
from tap import main

CALLS = 10000
PRIORITY = 10
PERIOD = 0.08


def take(cpu):
    """Takes the CPU in the first half of each period. All CPUs are taken at the same time, so
    that none is free then."""
    os.sched_setaffinity(0, {cpu})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    while True:
        now = time.monotonic()
        end = now - now % PERIOD + PERIOD / 2
        while time.monotonic() < end:
            pass
        time.sleep(PERIOD / 2)


def preempted(c):
    thieves = [multiprocessing.Process(target=take, args=(cpu,), daemon=True)
               for cpu in range(os.cpu_count())]

    def begin():
        for thief in thieves:
            thief.start()
        time.sleep(0.5)

    try:
        stolen(c, CALLS, begin)
    finally:
        for thief in thieves:
            if thief.is_alive():
                thief.kill()


main(preempted)
