# SPDX-License-Identifier: GPL-2.0-or-later
"""Fault injection: every allocation that the module asks the kernel for while
it does a request, or checks a rule, fails once; the request then fails with a
clear error or does what it should, and what there was is there still. Needs a
kernel with failslab: scripts/debug-kernel."""
import errno
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from nflua_nl import N, Client, Refused, attr, u32  # noqa: E402
from tap import equal, main, ok, sh, wait_for  # noqa: E402

REPLACE, EVAL, CHECK = (N["NFLUA_EXEC_" + f] for f in ("REPLACE", "EVAL", "CHECK"))
CLEAN = {errno.ENOMEM, errno.ENOBUFS, errno.ECANCELED}


class Faults:
    """The n-th unit of memory asked for with the module on the stack fails."""

    def __init__(self, kind):
        self.dir = "/sys/kernel/debug/" + kind
        with open("/sys/module/nflua/sections/.text") as f:
            start = int(f.read(), 16)
        self.set("require-start", hex(start))
        self.set("require-end", hex(start + (1 << 20)))
        for name, value in (("stacktrace-depth", 32), ("ignore-gfp-wait", "N"),
                            ("task-filter", "N"), ("verbose", 0), ("interval", 1)):
            self.set(name, value)
        if kind == "fail_page_alloc":
            self.set("min-order", 0)
            self.set("ignore-gfp-highmem", "N")

    def set(self, name, value):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(str(value))

    def arm(self, space):
        self.set("space", space)
        self.set("times", 1)
        self.set("probability", 100)

    def disarm(self):
        """Whether one failed."""
        self.set("probability", 0)
        with open(os.path.join(self.dir, "times")) as f:
            return int(f.read()) == 0


def attempt(client, operation):
    """None, or the errno and text of what went wrong."""
    try:
        operation(client[0])
        return None
    except Refused as e:
        return e.code, e.text
    except OSError as e:  # the acknowledgement itself
        client[0].close()
        client[0] = Client()
        return e.errno, None


def names(c):
    return sorted(m.text("NAME") for m in c.dump())


def every(faults, step, label, operation, undo=None, states=("kept",)):
    """Does it with each allocation failing, until none is left to fail."""
    client = [Client()]
    space = failed = done = 0
    odd = []
    while True:
        faults.arm(space)
        error = attempt(client, operation)
        if not faults.disarm():
            break
        space += step
        if error is None:
            done += 1
            if undo:
                undo(client[0])
        else:
            failed += 1
            if error[0] not in CLEAN:
                odd.append("%d: %s" % (space, error))
            elif error[0] == errno.ENOBUFS and undo:
                attempt(client, undo)  # it may have been done, and not been told
        c = client[0]
        if names(c) != sorted(states) or c.eval("kept", "mark") != [7]:
            odd.append("%d: %s, %s" % (space, names(c), c.eval("kept", "mark")))
            break
    if error is None and undo:
        undo(client[0])
    client[0].close()
    equal("%s: errors are clean, and nothing else changed" % label, odd[:3], [])
    ok(failed + done > 0 and error is None,
       "%s: %d failed, %d went well all the same" % (label, failed, done), error)


WORK = "for i = 1, 5 do local t = {i, tostring(i)} end print('p') return 1, 'two', {}"


def requests(faults, step):
    def replace(c):
        c.exec("kept", "mark = 7 " + WORK, REPLACE | EVAL)

    every(faults, step, "state new", lambda c: c.create("new"), lambda c: c.destroy("new"))
    every(faults, step, "state new with a script", lambda c: c.create("new", WORK),
          lambda c: c.destroy("new"))
    every(faults, step, "eval", lambda c: c.exec("kept", WORK, EVAL))
    every(faults, step, "an error", lambda c: attempt([c], lambda c: c.exec("kept", "error('x')")))
    every(faults, step, "check", lambda c: c.exec("kept", WORK, CHECK))
    every(faults, step, "replace", replace)
    every(faults, step, "version 1", lambda c: c.request("MSG", attr("MSG", b"x = 1")),
          states=("default", "kept"))
    every(faults, step, "get", lambda c: c.get("kept"), states=("default", "kept"))
    every(faults, step, "dump", lambda c: c.dump(), states=("default", "kept"))
    every(faults, step, "interrupt", lambda c: attempt([c], lambda c: c.request("INTERRUPT")),
          states=("default", "kept"))


def destroy(faults, step):
    """Ends what it needs no memory for; events need some, and are lost."""
    watch = Client()
    watch.join("events")
    for space in range(0, 64 * step, step):
        c = Client()
        c.create("gone")
        faults.arm(space)
        error = attempt([c], lambda c: c.destroy("gone"))
        reached = faults.disarm()
        c.close()
        if not reached:
            break
        if error and error[0] not in CLEAN:
            ok(False, "destroy: %s" % (error,))
    c = Client()
    ok(not reached and "gone" not in names(c), "destroy, until nothing fails", names(c))
    watch.close()
    c.close()


def rules(faults, step):
    for tool in ("iptables-legacy", "iptables-nft"):
        for state in ("kept", "default"):
            space = failed = 0
            reached = True
            while reached:
                faults.arm(space)
                done = subprocess.run("%s -A INPUT -p udp -m lua --state %s --function f" % (tool, state),
                                      shell=True, capture_output=True, check=False)
                reached = faults.disarm()
                failed += done.returncode != 0
                sh("%s -F INPUT" % tool)
                if state == "default":
                    c = Client()
                    wait_for(lambda: attempt([c], lambda c: c.destroy("default")) in
                             (None, (errno.ENOENT, "there is no state of this name")), 5)
                    c.close()
                space += step
            ok(done.returncode == 0, "%s, state %s: %d failed" % (tool, state, failed),
               done.stderr)


def inject(kind, step):
    faults = Faults(kind)
    c = Client()
    c.create("kept", "mark = 7")
    requests(faults, step)
    c.destroy("default")
    destroy(faults, step)
    rules(faults, max(step, 64) if step > 1 else 1)
    equal("the state lives", c.eval("kept", "mark"), [7])
    c.destroy("kept")
    c.close()


def slab(_):
    inject("failslab", 8)


def pages(_):
    inject("fail_page_alloc", 1)


main(slab, pages)
