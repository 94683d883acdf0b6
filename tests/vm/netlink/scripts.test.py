# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests with several scripts, what is known of the scripts that ran, states that are
only tried, and states and hooks that are changed."""
import hashlib
import time
from errno import ECANCELED, EEXIST, EINVAL, ENOENT, ENOEXEC, ENOMEM, ENOSPC, ENXIO, ERANGE

from attached import INET, hooked
from nflua_nl import N, attr, chunk, u32, u64
from rules import Rule
from tap import Udp, alone, equal, main, ok, refused

PORT = 5304
INPUT = 1
FLAGS = {n: N["NFLUA_EXEC_" + n] for n in ("EVAL", "CHECK", "REPLACE", "SHOW", "TRY")}


def sha(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()


def digest_of(*scripts):
    """The digest of scripts, as linux/nflua.h describes it."""
    digest = sha(scripts[0])
    for script in scripts[1:]:
        digest = sha(digest + sha(script))
    return digest


def parts(*scripts):
    """Scripts, each a text or (name, text)."""
    out = []
    for i, script in enumerate(scripts):
        name, text = script if isinstance(script, tuple) else ("=%d" % i, script)
        out += [attr("CHUNK_NAME", name)] + chunk(text)
    return out


def flags(*names):
    return attr("EXEC_FLAGS", u32(sum(FLAGS[n] for n in names)))


def create(c, *scripts, state="s", more=()):
    return c.request("STATE_NEW", attr("NAME", state), *more, *parts(*scripts))


def code(c, name="s"):
    m = c.get(name)
    return m.get("DIGEST"), m.text("CHUNK_NAME")


def several(c):
    """Several scripts run in order, each a chunk of its own."""
    create(c, "local x = 1; a = x", "local x = a + 1; b = x", ("@c.lua", "c = b + 1"))
    equal("each script sees what those before it made", c.eval("s", "return a, b, c"), [1, 2, 3])
    equal("a state has the name of the last of its scripts, and the digest of all", code(c),
          (digest_of("local x = 1; a = x", "local x = a + 1; b = x", "c = b + 1"), "@c.lua"))
    e = refused("an error names the script that raised it", ECANCELED, "two:2: oops",
                create, c, ("=one", "x = 1"), ("=two", "\nerror('oops')"), ("=three", "y = 1"),
                state="t")
    ok(e and "two" in e.replies[0].text("TRACEBACK"), "and so does its traceback")
    refused("of scripts of which one fails, no state is made", ENOENT, None, c.get, "t")
    refused("a script that does not compile is named", ENOEXEC, "two:1:", create, c,
            ("=one", "x = 1"), ("=two", "x ="), state="t")
    long = "-- " + "x" * 150000 + "\nd = 4"
    c.request("EXEC", attr("NAME", "s"), flags("REPLACE"), *parts("a = 9", long, "e = d + 1"))
    equal("a replace takes several scripts, of several pieces each",
          c.eval("s", "return a, b, d, e"), [9, None, 4, 5])
    equal("and has the digest of its scripts alone",
          code(c), (digest_of("a = 9", long, "e = d + 1"), "=2"))
    c.request("EXEC", attr("NAME", "s"), *parts("f = e", "g = f"))
    equal("a load takes several scripts", c.eval("s", "return f, g"), [5, 5])
    refused("of scripts that are loaded, those after a failure do not run", ECANCELED, None,
            c.request, "EXEC", attr("NAME", "s"), *parts("h = 1", "error('x')", "i = 1"))
    equal("and those before it have run", c.eval("s", "return h, i"), [1, None])
    refused("an eval takes one script", EINVAL, "of several scripts", c.request, "EXEC",
            attr("NAME", "s"), flags("EVAL"), *parts("1", "2"))
    refused("of several scripts, none comes before its name", EINVAL, "before it", c.request,
            "EXEC", attr("NAME", "s"), *chunk("x = 1"), *parts("y = 1", "z = 1"))
    c.request("EXEC", attr("NAME", "s"), *chunk("last = 1"), attr("CHUNK_NAME", "=late"))
    equal("one script may have its name after it", c.get("s").text("CHUNK_NAME"), "=late")
    c.request("EXEC", attr("NAME", "s"), *parts("last = 2"), attr("CHUNK_NAME", "=empty"))
    equal("a script without a piece is empty", code(c)[1], "=empty")


def digests(c):
    """The digest follows what runs in a state, but for what is only looked at."""
    c.create("s")
    equal("a state without a script has no digest", code(c), (None, None))
    c.create("u", "x = 1")
    equal("the digest of one script is its SHA-256", code(c, "u"), (sha("x = 1"), "=chunk"))
    c.eval("u", "x")
    c.exec("u", "x = 5", N["NFLUA_EXEC_EVAL"])
    c.exec("u", "y = 1", N["NFLUA_EXEC_CHECK"])
    equal("it stays when expressions and checks run", code(c, "u")[0], sha("x = 1"))
    refused("a script that does not compile", ENOEXEC, None, c.exec, "u", "x =")
    equal("does not change it", code(c, "u")[0], sha("x = 1"))
    refused("a script that raises an error", ECANCELED, None, c.exec, "u", "x = 2; error('x')")
    equal("changes it, as it may have changed the state", code(c, "u")[0],
          digest_of("x = 1", "x = 2; error('x')"))
    refused("a replace that fails", ECANCELED, None, c.exec, "u", "error('x')",
            N["NFLUA_EXEC_REPLACE"])
    equal("does not change it", code(c, "u")[0], digest_of("x = 1", "x = 2; error('x')"))
    time.sleep(0.1)
    age = c.get("u").number("SCRIPT_AGE_NS")
    ok(1e8 <= age < 1e11, "the age is that of the last script", age)
    c.exec("u", "z = 1", N["NFLUA_EXEC_REPLACE"], "@z.lua")
    equal("a replace begins anew", code(c, "u"), (sha("z = 1"), "@z.lua"))
    ok(c.get("u").number("SCRIPT_AGE_NS") < age, "and its age, too")
    equal("a dump has digests as well",
          {m.text("NAME"): m.get("DIGEST") for m in c.dump()}, {"s": None, "u": sha("z = 1")})
    watch = type(c)()
    watch.join("events")
    c.exec("u", "f = 1", N["NFLUA_EXEC_REPLACE"])
    equal("an event of a replace has the new digest", watch.receive()[0].get("DIGEST"), sha("f = 1"))


def tried(c):
    """A state that is only tried is never there."""
    create(c, "function f() end")
    watch = type(c)()
    watch.join("events")
    before = c.get("s").get("DIGEST")
    m = create(c, "print('here')\nfunction g() end", more=[flags("TRY")])[0]
    equal("a try runs the script, and says what it printed", m.get("OUTPUT"), b"here\n")
    equal("the state of that name stays as it is", c.get("s").get("DIGEST"), before)
    create(c, "print('here')", state="new", more=[flags("TRY")])
    refused("a state that was tried is not there", ENOENT, None, c.get, "new")
    m = create(c, "print('here')", state="new", more=[flags("CHECK")])[0]
    equal("a check does not run the script", m.get("OUTPUT"), None)
    refused("but compiles it", ENOEXEC, None, create, c, "x =", state="new", more=[flags("CHECK")])
    refused("a try fails as a create does", ECANCELED, "oops", create, c, "error('oops', 0)",
            state="new", more=[flags("TRY")])
    refused("a try has the limits that it is given", ENOMEM, None, create, c, "x = ('x'):rep(1 << 20)",
            state="new", more=[flags("TRY"), attr("MAXALLOC", u64(1 << 20))])
    refused("a try can ask for functions", ENXIO, "does not define the function h", create, c,
            "function g() end", state="new",
            more=[flags("TRY"), attr("RULE_FUNCTION", "g"), attr("RULE_FUNCTION", "h")])
    create(c, "function g() end h = g", state="new",
           more=[flags("TRY"), attr("RULE_FUNCTION", "g"), attr("RULE_FUNCTION", "h")])
    refused("other requests cannot", EINVAL, "only for a state that is tried", create, c, "x = 1",
            state="new", more=[attr("RULE_FUNCTION", "g")])
    with Rule("-m lua --state s --function f -j DROP"):
        refused("a try fails if rules would lack a function", ENXIO, "f", create, c,
                "function g() end", more=[flags("TRY")])
        create(c, "function g() end", more=[flags("TRY"), attr("FORCE")])
        create(c, "function g() end", more=[flags("CHECK")])
    h = hooked()
    h.attach("f", INPUT, family=INET, state="s", owner="me")
    refused("a hook counts as a rule does", ENXIO, "f", create, c, "function g() end",
            more=[flags("TRY"), attr("OWNER", "you")])
    create(c, "function g() end", more=[flags("TRY"), attr("OWNER", "me")])
    h.detach_all()
    refused("a new state has no other flags", EINVAL, "only checked", create, c, "x = 1",
            state="new", more=[flags("REPLACE")])
    refused("a live state is not tried", EINVAL, "only a new state", c.request, "EXEC",
            attr("NAME", "s"), flags("TRY"), *parts("x = 1"))
    c.create("last")
    seen = []
    while not seen or seen[-1].text("NAME") != "last":
        seen += watch.receive()
    equal("of what is tried there is no event",
          {m.text("NAME") for m in seen if m.cmd == N["NFLUA_CMD_STATE_NEW_NTF"]}, {"last"})


def figures(c, name="s"):
    m = c.get(name)
    return (m.number("MAXALLOC"), m.number("BUDGET"), m.number("ON_ERROR"), m.text("OWNER"))


def changed(c):
    """The limits of a live state can be changed."""
    create(c, "function f() error('x') end function big() return #('x'):rep(1 << 20) end",
           more=[attr("OWNER", "me"), attr("MAXALLOC", u64(4 << 20))])
    equal("a new state has an owner", figures(c), (4 << 20, 20000, 0, "me"))
    watch = type(c)()
    watch.join("events")
    c.request("STATE_SET", attr("NAME", "s"), attr("BUDGET", u32(5000)))
    equal("a budget can be changed, and is rounded", figures(c), (4 << 20, 8000, 0, "me"))
    m = watch.receive()[0]
    equal("of a change there is an event with the figures",
          (m.cmd, m.number("BUDGET")), (N["NFLUA_CMD_STATE_SET_NTF"], 8000))
    c.request("STATE_SET", attr("NAME", "s"), attr("OWNER", "you"), attr("ON_ERROR", u32(1)))
    equal("so can owner and on-error", figures(c), (4 << 20, 8000, 1, "you"))
    udp = Udp(PORT)
    with Rule("-m lua --state s --function f -j RETURN"):
        equal("a new on-error holds at once", udp.through(2), 0)
    udp.close()
    equal("memory is there up to the limit", c.eval("s", "big()"), [1 << 20])
    c.eval("s", "collectgarbage()")
    c.request("STATE_SET", attr("NAME", "s"), attr("MAXALLOC", u64(1 << 20)))
    refused("and a lower limit holds at once", ENOMEM, None, c.eval, "s", "big()")
    equal("the script goes on as it was", c.eval("s", "type(f)"), ["function"])
    c.request("STATE_SET", attr("NAME", "s"), attr("MAXALLOC", u64(8 << 20)))
    equal("and so does a higher one", c.eval("s", "#('x'):rep(3 << 20)"), [3 << 20])
    c.exec("s", "keep = ('x'):rep(1 << 20)")
    refused("a limit below what is in use is refused", ENOSPC, "uses more", c.request, "STATE_SET",
            attr("NAME", "s"), attr("MAXALLOC", u64(1 << 20)), attr("OWNER", "x"))
    equal("and changes nothing", figures(c), (8 << 20, 8000, 1, "you"))
    c.exec("s", "keep = nil", N["NFLUA_EXEC_REPLACE"])
    equal("a replace keeps what was changed", figures(c), (8 << 20, 8000, 1, "you"))
    equal("its runtime has the limits", c.eval("s", "#('x'):rep(3 << 20)"), [3 << 20])
    c.request("STATE_SET", attr("NAME", "s"), attr("OWNER", ""))
    equal("an empty owner is none", figures(c)[3], None)
    c.request("STATE_SET", attr("NAME", "s"))
    refused("a state that is not there cannot be changed", ENOENT, "no state", c.request,
            "STATE_SET", attr("NAME", "no"))
    refused("nor can one get a budget that is too short", ERANGE, None, c.request, "STATE_SET",
            attr("NAME", "s"), attr("BUDGET", u32(1)))
    refused("an owner has at most 255 bytes", EINVAL, None, c.request, "STATE_SET",
            attr("NAME", "s"), attr("OWNER", "x" * 256))


def hooks(_):
    """What a hook gives on errors, and its owner, can be changed while packets pass."""
    c = hooked()
    c.create("fw", "function f() error('x') end")
    one = c.attach("f", INPUT, family=INET, owner="me", mark=7)
    refused("the owner does not make another hook", EEXIST, None, c.attach, "f", INPUT,
            family=INET, owner="you", mark=7)

    def hook():
        m = [m for m in c.hooks() if m.number("HOOK_ID") == one][0]
        return m.text("OWNER"), m.number("ON_ERROR"), m.number("MARK")

    equal("a hook has an owner", hook(), ("me", None, 7))
    c.request("HOOK_SET", attr("NAME", "fw"), attr("HOOK_ID", u32(one)), attr("ON_ERROR", u32(1)),
              attr("OWNER", "you"))
    equal("on-error and owner of a hook can be changed", hook(), ("you", 1, 7))
    c.request("HOOK_SET", attr("NAME", "fw"), attr("HOOK_ID", u32(one)))
    equal("and taken away", hook(), (None, None, 7))
    refused("a hook of another state cannot", ENOENT, "no such hook", c.request, "HOOK_SET",
            attr("NAME", "s"), attr("HOOK_ID", u32(one)))
    refused("a hook must be named", EINVAL, "number of a hook", c.request, "HOOK_SET",
            attr("NAME", "fw"))
    c.detach_all()
    udp = Udp(PORT)
    two = c.attach("f", INPUT, family=INET, protocol=b"\x11")
    equal("a hook accepts on errors", udp.through(2), 2)
    c.request("HOOK_SET", attr("NAME", "fw"), attr("HOOK_ID", u32(two)), attr("ON_ERROR", u32(1)))
    equal("until it is changed to drop", udp.through(2), 0)
    c.detach_all()


main(*map(alone, (several, digests, tried, changed, hooks)))
