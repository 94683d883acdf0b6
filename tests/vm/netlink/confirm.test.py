# SPDX-License-Identifier: GPL-2.0-or-later
"""Replaces that are taken back: by the kernel, unless they are confirmed in time, or when
there are too many errors; and on request."""
import json
import struct
import time
from errno import EBUSY, EINVAL, ENODATA, ENOENT, ENOSPC, ENXIO, ERANGE

from attached import INET, hooked
from nflua_nl import N, attr, chunk, u32
from rules import Rule
from tap import DEBUG_KERNEL, Udp, alone, equal, main, ok, refused, sh, wait_for

PORT = 5306
INPUT = 1
SLOW = 5 if DEBUG_KERNEL else 1
OLD = "kind = 'old' count = 0 function f() return false end"
NEW = "kind = 'new' function f() return true end"
RULE = "-m lua --state s --function f -j DROP"


def replace(c, script, *more, state="s"):
    return c.request("EXEC", attr("NAME", state), attr("EXEC_FLAGS", u32(N["NFLUA_EXEC_REPLACE"])),
                     *more, *chunk(script))


def confirm(ms):
    return attr("CONFIRM_MS", u32(ms))


def kind(c):
    return c.eval("s", "kind")[0]


def watch(c):
    w = type(c)()
    w.join("events")
    return w


def event(w):
    m = w.receive()[0]
    name = [n for n, v in N.items() if n.startswith("NFLUA_CMD_") and v == m.cmd][0]
    return name[len("NFLUA_CMD_"):], m


def by_time(c):
    """A change that nobody confirms is taken back, whoever made it is there or not."""
    c.create("s", OLD)
    before = c.get("s").get("DIGEST")
    w = watch(c)
    udp = Udp(PORT)
    with Rule(RULE):
        equal("the old script lets packets pass", udp.through(2), 2)
        other = type(c)()
        replace(other, NEW, confirm(3000 * SLOW))
        other.close()
        begun = time.time()
        name, m = event(w)
        equal("the event of the change has the time that is left",
              (name, 0 < m.number("CONFIRM_MS") <= 3000 * SLOW), ("STATE_REPLACE_NTF", True))
        equal("the new script drops them", udp.through(2), 0)
        m = c.get("s")
        ok(0 < m.number("CONFIRM_MS") < 3000 * SLOW and m.number("KEPTALLOC") > 1000,
           "the state has the time that is left, and the memory of what is aside", m.attrs)
        name, m = event(w)
        took = time.time() - begun
        equal("the change is taken back by itself", (name, m.number("REASON"), m.get("DIGEST")),
              ("STATE_ROLLBACK_NTF", N["NFLUA_REASON_TIME"], before))
        ok(2.5 * SLOW < took < 6 * SLOW, "after the time that was given", took)
        equal("and packets pass again", udp.through(2), 2)
    udp.close()
    m = c.get("s")
    equal("nothing is aside then", (m.number("CONFIRM_MS"), m.number("KEPTALLOC")), (None, None))
    refused("and nothing can be confirmed", ENODATA, "no change", c.request, "STATE_CONFIRM",
            attr("NAME", "s"))
    refused("or taken back", ENODATA, "nothing", c.request, "STATE_ROLLBACK", attr("NAME", "s"))


def confirmed(c):
    """A change that is confirmed stays."""
    c.create("s", OLD)
    w = watch(c)
    replace(c, NEW, confirm(60000))
    event(w)
    for what, f, args in (
            ("a load", c.exec, ("s", "x = 1")),
            ("a replace", replace, (c, "x = 1")),
            ("a destroy", c.destroy, ("s",))):
        refused("%s is refused while a change waits" % what, EBUSY,
                "a change waits for its confirmation", f, *args)
    equal("an eval is not", c.eval("s", "kind"), ["new"])
    c.exec("s", "x = 1", N["NFLUA_EXEC_CHECK"])
    c.request("STATE_SET", attr("NAME", "s"), attr("ON_ERROR", u32(1)))
    event(w)
    c.request("STATE_CONFIRM", attr("NAME", "s"))
    name, m = event(w)
    equal("a confirmation is an event", (name, m.get("CONFIRM_MS")), ("STATE_CONFIRM_NTF", None))
    equal("and the change stays", (kind(c), c.get("s").number("KEPTALLOC")), ("new", None))
    refused("a change is confirmed once", ENODATA, "no change", c.request, "STATE_CONFIRM",
            attr("NAME", "s"))
    refused("and not taken back later", ENODATA, "nothing", c.request, "STATE_ROLLBACK",
            attr("NAME", "s"))
    c.exec("s", "x = 1")
    replace(c, OLD, confirm(60000))
    c.request("STATE_ROLLBACK", attr("NAME", "s"))
    equal("a change that waits can be taken back at once", c.eval("s", "return kind, x"), ["new", 1])
    equal("with what was changed meanwhile", c.get("s").number("ON_ERROR"), 1)
    for cmd in ("STATE_CONFIRM", "STATE_ROLLBACK"):
        refused("%s needs a state" % cmd, ENOENT, "no state", c.request, cmd, attr("NAME", "no"))
    refused("a load is not taken back", EINVAL, "only a replace", c.request, "EXEC",
            attr("NAME", "s"), confirm(1000), *chunk("x = 1"))
    refused("a limit of errors needs a time", EINVAL, "needs a time", replace, c, OLD,
            attr("MAX_ERRORS", u32(1)))
    refused("the time is not 0", ERANGE, None, replace, c, OLD, confirm(0))
    refused("and at most a day", ERANGE, None, replace, c, OLD, confirm(86400001))
    replace(c, OLD, confirm(60000))
    c.destroy("s", force=True)
    refused("a state that is destroyed by force takes both along", ENOENT, None, c.get, "s")


def kept(c):
    """What was kept can be gone back to until the next replace."""
    c.create("s", OLD)
    c.exec("s", "count = 5")
    replace(c, NEW, attr("KEEP"))
    m = c.get("s")
    ok(m.number("KEPTALLOC") > 1000 and m.get("CONFIRM_MS") is None,
       "a replace can keep what was there, without waiting", m.attrs)
    c.exec("s", "x = 1")
    c.request("STATE_ROLLBACK", attr("NAME", "s"))
    equal("a rollback goes back to it, with its data", c.eval("s", "return kind, count"), ["old", 5])
    replace(c, NEW, attr("KEEP"), confirm(60000))
    c.request("STATE_CONFIRM", attr("NAME", "s"))
    ok(c.get("s").number("KEPTALLOC") > 1000, "what is to be kept is kept after the confirmation")
    replace(c, "kind = 'third'")
    refused("until the next replace", ENODATA, "nothing", c.request, "STATE_ROLLBACK",
            attr("NAME", "s"))
    replace(c, "function g() end", attr("KEEP"))
    with Rule("-m lua --state s --function g -j DROP"):
        refused("a rollback that leaves a rule without its function is refused", ENXIO,
                "not there before", c.request, "STATE_ROLLBACK", attr("NAME", "s"))
        c.request("STATE_ROLLBACK", attr("NAME", "s"), attr("FORCE"))
    replace(c, "keep = ('x'):rep(1 << 20)")
    replace(c, "x = 1", attr("KEEP"))
    refused("a limit that what is kept exceeds is refused", ENOSPC, "more memory", c.request,
            "STATE_SET", attr("NAME", "s"), attr("MAXALLOC", struct.pack("Q", 1 << 20)))
    replace(c, "x = 1")
    c.eval("s", "nf.set_match_bit(5, false)")
    replace(c, "nf.set_match_bit(5, true) nf.set_match_bit(6, true)", confirm(60000))
    both = c.eval("s", "nf.get_match_mask()")[0] & 0x60
    c.request("STATE_ROLLBACK", attr("NAME", "s"))
    equal("the bits of the match mask that the new script had set go back",
          (both, c.eval("s", "nf.get_match_mask()")[0] & 0x60), (0x60, 0))


def timers(c):
    """Timers of what is aside stand still, and go on."""
    c.create("s", OLD + "\n" + "timer.every(50, function() count = count + 1 end)"
             "timer.create(%d, function() late = true end)" % (1500 * SLOW))
    wait_for(lambda: c.eval("s", "count")[0] > 2, 10)
    replace(c, "runs = 0 timer.every(50, function() runs = runs + 1 end)", confirm(60000))
    wait_for(lambda: c.eval("s", "runs")[0] > 2, 10)
    time.sleep(2 * SLOW)
    before = time.time()
    c.request("STATE_ROLLBACK", attr("NAME", "s"))
    n, late = c.eval("s", "return count, late or false")
    equal("a timer that was not due when the clock stood still has not fired", late, False)
    ok(wait_for(lambda: c.eval("s", "count")[0] > n, 10), "timers go on after a rollback")
    ok(wait_for(lambda: c.eval("s", "late")[0], 10), "and those that wait fire later")
    took = time.time() - before
    ok(took > 0.3, "by the time that was left", took)


def by_errors(_):
    """Too many errors in a second take a change back at once."""
    c = hooked()
    c.create("s", OLD, on_error=u32(1))
    w = watch(c)
    c.attach("f", INPUT, family=INET, state="s", protocol=b"\x11", priority=-10)
    udp = Udp(PORT)
    event(w)
    replace(c, "function f() error('x') end", confirm(60000 * SLOW), attr("MAX_ERRORS", u32(5)))
    event(w)
    udp.through(5)
    equal("as many errors as allowed change nothing", c.get("s").get("CONFIRM_MS") is not None, True)
    udp.through(1)
    ok(wait_for(lambda: c.get("s").get("CONFIRM_MS") is None, 10),
       "one more takes the change back")
    equal("to what worked", (kind(c), udp.through(2)), ("old", 2))
    found = [m for name, m in (event(w) for _ in range(7)) if name == "STATE_ROLLBACK_NTF"]
    equal("and the event says why", [m.number("REASON") for m in found], [N["NFLUA_REASON_ERRORS"]])
    replace(c, "function f() error('x') end", confirm(60000 * SLOW), attr("MAX_ERRORS", u32(5)))
    for _ in range(4):
        udp.through(4)
        time.sleep(1.2)
    equal("errors of different seconds do not add up", c.get("s").get("CONFIRM_MS") is not None, True)
    udp.close()
    c.request("STATE_ROLLBACK", attr("NAME", "s"))
    c.detach_all()


def ends(c):
    """Namespaces and states end while changes wait, and when they are just taken back."""
    for i in range(5):
        sh("ip netns add gone")
        sh("nfluactl -n gone create s -")
        sh("nfluactl -n gone load -r -C 1 s -e 'x = 1'")
        time.sleep(0.5 + i / 8)
        sh("ip netns del gone")
    for i in range(5):
        c.create("s", OLD)
        replace(c, NEW, confirm(300))
        time.sleep(0.27 + i / 100)
        c.destroy("s", force=True)
    ok(True, "states and namespaces can end then")


def tool(_):
    """The commands of nfluactl."""
    sh("nfluactl create s -", stdin=OLD)
    sh("nfluactl load --replace --confirm 60 s -", stdin=NEW)
    out = sh("nfluactl list s")
    ok("its last change is taken back in " in out, "list shows that a change waits", out)
    state = json.loads(sh("nfluactl -j list s"))[0]
    ok(50000 < state["confirm_ms"] <= 60000 and state["keptalloc"] > 1000,
       "and so does list -j", state)
    out = sh("nfluactl load s -e 'x = 1' 2>&1", check=False)
    ok("a change waits for its confirmation" in out, "load is refused then", out)
    sh("nfluactl confirm s")
    out = sh("nfluactl rollback s 2>&1; echo $?")
    ok("nothing that the state could go back to" in out and out.endswith("1"),
       "what is confirmed stays", out)
    sh("nfluactl load --replace --keep s -", stdin=OLD)
    out = sh("nfluactl list s")
    ok("its last change can be taken back" in out, "list shows what is kept", out)
    equal("rollback -j names the state", json.loads(sh("nfluactl -j rollback s")), ["s"])
    equal("and goes back", sh("nfluactl eval s kind"), "new")
    for args, want in (("-C 5 s -e x", "need --replace"), ("-r -E 5 s -e x", "--max-errors needs --confirm"),
                       ("-r -C 0 s -e x", "not a number of seconds"), ("-r -C 5 -E 0 s -e x", "number of errors")):
        out = sh("nfluactl load %s 2>&1; echo $?" % args)
        ok(want in out and out.endswith("2"), "load %s is wrong usage" % args, out)


main(*map(alone, (by_time, confirmed, kept, timers, by_errors, ends, tool)))
