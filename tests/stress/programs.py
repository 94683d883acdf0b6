#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random Lua programs (tests/engine) in states of a real kernel, in the VM:

    scripts/vm -k debug -t 4500 -- tests/stress/programs.py -t 3600 -S 7

Each program is run in a state of its own while packets of a rule call its function
"packet", with memory of its own limit; those that do not end are interrupted. A
program may do what it likes and end in an error. The state must still work after
it, and the kernel must not complain, which scripts/vm looks for. The seed of the
program that ran last is in the output, for tests/engine/programs -p -n 1 -S SEED.
"""
import argparse
import errno
import os
import random
import select
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../vm/common"))
from nflua_nl import N, Refused, attr, chunk, u32, u64  # noqa: E402
from tap import equal, main, note, ok  # noqa: E402
from wire import ipv4, udp  # noqa: E402

PROGRAMS = os.path.join(HERE, "../../build/meson/tests/engine/programs")
PORT = 5301
BATCH = 40

# How long a program may take before it is interrupted, in seconds.
PATIENCE = 0.5

# What is no fault of the module's.
EXPECTED = {errno.EINTR, errno.ENOMEM, errno.ECANCELED, errno.ENOEXEC}


def programs(seed):
    """Pairs of a seed and its program, without an end."""
    while True:
        out = subprocess.run([PROGRAMS, "-p", "-n", str(BATCH), "-S", str(seed)],
                             stdout=subprocess.PIPE, check=True).stdout
        for part in out.split(b"-- seed ")[1:]:
            number, _, program = part.partition(b"\n")
            yield int(number), program
        seed += BATCH


class Packets(threading.Thread):
    """Sends datagrams, a few at a time, until it is stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopped = False
        self.start()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            while not self.stopped:
                for _ in range(5):
                    try:
                        s.sendto(b"payload", ("127.0.0.1", PORT))
                    except OSError:
                        pass
                time.sleep(0.01)

    def stop(self):
        self.stopped = True
        self.join()


def finish(client, seq):
    """The errno of a request that is interrupted when it takes too long; 0."""
    while not select.select([client.sock], [], [], PATIENCE)[0]:
        client.start("INTERRUPT", flags=0)
    try:
        client.finish(seq)
        return 0
    except Refused as e:
        return e.code


def rule(action, state):
    subprocess.run(["iptables-legacy", action, "OUTPUT", "-o", "lo", "-p", "udp", "--dport",
                    str(PORT), "-m", "lua", "--state", state, "--function", "packet",
                    "-j", "DROP"], check=True)


def run_program(client, chance, number, program):
    """What went wrong, or None."""
    client.create("p", maxalloc=u64(chance.choice((1 << 16, 100000, 300000, 1 << 20, 8 << 20))),
                  budget=u32(chance.choice((1000, 20000))))
    rule("-A", "p")
    flags = chance.choice((0, N["NFLUA_EXEC_REPLACE"]))
    code = finish(client, client.start("EXEC", attr("NAME", "p"), attr("EXEC_FLAGS", u32(flags)),
                                       attr("FORCE"), *chunk(program)))
    if code and code not in EXPECTED:
        return "%d: %s" % (number, errno.errorcode.get(code, code))
    code = finish(client, client.start(
        "RUN", attr("NAME", "p"), attr("FUNCTION", "packet"), attr("REPEAT", u32(20)),
        attr("PACKET", ipv4(17, udp(1111, PORT, b"x" * chance.randrange(100))))))
    if code and code not in EXPECTED | {errno.ETIME}:
        return "%d: run: %s" % (number, errno.errorcode.get(code, code))
    # Whatever it did to its libraries.
    code = finish(client, client.start("EXEC", attr("NAME", "p"), *chunk("local a = 1")))
    if code not in (0, errno.ENOMEM):
        return "%d: afterwards: %s" % (number, errno.errorcode.get(code, code))
    rule("-D", "p")
    client.destroy("p")
    return None


def all_programs(client):
    chance = random.Random(args.seed)
    packets = Packets()
    wrong, done, said, end = [], 0, time.time(), time.time() + args.time
    for number, program in programs(args.seed):
        fault = run_program(client, chance, number, program)
        done += 1
        if fault:
            wrong.append(fault)
            break
        if time.time() - said > 30:
            note("%d programs; the last one's seed is %d" % (done, number))
            sys.stdout.flush()
            said = time.time()
        if time.time() > end:
            break
    packets.stop()
    equal("%d programs, and each state goes on" % done, wrong, [])
    ok(done > args.time / 20, "there was no standstill", done)


parser = argparse.ArgumentParser()
parser.add_argument("-t", dest="time", type=int, default=60, help="seconds")
parser.add_argument("-S", dest="seed", type=int, default=int(time.time()), help="of all that is random")
args = parser.parse_args()
note("seed %d" % args.seed)
subprocess.run(["modprobe", "nflua"], check=True)
main(all_programs)
