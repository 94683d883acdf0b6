# SPDX-License-Identifier: GPL-2.0-or-later
"""Fault injection: every allocation that the module asks the kernel for during a request
fails once. The request then fails with a clear error or does what it should, and nothing
else changes. Needs a kernel with failslab: scripts/debug-kernel."""
import errno
import os
import subprocess
import time

from nflua_nl import NLM_F_DUMP, N, Client, Refused, attr, u32
from tap import equal, main, ok
from wire import eth, ipv4, udp

REPLACE, EVAL, CHECK, SHOW = (N["NFLUA_EXEC_" + f] for f in ("REPLACE", "EVAL", "CHECK", "SHOW"))
CLEAN = {errno.ENOMEM, errno.ENOBUFS, errno.ECANCELED}


PACKET = ipv4(17, udp(1111, 53, b"query"))


class Faults:
    """Makes the n-th allocation fail that a task asks for with the module on its stack, of
    slabs and of pages (Documentation/fault-injection, fail-nth)."""

    def __init__(self):
        with open("/sys/module/nflua/sections/.text") as f:
            start = int(f.read(), 16)
        for kind in ("failslab", "fail_page_alloc"):
            for name, value in (("require-start", hex(start)), ("require-end", hex(start + (1 << 20))),
                                ("stacktrace-depth", 32), ("ignore-gfp-wait", "N"),
                                ("probability", 0), ("times", 1 << 30), ("verbose", 0)):
                put("/sys/kernel/debug/%s/%s" % (kind, name), value)
        put("/sys/kernel/debug/fail_page_alloc/min-order", 0)
        put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N")
        self.armed = []

    def tasks(self, workers):
        """Returns the caller itself, or the workers that may do what it asks for."""
        if not workers:
            return ["/proc/self/fail-nth"]
        return ["/proc/%s/fail-nth" % pid for pid in os.listdir("/proc")
                if pid.isdigit() and get("/proc/%s/comm" % pid).startswith("kworker/u")]

    def arm(self, nth, workers):
        self.armed = self.tasks(workers)
        for path in self.armed:
            put(path, nth)

    def run(self, nth, command):
        """Runs another program, which begins armed. Returns its status, and whether an
        allocation failed, which shows in the number of those that still may fail."""
        before = self.left()
        status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                preexec_fn=lambda: put("/proc/self/fail-nth", nth)).returncode
        return status, self.left() != before

    def left(self):
        return [get("/sys/kernel/debug/%s/times" % kind) for kind in ("failslab", "fail_page_alloc")]

    def disarm(self):
        """Disarms the tasks and returns whether an allocation failed."""
        left = [get(path) for path in self.armed]
        for path in self.armed:
            put(path, 0)
        return "0" in left


def put(path, value):
    try:
        with open(path, "w") as f:
            f.write(str(value))
    except FileNotFoundError:
        pass  # the worker has ended


def get(path):
    try:
        with open(path) as f:
            return f.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def attempt(client, operation):
    """Runs the operation. Returns None, or the errno and text of its error."""
    try:
        operation(client[0])
        return None
    except Refused as e:
        return e.code, e.text
    except OSError as e:  # the acknowledgement itself failed
        client[0].close()
        client[0] = Client()
        return e.errno, None


def names(c):
    return sorted(m.text("NAME") for m in c.dump())


def every(faults, label, operation, undo=None, states=("kept",), step=1, allocates=True):
    """Runs the operation with each of its allocations failing, until none is left to fail."""
    client = [Client()]
    failed = done = 0
    odd = []
    for workers in (False, True):
        nth, missed = 1, 0
        # A worker that was not there to be armed may have done it, so it has to miss twice.
        while missed < 2:
            faults.arm(nth, workers)
            error = attempt(client, operation)
            reached = faults.disarm()
            missed = 0 if reached else missed + 1
            nth += step if reached else 0
            failed += error is not None
            done += error is None
            if error and error[0] not in CLEAN:
                odd.append("%d: %s" % (nth, error))
            if undo and (error is None or error[0] == errno.ENOBUFS):
                attempt(client, undo)  # it may have succeeded without an answer
            c = client[0]
            if names(c) != sorted(states) or c.eval("kept", "mark") != [7]:
                odd.append("%d: %s, %s" % (nth, names(c), c.eval("kept", "mark")))
                break
    client[0].close()
    equal("%s: a failed allocation gives a clean error and changes nothing else" % label,
          odd[:3], [])
    ok((failed > 0) == allocates and done > 0,
       "%s: with failing allocations %d requests failed, %d succeeded" % (label, failed, done))


# The script of the state 'kept'.
KEPT = """mark = 7
function f(frame, packet)
    nf.getpacket():send("x") nf.reply("udp", "y") nf.netlink(0, 1, "z") print("p")
    return true
end
nf.receive(function(port, text) got = text .. port end)
"""
WORK = "for i = 1, 5 do local t = {i, tostring(i)} end print('p') return 1, 'two', {}"


def requests(faults):
    def replace(c):
        c.exec("kept", KEPT + WORK, REPLACE | EVAL)

    def wrong(c):
        try:
            c.exec("kept", "error('x')")
        except Refused as e:
            if e.code != errno.ECANCELED or e.text != "chunk:1: x":
                raise

    both = ("default", "kept")
    every(faults, "evaluating a script", lambda c: c.exec("kept", WORK, EVAL))
    every(faults, "showing values", lambda c: c.exec("kept", "{1, {2}, x = {y = 'z'}}, nf",
                                                     EVAL | SHOW))
    every(faults, "running a script that fails", wrong)
    every(faults, "completing a name", lambda c: c.request("COMPLETE", attr("NAME", "kept"),
                                                           attr("PREFIX", "string.")))
    every(faults, "a dry run", lambda c: c.request(
        "RUN", attr("NAME", "kept"), attr("FUNCTION", "f"), attr("PACKET", PACKET),
        attr("FRAME", eth(0x0800, b"")), attr("REPEAT", u32(3))))
    every(faults, "sending a message", lambda c: c.request("DATA", attr("NAME", "kept"),
                                                           attr("MSG", b"hello")))
    every(faults, "checking a script", lambda c: c.exec("kept", WORK, CHECK))
    every(faults, "creating a state with a script", lambda c: c.create("new", WORK),
          lambda c: c.destroy("new"))
    every(faults, "replacing a script", replace, step=5)
    c = Client()
    c.request("MSG", attr("MSG", b"x = 1"))
    c.close()
    every(faults, "a version 1 script", lambda c: c.request("MSG", attr("MSG", b"x = 1")),
          states=both)
    every(faults, "getting a state", lambda c: c.get("kept"), states=both)
    # Its messages are allocated by netlink before the module is called.
    every(faults, "listing all states", lambda c: c.dump(), states=both, allocates=False)


def hooks(faults):
    """Attaching, changing and listing hooks. What fails leaves no hook."""
    odd = []
    places = [("a hook of input", [attr("FAMILY", u32(1)), attr("HOOK", u32(1))]),
              ("a hook of a device", [attr("FAMILY", u32(5)), attr("HOOK", u32(0)),
                                      attr("IIF", "lo"), attr("FRAME_TYPES", b"\3\0")]),
              ("a hook of ARP", [attr("FAMILY", u32(3)), attr("HOOK", u32(1))])]

    def listed(c):
        return c.request("HOOK_GET", flags=NLM_F_DUMP)

    def attach(place):
        def f(c):
            try:
                c.request("HOOK_NEW", attr("NAME", "kept"), attr("FUNCTION", "f"),
                          attr("OWNER", "me"), *place)
            except Refused as e:
                if e.code == errno.ENOMEM and listed(c):
                    odd.append("%s: %s" % (place, e))
                raise
        return f

    def detach(c):
        c.request("HOOK_DEL", attr("NAME", "kept"), attr("FUNCTION", "f"))

    for what, place in places:
        every(faults, "attaching " + what, attach(place), detach)
        c = Client()
        equal("%s is gone when it is detached" % what, len(listed(c)), 0)
        c.close()
    equal("what could not be attached for want of memory is not there", odd, [])
    c = Client()
    attach(places[0][1])(c)
    one = [attr("NAME", "kept"), attr("HOOK_ID", u32(listed(c)[0].number("HOOK_ID")))]
    every(faults, "changing a hook", lambda c: c.request("HOOK_SET", *one, attr("OWNER", "you")))
    every(faults, "getting a hook", lambda c: c.request("HOOK_GET", *one))
    equal("the hook is still there", len(listed(c)), 1)
    detach(c)
    c.close()


def destroy(faults):
    """Destroying a state needs no memory. Its events need some, and are lost without it."""
    watch = Client()
    watch.join("events")
    c = Client()
    for nth in range(1, 20):
        c.create("gone")
        faults.arm(nth, False)
        error = attempt([c], lambda c: c.destroy("gone"))
        reached = faults.disarm()
        if error and error[0] not in CLEAN:
            ok(False, "destroying a state without memory has a clean error: %s" % (error,))
        if "gone" in names(c):
            c.destroy("gone")
        if not reached:
            break
    ok(not reached and "gone" not in names(c),
       "a state can be destroyed with each allocation failing", names(c))
    watch.close()
    c.close()


def destroyed(c, name):
    """Destroys the state, with retries, as nf_tables frees flushed rules a little later.
    Returns whether it is gone."""
    for _ in range(200):
        try:
            c.destroy(name)
            return True
        except Refused as e:
            if e.code == errno.ENOENT:
                return True
        time.sleep(0.05)
    return False


def rule(faults, c, tool, extension, state, step):
    """Adds a rule with each of its allocations failing. It may create the state "default"."""
    flush = [tool, "-F", "INPUT"]
    add = [tool, "-A", "INPUT"] + extension + ["--state", state, "--function", "f"]
    label = "%s %s, state %s" % (tool, extension[1], state)
    failed, nth, reached, odd = 0, 1, True, []
    while reached and nth < 5000:
        status, reached = faults.run(nth, add)
        there = b"--function" in subprocess.run([tool, "-S", "INPUT"], stdout=subprocess.PIPE).stdout
        failed += status != 0
        if there != (status == 0):
            odd.append("%d: status %d, the rule is there: %s" % (nth, status, there))
        subprocess.run(flush, check=True)
        if state == "default" and not destroyed(c, state):
            odd.append("%d: the rule keeps its state" % nth)
        nth += step
    equal(label + ": a rule that fails is not there and leaves nothing", odd[:3], [])
    ok(failed > 0 and not reached, "%s: each allocation of the rule fails once (%d rules failed)" %
       (label, failed))


def rules(faults, c):
    for tool in ("iptables-legacy", "ip6tables-legacy", "iptables-nft", "ip6tables-nft"):
        rule(faults, c, tool, ["-m", "lua"], "kept", 1)
        rule(faults, c, tool, ["-j", "LUA"], "kept", 1)
    rule(faults, c, "iptables-legacy", ["-m", "lua"], "default", 7)
    rule(faults, c, "iptables-nft", ["-j", "LUA"], "default", 7)
    equal("no rule refers to a state after rules failed for want of memory",
          c.get("kept").number("REFS"), 0)


def inject(c):
    faults = Faults()
    c.create("kept", KEPT)
    requests(faults)
    c.destroy("default")
    hooks(faults)
    destroy(faults)
    rules(faults, c)
    equal("a state works after all requests with failing allocations", c.eval("kept", "mark"), [7])
    c.destroy("kept")


main(inject)
