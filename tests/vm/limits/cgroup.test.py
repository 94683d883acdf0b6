# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory cgroups. Who makes a state pays for its memory: what chunks and packets of others
make it grow by, too. At the limit of the cgroup the script gets an error, and no process
is killed."""
import os

from nflua_nl import N, u32, u64
from rules import Rule, settle
from tap import Refused, Udp, equal, main, ok, sh, wait_for

ROOT = "/sys/fs/cgroup"
PORT = 5300
MIB = 1 << 20
SCRIPT = """
held = {}
function grow(bytes)
    for i = 1, bytes // 4096 do held[#held + 1] = ("x"):rep(4000 + #held % 7) end
end
function packet() grow(4 << 20) return true end
"""


class Group:
    """A memory cgroup. Within the block, this process is in it."""

    def __init__(self, name, parent=ROOT):
        self.path = os.path.join(parent, name)
        self.home = parent
        os.mkdir(self.path)

    def __enter__(self):
        self.move(self.path)
        return self

    def __exit__(self, *_):
        self.move(self.home)

    def move(self, path):
        with open(os.path.join(path, "cgroup.procs"), "w") as f:
            f.write(str(os.getpid()))

    def read(self, file):
        with open(os.path.join(self.path, file)) as f:
            return f.read()

    def current(self):
        return int(self.read("memory.current"))

    def limit(self, value):
        with open(os.path.join(self.path, "memory.max"), "w") as f:
            f.write(str(value))

    def killed(self):
        lines = dict(line.split() for line in self.read("memory.events").splitlines())
        return int(lines["oom_kill"])


def refusal(f, *args, **more):
    """Calls f() and returns the refusal's number and text, or None."""
    try:
        f(*args, **more)
    except Refused as e:
        return e.code, str(e)
    return None


def grows(group, what, by, f, *args):
    """Calls f() and judges by how much more the cgroup pays for afterwards."""
    before = group.current()
    f(*args)
    # Each CPU keeps up to 64 pages back; the debugging of slabs takes twice as much on top.
    ok(wait_for(lambda: 0.8 * by < group.current() - before < 4 * by),
       "the cgroup of a state's maker pays for what %s allocates" % what,
       group.current() - before)


def pays(c):
    group = Group("pays")
    with group:
        c.create("m", SCRIPT, maxalloc=u64(64 * MIB), budget=u32(1000000))
    grows(group, "a chunk", 8 * MIB, c.exec, "m", "grow(%d)" % (8 * MIB))
    udp = Udp(PORT)
    with Rule("--dport %d -m lua --state m --function packet -j DROP" % PORT):
        grows(group, "a packet call", 4 * MIB, udp.send)
        with Rule("-m lua --state m --function packet -j DROP", "OUTPUT"):
            grows(group, "a packet call in a sender's context", 4 * MIB, udp.send)
    equal("no call of such a state fails", c.get("m").text("LAST_ERROR"), None)
    grows(group, "a chunk in one large block", 3 * MIB, c.exec, "m",
          "big = ('x'):rep(%d)" % (3 * MIB))
    udp.close()
    with Group("other") as other:
        c.exec("m", SCRIPT + "grow(%d)" % (8 * MIB),
               N["NFLUA_EXEC_REPLACE"])
    ok(wait_for(lambda: other.current() > 6 * MIB),
       "the cgroup of who replaces a script pays for the new one", other.current())
    settle(c, "m")
    for g in (group, other):
        ok(wait_for(lambda: g.current() < 4 * MIB, 20),  # this process was in it
           "a cgroup does not pay for states that are gone", g.current())
    os.rmdir(group.path)
    os.rmdir(other.path)


def limited(c):
    group = Group("limited")
    with group:
        c.create("m", SCRIPT, maxalloc=u64(256 * MIB), budget=u32(1000000))
    udp = Udp(PORT)
    group.limit(group.current() + 3 * MIB)
    e = refusal(c.exec, "m", "grow(%d)" % (64 * MIB))
    ok(e and "not enough memory" in e[1],
       "a chunk that exceeds the limit of the cgroup fails for lack of memory", e)
    with Rule("--dport %d -m lua --state m --function packet --on-error yes -j DROP" % PORT):
        equal("a packet call that exceeds the limit of the cgroup gives --on-error",
              udp.through(), 0)
    error = c.get("m").text("LAST_ERROR") or ""
    ok("not enough memory" in error, "and fails for lack of memory", error)
    ok(group.current() <= int(group.read("memory.max")),
       "the cgroup stays within its limit", group.current())
    e = refusal(c.exec, "m", "big = ('x'):rep(%d)" % (3 * MIB))
    ok(e and "not enough memory" in e[1],
       "a large block that exceeds the limit of the cgroup is refused", e)
    equal("the state works on", c.eval("m", "#held > 0"), [True])
    c.exec("m", "held = {} collectgarbage()")
    with Rule("--dport %d -m lua --state m --function packet --on-error no -j DROP" % PORT):
        group.limit("max")
        equal("with a higher limit its packet calls succeed", udp.through(), 0)
    udp.close()
    settle(c, "m")
    equal("no process of the cgroup is killed", group.killed(), 0)
    os.rmdir(group.path)


def many(c):
    """Small states: their number is limited by nothing else."""
    group, number = Group("many"), 100
    with group:
        before = group.current()
        for i in range(number):
            c.create("s%d" % i)
        grown = group.current() - before
    ok(grown > number * 16384, "the cgroup pays for each of %d empty states" % number, grown)
    for i in range(number):
        c.destroy("s%d" % i)
    ok(wait_for(lambda: group.current() - before < grown // 2, 20),
       "and does not when they are gone", group.current())
    os.rmdir(group.path)


def hierarchy():
    sh("mount -t cgroup2 none " + ROOT)
    with open(ROOT + "/cgroup.subtree_control", "w") as f:
        f.write("+memory")


hierarchy()
main(pays, limited, many)
