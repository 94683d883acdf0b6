# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests the netlink family NFLUA with a client that knows nothing but the UAPI header."""
import struct
import subprocess
import sys
import time
from errno import (E2BIG, EAGAIN, EBUSY, ECANCELED, EEXIST, EINTR, EINVAL, ENOENT,
                   ENOEXEC, ENOMEM, EOPNOTSUPP, EPERM, ERANGE)

from nflua_nl import (N, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, Client, attr,
                      chunk, u32, u64)
from tap import Refused, equal, main, ok, refused, sh, wait_for

EVAL, CHECK, REPLACE = (N["NFLUA_EXEC_" + f] for f in ("EVAL", "CHECK", "REPLACE"))


def family(c):
    equal("the family's version is 2", c.version, 2)
    equal("the family has 33 multicast groups", len(c.groups), 1 + N["NFLUA_DATA_GROUPS"])
    ok({"events", "data0", "data31"} <= set(c.groups),
       "the family's groups include events, data0 and data31", c.groups)


def create(c):
    m = c.create("fw", "print('hello') x = 1")[0]
    equal("STATE_NEW returns what the first script printed", m.get("OUTPUT"), b"hello\n")
    equal("the answer to STATE_NEW names the state", m.text("NAME"), "fw")
    equal("STATE_NEW runs the first script in the new state", c.eval("fw", "x"), [1])
    refused("creating a second state with the same name is refused", EEXIST, "exists already",
            c.create, "fw")
    equal("STATE_NEW without a script returns only an acknowledgement", c.create("bare"), [])
    e = refused("STATE_NEW with a script that fails is refused", ECANCELED, "first:1: boom",
                c.request, "STATE_NEW", attr("NAME", "bad"), attr("CHUNK_NAME", "=first"),
                *chunk("print('so far') error('boom')"))
    m = e.replies[0]
    equal("STATE_NEW returns what a first script printed before it failed", m.get("OUTPUT"),
          b"so far\n")
    equal("the error of a first script has the kind RUNTIME", m.number("ERROR_KIND"),
          N["NFLUA_ERROR_RUNTIME"])
    equal("the error of a first script has its text", m.text("ERROR_TEXT"), "first:1: boom")
    ok("stack traceback:" in m.text("TRACEBACK"), "the error of a first script has a traceback",
       m.text("TRACEBACK"))
    refused("a first script that fails leaves no state", ENOENT, "no state", c.get, "bad")
    refused("STATE_NEW with a script that does not compile is refused", ENOEXEC, "=", c.create,
            "bad", "x = = 1")
    refused("a first script that does not compile leaves no state", ENOENT, "no state", c.get,
            "bad")
    c.destroy("fw")
    c.destroy("bare")


def names(c):
    for name in ("a", "A.b_c-d:e@f+9", "x" * 63):
        c.create(name)
        equal("a state can be named %s" % name, c.get(name).text("NAME"), name)
        c.destroy(name)
    for name in ("", "-a", "a b", "a/b", "ä", "a\nb", "a\x7fb", "%s", '"'):
        refused("the state name %r is refused" % name, EINVAL, "a state's name", c.create, name)
    refused("a state name of 64 bytes is refused", EINVAL, None, c.create, "x" * 64)
    refused("a state name without a NUL at its end is refused", EINVAL, None, c.request,
            "STATE_NEW", attr("NAME", b"abc"))
    refused("STATE_NEW without a name is refused", EINVAL, "lacks the name", c.request,
            "STATE_NEW")


def limits(c):
    c.create("l", maxalloc=u64(1 << 20), budget=u32(5000))
    m = c.get("l")
    equal("a state reports the memory limit that it was created with", m.number("MAXALLOC"),
          1 << 20)
    equal("a state reports its budget in whole ticks", m.number("BUDGET"), 8000)
    equal("a state has no flags by default", m.number("FLAGS"), 0)
    e = refused("a script that needs more than the memory limit is stopped", ENOMEM,
                "not enough memory", c.exec, "l",
                "local t = {} for i = 1, 1 << 40 do t[i] = {} end")
    equal("an error at the memory limit has the kind MEMORY", e.replies[0].number("ERROR_KIND"),
          N["NFLUA_ERROR_MEMORY"])
    ok(c.get("l").number("PEAKALLOC") <= 1 << 20, "a state's peak of memory is within its limit")
    equal("a state still runs code after an error at the memory limit", c.eval("l", "1"), [1])
    c.destroy("l")
    for low, high, name, pack, step in (
            (N["NFLUA_MAXALLOC_MIN"], N["NFLUA_MAXALLOC_MAX"], "maxalloc", u64, 1),
            (N["NFLUA_BUDGET_MIN"], N["NFLUA_BUDGET_MAX"], "budget", u32, 4000)):
        for value in (low, high):
            c.create("l", **{name: pack(value)})
            equal("a %s of %d is accepted" % (name, value), c.get("l").number(name.upper()),
                  -(-value // step) * step)
            c.destroy("l")
        for value in (0, low - 1, high + 1):
            refused("a %s of %d is refused" % (name, value), ERANGE, None, c.create, "l",
                    **{name: pack(value)})
    refused("creating a per-CPU state is refused", EOPNOTSUPP, "per-CPU", c.create, "l",
            flags=u32(1))
    refused("creating a state with an unknown flag is refused", EINVAL, None, c.create, "l",
            flags=u32(2))


def malformed(c):
    c.create("m")
    name = attr("NAME", "m")
    cases = [
        ("STATE_GET with two names", EINVAL, "only once", "STATE_GET", [name, name]),
        ("EXEC with two sets of flags", EINVAL, "only once", "EXEC",
         [name, attr("EXEC_FLAGS", u32(0)), attr("EXEC_FLAGS", u32(0))]),
        ("STATE_GET with an attribute of another command", EINVAL, None, "STATE_GET",
         [name, attr("MAXALLOC", u64(1 << 20))]),
        ("STATE_GET with an unknown attribute", EINVAL, None, "STATE_GET",
         [name, attr(99, u32(1))]),
        ("STATE_GET with an attribute of type 0", EINVAL, None, "STATE_GET",
         [name, attr(0, u32(1))]),
        ("STATE_NEW with a memory limit of 32 bits", EINVAL, None, "STATE_NEW",
         [attr("NAME", "n"), attr("MAXALLOC", u32(1 << 20))]),
        ("STATE_NEW with a budget of 64 bits", EINVAL, None, "STATE_NEW",
         [attr("NAME", "n"), attr("BUDGET", u64(1000))]),
        ("STATE_DEL with a value in FORCE", ERANGE, None, "STATE_DEL",
         [name, attr("FORCE", u32(1))]),
        ("EXEC with an unknown flag", EINVAL, None, "EXEC",
         [name, attr("EXEC_FLAGS", u32(16))] + chunk("x")),
        ("EXEC without a script", EINVAL, "lacks a script", "EXEC", [name]),
        ("EXEC with both CHECK and EVAL", EINVAL, "other flags", "EXEC",
         [name, attr("EXEC_FLAGS", u32(CHECK | EVAL))] + chunk("x")),
        ("STATE_NEW with a script name but no script", EINVAL, "script name without a script",
         "STATE_NEW", [attr("NAME", "n"), attr("CHUNK_NAME", "=x")]),
        ("EXEC with a script name of 256 bytes", EINVAL, None, "EXEC",
         [name, attr("CHUNK_NAME", "=" + "x" * 255)] + chunk("x")),
        ("STATE_GET with bytes after its attributes", EINVAL, None, "STATE_GET",
         [name, b"\1\2\3\4"]),
        ("STATE_GET with an attribute that ends beyond the message", EINVAL, None, "STATE_GET",
         [name, struct.pack("HH", 100, N["NFLUA_A_FORCE"])]),
        ("a dump with a state's name", EINVAL, "a dump lists all", "STATE_GET", [name],
         NLM_F_DUMP),
        ("a version 1 request without a message", EINVAL, "lacks the message", "MSG", []),
        ("INTERRUPT when no request runs", ENOENT, "no request is running", "INTERRUPT", []),
        ("INTERRUPT with an attribute", EINVAL, None, "INTERRUPT", [name]),
        ("STATE_DEL of a state that does not exist", ENOENT, "no state", "STATE_DEL",
         [attr("NAME", "none")]),
        ("EXEC in a state that does not exist", ENOENT, "no state", "EXEC",
         [attr("NAME", "none")] + chunk("x=1")),
        ("STATE_GET of a state that does not exist", ENOENT, "no state", "STATE_GET",
         [attr("NAME", "none")]),
    ]
    for case in cases:
        label, code, text, cmd, parts = case[:5]
        flags = case[5] if len(case) > 5 else NLM_F_ACK
        e = refused("%s is refused" % label, code, text, c.request, cmd, *parts, flags=flags)
        if e and text is None:
            ok(e.text, "%s is refused with a text" % label)
    try:
        c.finish(c.send(c.family, 200))
        ok(False, "an unknown command is refused")
    except Refused as e:
        equal("an unknown command is refused", e.code, EOPNOTSUPP)
    equal("the state still runs code after malformed requests", c.eval("m", "1"), [1])
    c.destroy("m")


def evaluate(c):
    c.create("e", maxalloc=u64(4 << 20))
    values = c.eval("e", "nil, true, false, -5, math.maxinteger, 'a\\0b', {}, print")
    equal("EVAL returns nil, booleans, integers and strings with their types", values[:6],
          [None, True, False, -5, 2**63 - 1, "a\0b"])
    ok(values[6].startswith("table: ") and values[7].startswith("builtin: ")
       or values[7].startswith("function: "), "EVAL returns tables and functions as text",
       values[6:])
    equal("EVAL of x = 1 returns no values", c.eval("e", "x = 1"), [])
    equal("EVAL of a script returns what its return statement gives",
          c.eval("e", "local a = 2 return a, a * 2"), [2, 4])
    equal("EVAL of y = 5 returns no values", c.eval("e", "y = 5"), [])
    equal("EVAL of y = 5 sets y", c.eval("e", "y"), [5])
    equal("an exec without EVAL returns no values", c.exec("e", "return 1").values(), [])
    m = c.exec("e", "print(1, nil, 'x') print(true)", EVAL)
    equal("an exec returns what print wrote", m.get("OUTPUT"), b"1\tnil\tx\ntrue\n")
    for code, kind, err in (
            ("x = = 1", "SYNTAX", ENOEXEC), ("for i = 1, 2 do", "INCOMPLETE", ENOEXEC),
            ("x = ", "INCOMPLETE", ENOEXEC), ("x = [[abc", "INCOMPLETE", ENOEXEC),
            ("x = " + "(" * 1000, "SYNTAX", ENOEXEC),
            ("error('e')", "RUNTIME", ECANCELED), ("error({})", "RUNTIME", ECANCELED),
            ("return (nil)()", "RUNTIME", ECANCELED),
            ("local t = {} for i = 1, 1 << 40 do t[i] = ('x'):rep(100) .. i end",
             "MEMORY", ENOMEM)):
        e = refused("an exec of %.60s is refused" % code, err, None, c.exec, "e", code, EVAL)
        equal("the error of %.60s has the kind %s" % (code, kind),
              e.replies[0].number("ERROR_KIND"), N["NFLUA_ERROR_" + kind])
    e = refused("an error is preceded by the script's name and the line", ECANCELED,
                "dir/file.lua:2: here", c.exec, "e", "\nerror('here')", 0, "@dir/file.lua")
    refused("an error whose __tostring fails is reported without its text", ECANCELED,
            "without a text", c.exec, "e",
            "error(setmetatable({}, {__tostring = function() error('x') end}))")
    refused("an exec is refused when the __tostring of its value fails", ECANCELED, "in tostring",
            c.exec, "e",
            "return setmetatable({}, {__tostring = function() error('in tostring') end})",
            EVAL)
    m = c.exec("e", "print(('x'):rep(100000))", EVAL)
    equal("output is cut at the greatest length", len(m.get("OUTPUT")), N["NFLUA_OUTPUT_MAX"])
    equal("output that is cut is flagged", m.number("TRUNCATED"), N["NFLUA_TRUNCATED_OUTPUT"])
    m = c.exec("e", "return ('x'):rep(100000), 1", EVAL)
    equal("values that are cut are flagged", m.number("TRUNCATED"), N["NFLUA_TRUNCATED_VALUES"])
    ok(len(m.values()[0]) >= 65000, "a value of 100000 bytes keeps at least 65000 of them")
    e = refused("an error text of 10000 bytes is reported", ECANCELED, None, c.exec, "e",
                "error(('x'):rep(10000))")
    m = e.replies[0]
    equal("an error text is cut at the greatest length", len(m.text("ERROR_TEXT")),
          N["NFLUA_ERROR_MAX"])
    equal("an error text that is cut is flagged", m.number("TRUNCATED"),
          N["NFLUA_TRUNCATED_ERROR"])
    m = c.exec("e", "return table.unpack({}, 1, 50000)", EVAL)
    ok(len(m.values()) > 5000, "an exec returns more than 5000 values", len(m.values()))
    c.destroy("e")


def check_and_replace(c):
    c.create("r", "old = 1 function f() return 1 end")
    c.exec("r", "old = 2", CHECK)
    equal("CHECK does not run the script", c.eval("r", "old"), [1])
    refused("CHECK refuses a script that does not compile", ENOEXEC, "c:1:", c.exec, "r",
            "x = = 1", CHECK, "=c")
    c.exec("r", "new = 1", REPLACE)
    equal("REPLACE discards the old globals", c.eval("r", "old, new"), [None, 1])
    for code in ("x = = 1", "new = 2 error('no')", "new = 3 local t = {} "
                 "for i = 1, 1 << 40 do t[i] = {} end"):
        try:
            c.exec("r", code, REPLACE)
            ok(False, "REPLACE with %s is refused" % code[:20])
        except Refused:
            equal("a state keeps its globals when REPLACE with %s fails" % code[:20],
                  c.eval("r", "new"), [1])
    equal("REPLACE with EVAL returns values",
          c.exec("r", "return 7", REPLACE | EVAL).values(), [7])
    equal("a state has one runtime after REPLACE", c.get("r").number("RUNTIMES"), 1)
    other = Client()
    seq = other.start("EXEC", attr("NAME", "r"), *chunk(
        "local begun = nf.monotime() first = true while nf.monotime() - begun < 3000 do end"))
    ok(wait_for(lambda: c.eval("r", "first") == [True]), "an exec of three seconds begins")
    c.exec("r", "first = false", REPLACE)
    refused("an exec says that its script was replaced meanwhile", EAGAIN, "was replaced",
            other.finish, seq)
    other.close()
    c.destroy("r")


def refused_masks(c):
    """A script that is refused, or only checked, changes no match mask."""
    def mask():
        return c.eval("m", "nf.get_match_mask()")

    c.create("m", "nf.reset_match_mask() nf.set_match_bit(3, true) seen = nf.get_match_mask()")
    equal("a new state sees the match mask that its script has set", c.eval("m", "seen"), [8])
    equal("a script sets the match mask when it is published", mask(), [8])
    spoil = "nf.reset_match_mask() nf.set_match_bit(1, true) "
    for what, act in (
            ("a new state that fails", lambda: c.create("n", spoil + "error('no')")),
            ("a new state of a name that exists", lambda: c.create("m", spoil)),
            ("a replacing script that fails", lambda: c.exec("m", spoil + "error('no')", REPLACE)),
            ("a replacing script that is checked", lambda: c.exec("m", spoil, CHECK))):
        try:
            act()
        except Refused:
            pass
        equal("%s leaves the match mask as it was" % what, mask(), [8])
    c.exec("m", spoil, REPLACE)
    equal("a replacing script sets the match mask", mask(), [2])
    c.exec("m", "nf.reset_match_mask()")
    equal("a chunk in a live state sets the match mask", mask(), [0])
    c.destroy("m")


def big_scripts(c):
    c.create("big", maxalloc=u64(256 << 20))
    lines = ((8 << 20) - 6) // 96
    script = b"n = 0\n" + (b"n = n + 1 -- " + b"x" * 82 + b"\n") * lines
    script += b" " * ((8 << 20) - len(script))
    equal("the test's script of 8 MiB has the greatest length", len(script),
          N["NFLUA_CHUNK_MAX"])
    c.exec("big", script, REPLACE)
    equal("REPLACE runs all of a script of 8 MiB", c.eval("big", "n"), [lines])
    c.exec("big", "n = nil")
    c.exec("big", script)
    equal("an exec in a live state runs all of a script of 8 MiB", c.eval("big", "n"), [lines])
    refused("a script of 8 MiB and a byte is refused", E2BIG, "longer than 8 MiB", c.exec, "big",
            script + b" ")
    pieces = [attr("CHUNK", p) for p in (b"retu", b"rn 4", b"", b"2")]
    m = c.request("EXEC", attr("NAME", "big"), attr("EXEC_FLAGS", u32(EVAL)), *pieces)[0]
    equal("the pieces of a script are joined", m.values(), [42])
    c.destroy("big")


def dump(c):
    equal("a dump without states is empty", c.dump(), [])
    want = ["s%03d" % i for i in range(300)]
    for name in want:
        c.create(name)
    equal("a dump lists all 300 states in order", [m.text("NAME") for m in c.dump()], want)
    m = c.dump()[0]
    for name in ("MAXALLOC CURRALLOC PEAKALLOC BUDGET FLAGS REFS CALLS MATCHES "
                 "ERRORS TIME_NS AGE_NS RUNTIMES").split():
        ok(m.number(name) is not None, "a state in a dump has the figure %s" % name)
    ok(m.number("CURRALLOC") > 1000 and m.number("AGE_NS") > 0,
       "a state in a dump uses memory and has an age")
    racing = Client()
    seq = c.start("STATE_GET", flags=NLM_F_DUMP)
    first = c.receive()
    racing.create("late")
    racing.destroy("s100")
    flags = 0
    messages = [m for m in first]
    while messages[-1].kind != 3:
        more = c.receive()
        messages += more
    for m in messages:
        flags |= m.flags
    ok(flags & NLM_F_DUMP_INTR, "a dump is flagged when states come and go during it")
    for m in c.dump():
        c.destroy(m.text("NAME"))
    racing.close()


def interrupt(c):
    c.create("i")
    cases = (("EXEC", "EXEC", attr("NAME", "i")),
             ("EXEC with REPLACE", "EXEC", attr("NAME", "i"), attr("EXEC_FLAGS", u32(REPLACE))),
             ("STATE_NEW", "STATE_NEW", attr("NAME", "new")))
    for what, *case in cases:
        seq = c.start(*case, *chunk("print('begun') while true do end"))
        time.sleep(1)
        other = Client()
        ok(other.version == 2, "another socket is served during an endless %s" % what)
        equal("a dump lists the one state during an endless %s" % what, len(other.dump()), 1)
        other.close()
        refused("a second request on the socket of an endless %s is refused" % what, EBUSY,
                "has a request running", c.finish,
                c.start("EXEC", attr("NAME", "i"), *chunk("x = 1")))
        c.start("INTERRUPT", flags=0)
        e = refused("INTERRUPT ends an endless %s" % what, EINTR, "interrupted", c.finish, seq)
        equal("the error of an interrupted %s has the kind INTERRUPTED" % what,
              e.replies[0].number("ERROR_KIND"), N["NFLUA_ERROR_INTERRUPTED"])
        equal("an interrupted %s returns its output" % what, e.replies[0].get("OUTPUT"),
              b"begun\n")
    refused("an interrupted STATE_NEW leaves no state", ENOENT, None, c.get, "new")
    equal("the state still runs code after interrupted requests", c.eval("i", "1"), [1])
    gone = Client()
    gone.start("EXEC", attr("NAME", "i"), *chunk("first = true while true do end"))
    ok(wait_for(lambda: c.eval("i", "first")[0]), "an endless exec begins, whose socket will close")
    refused("destroying a state during an endless exec is refused", EBUSY, "running", c.destroy,
            "i")
    gone.close()
    ok(wait_for(lambda: not is_busy(c, "i")), "closing the socket ends its endless exec")
    c.create("i")
    other = Client()
    seq = other.start("EXEC", attr("NAME", "i"), *chunk("second = true while true do end"))
    ok(wait_for(lambda: c.eval("i", "second")[0]),
       "an endless exec begins, whose state will be destroyed")
    c.destroy("i", force=True)
    refused("forced destruction of the state ends its endless exec", EINTR, "interrupted",
            other.finish, seq)
    other.close()


def turns(c):
    """Begins an exec while another one gives way to it. No memory is left, and the
    garbage to collect is that of both."""
    c.create("t", "t = {} function fill() while true do t = {t} end end",
             maxalloc=u64(256 << 10))
    endless = Client()
    endless.start("EXEC", attr("NAME", "t"),
                  *chunk("pcall(fill) pcall(fill) while true do end"))
    time.sleep(0.5)
    codes = set()
    for _ in range(20):
        try:
            c.exec("t", "x = 1")
        except Refused as e:
            codes.add(e.code)
    ok(codes <= {ENOMEM}, "a second exec in a state that is full runs or fails with ENOMEM",
       codes)
    endless.close()
    c.destroy("t", force=True)


def is_busy(c, name):
    try:
        c.destroy(name)
        return False
    except Refused as e:
        return e.code == EBUSY


def version_1(c):
    m = c.request("MSG", attr("MSG", b"s.lua\0print('v1') v = 1"))[0]
    equal("a version 1 script runs in the state default", (m.text("NAME"), m.get("OUTPUT")),
          ("default", b"v1\n"))
    c.request("MSG", attr("MSG", b"w = 2"))
    equal("a version 1 script without a name runs in the state default",
          c.eval("default", "v, w"), [1, 2])
    refused("a version 1 script that fails is refused with its error", ECANCELED, "s.lua:1: no",
            c.request, "MSG", attr("MSG", b"s.lua\0error('no')"))
    refused("a version 1 script that does not compile is refused with its error", ENOEXEC,
            "s.lua:1:", c.request, "MSG", attr("MSG", b"s.lua\0x = = 1"))
    c.request("MSG", attr("MSG", b"-" * N["NFLUA_MSG_MAX"]))
    c.finish(c.send(c.family, 1, attr(1, b"x = 3"), version=1))
    equal("a request of version 1, with the numbers of that version, is served",
          c.eval("default", "x"), [3])
    c.destroy("default")


def events(c):
    watch = Client(timeout=2)
    watch.join("events")
    c.create("ev")
    c.exec("ev", "x = 1", REPLACE)
    c.destroy("ev")
    got = []
    while len(got) < 3:
        got += watch.receive()
    equal("creating, replacing and destroying a state each send an event", [m.cmd for m in got],
          [N["NFLUA_CMD_STATE_%s_NTF" % n] for n in ("NEW", "REPLACE", "DEL")])
    equal("the events name their state", [m.text("NAME") for m in got], ["ev"] * 3)
    seqs = [m.number("SEQ") for m in got]
    equal("the events are numbered without a gap", seqs, list(range(seqs[0], seqs[0] + 3)))
    watch.close()


def run_as(prefix, code):
    body = "from nflua_nl import *\n%s" % code
    r = subprocess.run(prefix + [sys.executable, "-c", body], text=True,
                       capture_output=True, check=False)
    return (r.stdout + r.stderr).strip()


TRY = """
try:
    c = Client()
    %s
    print("done")
except Refused as e:
    print(e.code, e.text)
except PermissionError as e:
    print("permission", e.errno)
"""


def who_may(c):
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for what in ("c.create('x')", "c.dump()", "c.get('x')", "c.start('INTERRUPT'); "
                 "c.finish(c.seq)"):
        text = run_as(nobody, TRY % what)
        ok(text.startswith("%d CAP_NET_ADMIN in the network namespace is required" % EPERM),
           "%s is refused without CAP_NET_ADMIN" % what, text)
    text = run_as(nobody, TRY % "c.join('events')")
    equal("c.join('events') is refused without CAP_NET_ADMIN", text, "permission 1")
    unshare = ["unshare", "--user", "--map-root-user", "--net"]
    text = run_as(unshare, TRY % "c.create('x')")
    ok(text.startswith("%d not in a user namespace" % EPERM),
       "root of a user namespace may not create a state", text)
    sh("echo 1 > /sys/module/nflua/parameters/unprivileged_userns")
    text = run_as(unshare, TRY % "c.create('x'); print(c.eval('x', '1 + 1'))")
    equal("root of a user namespace may create a state with unprivileged_userns=1", text,
          "[2]\ndone")
    sh("echo 0 > /sys/module/nflua/parameters/unprivileged_userns")


def namespaces(c):
    c.create("ns")
    unshare = ["unshare", "--net"]
    text = run_as(unshare, TRY % "print(len(c.dump())); c.create('ns'); "
                  "c.create('other', 'x = 1')")
    equal("a new network namespace has no states and can reuse names", text, "0\ndone")
    equal("the states of another network namespace are not listed",
          [m.text("NAME") for m in c.dump()], ["ns"])
    c.destroy("ns")


main(family, create, names, limits, malformed, evaluate, check_and_replace, refused_masks,
     big_scripts, dump, interrupt, turns, version_1, events, who_may, namespaces)
