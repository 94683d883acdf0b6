#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything at once, for as long as is wished, in the VM:

    scripts/vm -k debug -t 4000 -- tests/stress/stress.py -t 3600 -S 7

States are created, destroyed, replaced, listed, run in and interrupted, rules
come and go in both flavours of iptables, packets flow, namespaces are made and
torn down with all that is in them, and the module is unloaded and loaded. What
each of these may answer is known; anything else is a failure, and so is a
complaint of the kernel, which scripts/vm looks for. The seed decides what each
worker does in which order; the interleaving is the machine's.
"""
import argparse
import collections
import errno
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
COMMON = os.path.join(HERE, "../vm/common")
sys.path.insert(0, COMMON)
from nflua_nl import N, Client, Refused, attr, chunk, u32, u64  # noqa: E402
from wire import ipv4, udp  # noqa: E402

NAMES = ["s%d" % i for i in range(6)] + ["default"]
TOOLS = ("iptables-legacy", "iptables-nft", "ip6tables-legacy", "ip6tables-nft")
PORT = 5300

# Scripts: what f(frame, packet) does, and what runs when they are loaded.
FILTERS = [
    "return false", "return true", "return packet:u16(22) == 5300",
    "return packet:find('needle') ~= nil", "n = (n or 0) + #packet return n % 2 == 0",
    "error('on purpose')", "while true do end", "return 1", "print('seen', #packet) return false",
    "pcall(function() while true do end end) return true",
    "local t = {} for i = 1, 1 << 40 do t[i] = {i} end",
    "return tostring(packet):find('x', 1, true) ~= nil and nf.connid() ~= nil",
    "kept = kept or packet co = co or coroutine.wrap(function() while true do coroutine.yield(true) end end) return co()",
    "nf.set_match_bit(n or 0, true) nf.hotdrop(false) return nf.get_match_mask() ~= 0",
    "table.sort({3, 2, 1}, function(a, b) return a < b end) return (('a b'):gsub('%w', '%0%0')) == 'aa bb'",
    "local function r() return (('x'):gsub('.', r)) end return r()",
    "xpcall(error, function() while true do end end) return true",
    "cache = cache or {} cache[#cache + 1] = packet:sub(1) if #cache > 50 then cache = {} collectgarbage() end return false",
    "local a <close> = setmetatable({}, {__close = function() closed = true end}) return closed",
    "copies = copies or {} copies[#copies + 1] = nf.getpacket() if #copies > 50 then "
    "copies = nil collectgarbage() end return false",
    "local copy <close> = nf.getpacket() if packet:sub(-4) ~= 'sent' then copy:send('sent') end return false",
    "return nf.delete_conntrack()",
    "if packet:sub(-4) ~= 'sent' then nf.reply('udp', 'sent') end return false",
    "return nf.traffic(4, 'udp', '127.0.0.1', 1, '127.0.0.1', 5300, 'both') == nil",
    "return 'drop'", "return 'accept'", "return 'repeat'", "return 'stolen'", "return 'queue'",
]
LOADS = [
    "", "x = 1", "t = {} for i = 1, 1000 do t[i] = tostring(i) end", "error('at load')", "y = = 2",
    "while true do end", "for i = 1, 300000 do local s = {i} end", "collectgarbage()",
    "local t = {} for i = 1, 1 << 40 do t[i] = ('x'):rep(1000) .. i end",
    "t = {} for i = 1, 20000 do t['k' .. i] = {i} end", "big = ('x'):rep(1 << 20)",
    "print(('y'):rep(5000))", "coroutine.wrap(function() while true do coroutine.yield() end end)()",
]

# What a request may answer while all this goes on.
EXPECTED = {errno.EEXIST, errno.ENOENT, errno.EBUSY, errno.EINTR, errno.ENOMEM,
            errno.ECANCELED, errno.EAGAIN, errno.ENOEXEC, errno.ENXIO, errno.ESHUTDOWN}


class Gone(Exception):
    """The module is not there: it is being loaded again."""


def connect():
    try:
        return Client(timeout=60)
    except Refused as e:
        if e.code == errno.ENOENT:
            raise Gone from e
        raise


class Worker:
    """A process that does one kind of thing over and over."""

    def __init__(self, name, seed, stop, pause, results):
        self.name, self.stop, self.pause, self.results = name, stop, pause, results
        self.random = random.Random("%s/%s" % (seed, name))
        self.count = collections.Counter()
        self.bad = []

    def run(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while not self.stop.is_set():
            if self.pause.is_set():
                self.rest()
                time.sleep(0.05)
                continue
            try:
                self.step()
            except Gone:
                self.count["without the module"] += 1
                self.rest()
                time.sleep(0.02)
            except Exception as e:  # the report wants them all
                self.bad.append("%s: %r" % (self.name, e))
                self.rest()
                if len(self.bad) > 20:
                    break
        self.rest()
        self.results.put((self.name, self.count, self.bad))

    def step(self):
        raise NotImplementedError

    def rest(self):
        """Lets go of whatever holds the module."""


class Control(Worker):
    """Requests over netlink."""
    client = None

    def rest(self):
        if self.client:
            self.client.close()
            self.client = None

    def script(self):
        return "%s function f(frame, packet) %s end" % (
            self.random.choice(LOADS), self.random.choice(FILTERS))

    def step(self):
        if not self.client or self.random.random() < 0.05:
            self.rest()
            self.client = connect()
        r = self.random
        name = r.choice(NAMES)
        what = r.choice((self.create, self.create, self.destroy, self.replace, self.load,
                         self.evaluate, self.show, self.complete, self.trial, self.check, self.dump,
                         self.clear,
                         self.get, self.interrupt, self.hang_up))
        try:
            what(name)
            self.count[what.__name__] += 1
        except Refused as e:
            self.count["%s: %s" % (what.__name__, errno.errorcode.get(e.code, e.code))] += 1
            # The family of a module that was unloaded is unknown.
            if e.code in (errno.EOPNOTSUPP, errno.ENOENT) and not os.path.exists("/sys/module/nflua"):
                raise Gone from e
            if e.code not in EXPECTED:
                raise
        except (IndexError, TypeError) as e:
            raise Gone from e

    def bounded(self, start):
        """Waits for what may be an endless script; breaks it off after a bit."""
        self.client.sock.settimeout(self.random.choice((0.05, 0.3, 1)))
        try:
            return self.client.finish(start)
        except TimeoutError:
            self.client.sock.settimeout(60)
            self.client.start("INTERRUPT", flags=0)
            return self.client.finish(start)
        finally:
            self.client.sock.settimeout(60)

    def parts(self, name):
        r = self.random
        force = [attr("FORCE")] if r.random() < 0.5 else []
        return force + [attr("NAME", name), attr("ON_ERROR", u32(r.randrange(2))),
                attr("MAXALLOC", u64(r.choice((64, 256, 4096)) << 10)),
                attr("BUDGET", u32(r.choice((100, 1000, 20000))))]

    def create(self, name):
        script = chunk(self.script()) if self.random.random() < 0.8 else []
        self.bounded(self.client.start("STATE_NEW", *self.parts(name), *script))

    def destroy(self, name):
        self.client.destroy(name, self.random.random() < 0.5)

    def exec(self, name, script, flags=0):
        force = [attr("FORCE")] if self.random.random() < 0.5 else []
        self.bounded(self.client.start("EXEC", *force, attr("NAME", name),
                                       attr("EXEC_FLAGS", u32(flags)), *chunk(script)))

    def clear(self, name):
        self.client.request("CLEAR", attr("NAME", name))

    def replace(self, name):
        self.exec(name, self.script(), N["NFLUA_EXEC_REPLACE"])

    def load(self, name):
        self.exec(name, self.script())

    def evaluate(self, name):
        self.exec(name, "n, x, #tostring(kept or '')", N["NFLUA_EXEC_EVAL"])

    def show(self, name):
        self.exec(name, "_G, t, cache, copies", N["NFLUA_EXEC_EVAL"] | N["NFLUA_EXEC_SHOW"])

    def complete(self, name):
        prefix = self.random.choice(("", "t.", "k", "nf.re", "string.", "packet:"))
        self.bounded(self.client.start("COMPLETE", attr("NAME", name), attr("PREFIX", prefix)))

    def trial(self, name):
        packet = ipv4(17, udp(1, PORT, b"x" * self.random.randrange(2000)))
        self.bounded(self.client.start("RUN", attr("NAME", name), attr("FUNCTION", "f"),
                                       attr("PACKET", packet),
                                       attr("REPEAT", u32(self.random.choice((1, 100, 100000))))))

    def check(self, name):
        self.exec(name, self.script(), N["NFLUA_EXEC_CHECK"])

    def dump(self, _):
        self.client.dump()

    def get(self, name):
        self.client.get(name)

    def interrupt(self, name):
        seq = self.client.start("EXEC", attr("NAME", name), *chunk("while true do end"))
        time.sleep(self.random.random() / 20)
        self.client.start("INTERRUPT", flags=0)
        self.client.finish(seq)

    def hang_up(self, name):
        self.client.start("EXEC", attr("NAME", name), *chunk("while true do end"))
        time.sleep(self.random.random() / 20)
        self.rest()


UNLOAD = os.path.join(COMMON, "rmmod-nflua")


def run(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=False)


def random_rule(r):
    state = r.choice(NAMES)
    more = r.choice(("", "", "--mask 0x%x " % r.randrange(1, 256), "--tcp-payload "))
    if r.random() < 0.5:
        return "-m lua --state %s %s--function f %s-j %s" % (
            state, r.choice(("", "! ")), more, r.choice(("DROP", "ACCEPT", "RETURN")))
    return "-j LUA --state %s --function f %s%s" % (
        state, more, r.choice(("", "--on-error drop", "--on-error accept")))


class Rules(Worker):
    """Rules, in all four flavours; a rule whose state is not there is refused."""

    def step(self):
        r = self.random
        tool = r.choice(TOOLS)
        chain = r.choice(("INPUT", "OUTPUT"))
        if r.random() < 0.25:
            done = run("%s -F %s" % (tool, chain))
            self.count["flush: %d" % done.returncode] += 1
            return
        if r.random() < 0.2:
            done = run("{0}-save -t filter >/tmp/rules.{1} && {0}-restore </tmp/rules.{1}"
                       .format(tool, os.getpid()))
            self.count["save and restore: %d" % done.returncode] += 1
            return
        done = run("%s -I %s -p udp --dport %d %s" % (tool, chain, PORT, random_rule(r)))
        self.count["insert: %d" % done.returncode] += 1

    def rest(self):
        for tool in TOOLS:
            run("%s -F INPUT; %s -F OUTPUT" % (tool, tool))


class Traffic(Worker):
    """Datagrams of all sizes to this host, over IPv4 and IPv6."""
    pairs = None

    def rest(self):
        for sender, receiver, _ in self.pairs or ():
            sender.close()
            receiver.close()
        self.pairs = None

    def open(self):
        self.pairs = []
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            receiver = socket.socket(family, socket.SOCK_DGRAM)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            receiver.bind((host, PORT))
            receiver.setblocking(False)
            self.pairs.append((socket.socket(family, socket.SOCK_DGRAM), receiver, (host, PORT)))

    def step(self):
        if not self.pairs:
            self.open()
        r = self.random
        sender, receiver, to = r.choice(self.pairs)
        size = r.choice((0, 1, 64, 512, 1400, 9000, 40000))
        for _ in range(r.randrange(1, 30)):
            try:
                sender.sendto(r.choice((b"x", b"needle ")) * (size // 8), to)
                self.count["sent"] += 1
            except OSError as e:
                self.count["not sent: %s" % errno.errorcode.get(e.errno, e.errno)] += 1
        try:
            while receiver.recv(65536) is not None:
                self.count["received"] += 1
        except BlockingIOError:
            pass


IN_NAMESPACE = """
import socket, sys, time
sys.path.insert(0, %r)
from nflua_nl import *
c = Client()
c.create("fw", "function f(frame, packet) n = (n or 0) + 1 return n %% 2 == 0 end")
c.create("other", "x = 1")
"""


class Namespaces(Worker):
    """A namespace with states, rules, packets and a chunk that runs, and its end
    at any moment."""

    def step(self):
        name = "stress%d" % os.getpid()
        code = IN_NAMESPACE % os.path.join(HERE, "../vm/common")
        if self.random.random() < 0.7:
            code += "c.start('EXEC', attr('NAME', 'fw'), *chunk('while true do end'))\n"
        code += ("import subprocess\n"
                 "subprocess.run('ip link set lo up; iptables-legacy -A INPUT -j LUA --state fw --function f;"
                 " iptables-nft -A OUTPUT -m lua --state other --function f', shell=True)\n"
                 "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                 "for i in range(50): s.sendto(b'x', ('127.0.0.1', 9))\n"
                 "time.sleep(%f)\n" % (self.random.random() / 4))
        done = run("ip netns add {0} && ip netns exec {0} python3 -c \"$CODE\"; ip netns del {0}"
                   .format(name).replace("$CODE", code.replace('"', '\\"')))
        self.count["namespace: %d" % done.returncode] += 1


class Unload(Worker):
    """Attempts at any moment: mostly the module is in use."""

    def step(self):
        # The module of the rules often goes, and the next rule has to load it.
        time.sleep(1)
        done = run(UNLOAD)
        self.count["rmmod: %d" % done.returncode] += 1
        if done.returncode == 0:
            time.sleep(self.random.random() / 5)
            run("modprobe nflua")


def unload_at_rest(pause, failures):
    """With all workers at rest the module has to go."""
    pause.set()
    deadline = time.monotonic() + 120
    done = None
    while time.monotonic() < deadline:
        time.sleep(0.5)
        done = run(UNLOAD)
        if done.returncode == 0 or not os.path.exists("/sys/module/nflua"):
            break
    else:
        failures.append("the module at rest does not unload: %s" % done.stderr.strip())
    if run("modprobe nflua").returncode:
        failures.append("modprobe nflua failed")
    pause.clear()


def play(workers, seconds, failures):
    """Starts the workers, lets them rest now and then, and stops them."""
    stop, pause = workers[0].stop, workers[0].pause
    processes = [multiprocessing.Process(target=w.run) for w in workers]
    for p in processes:
        p.start()
    end = time.monotonic() + seconds
    rests = 0
    while time.monotonic() < end:
        time.sleep(min(20, max(0, end - time.monotonic())))
        unload_at_rest(pause, failures)
        rests += 1
        print("# %d s left" % max(0, end - time.monotonic()), flush=True)
    stop.set()
    reports = [workers[0].results.get(timeout=180) for _ in processes]
    for p in processes:
        p.join(60)
    return reports, rests


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-t", type=int, default=120, metavar="SECONDS")
    parser.add_argument("-S", default=str(int(time.time())), metavar="SEED")
    options = parser.parse_args()
    print("# seed %s, %d seconds" % (options.S, options.t), flush=True)
    run("modprobe nflua; ip link set lo up")
    shared = (multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Queue())
    kinds = [("control 1", Control), ("control 2", Control), ("control 3", Control),
             ("rules", Rules), ("traffic 1", Traffic), ("traffic 2", Traffic),
             ("namespaces", Namespaces), ("unload", Unload)]
    workers = [kind(name, options.S, *shared) for name, kind in kinds]
    failures = []
    reports, rests = play(workers, options.t, failures)
    seen = collections.Counter()
    for name, count, bad in sorted(reports, key=lambda report: report[0]):
        failures += bad
        seen.update(count)
        print("# %s: %s" % (name, ", ".join("%s %d" % i for i in sorted(count.items()))))
    needed = ("create", "destroy", "replace", "load", "evaluate", "check", "dump", "get",
              "interrupt: EINTR", "hang_up", "insert: 0", "flush: 0", "save and restore: 0",
              "received", "namespace: 0")
    results = [(not failures, "every answer was one that may be")]
    results += [(seen[what] > 0, "there was %s" % what) for what in needed]
    results.append((rests > 0, "the module was loaded again %d times" % rests))
    results.append((run(UNLOAD).returncode == 0, "and goes at the end"))
    for number, (good, text) in enumerate(results, 1):
        print("%s %d - %s" % ("ok" if good else "not ok", number, text))
    for failure in failures[:50]:
        print("# " + failure.replace("\n", " "))
    print("1..%d" % len(results))
    sys.exit(not all(good for good, _ in results))


main()
