# SPDX-License-Identifier: GPL-2.0-or-later
"""The family NFLUA, by a client that knows nothing but the UAPI header."""
import struct
import subprocess
import sys
import time
from errno import (E2BIG, EBUSY, ECANCELED, EEXIST, EINTR, EINVAL, ENOENT,
                   ENOEXEC, ENOMEM, EOPNOTSUPP, EPERM, ERANGE)

from nflua_nl import (N, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, Client, attr,
                      chunk, u32, u64)
from tap import Refused, equal, main, ok, refused, sh, wait_for

EVAL, CHECK, REPLACE = (N["NFLUA_EXEC_" + f] for f in ("EVAL", "CHECK", "REPLACE"))


def family(c):
    equal("version 2", c.version, 2)
    equal("33 groups", len(c.groups), 1 + N["NFLUA_DATA_GROUPS"])
    ok({"events", "data0", "data31"} <= set(c.groups), "group names", c.groups)


def create(c):
    m = c.create("fw", "print('hello') x = 1")[0]
    equal("output of the first script", m.get("OUTPUT"), b"hello\n")
    equal("the answer has the name", m.text("NAME"), "fw")
    equal("the script ran", c.eval("fw", "x"), [1])
    refused("a second state of the name", EEXIST, "exists already", c.create, "fw")
    equal("without a script there is only an acknowledgement", c.create("bare"), [])
    e = refused("a script that fails", ECANCELED, "first:1: boom", c.request,
                "STATE_NEW", attr("NAME", "bad"), attr("CHUNK_NAME", "=first"),
                *chunk("print('so far') error('boom')"))
    m = e.replies[0]
    equal("what it printed comes all the same", m.get("OUTPUT"), b"so far\n")
    equal("kind", m.number("ERROR_KIND"), N["NFLUA_ERROR_RUNTIME"])
    equal("text", m.text("ERROR_TEXT"), "first:1: boom")
    ok("stack traceback:" in m.text("TRACEBACK"), "traceback", m.text("TRACEBACK"))
    refused("it left no state", ENOENT, "no state", c.get, "bad")
    refused("a script that does not compile", ENOEXEC, "=", c.create, "bad", "x = = 1")
    refused("nor did that", ENOENT, "no state", c.get, "bad")
    c.destroy("fw")
    c.destroy("bare")


def names(c):
    for name in ("a", "A.b_c-d:e@f+9", "x" * 63):
        c.create(name)
        equal("name %s" % name, c.get(name).text("NAME"), name)
        c.destroy(name)
    for name in ("", "-a", "a b", "a/b", "ä", "a\nb", "a\x7fb", "%s", '"'):
        refused("name %r" % name, EINVAL, "a state's name", c.create, name)
    refused("64 bytes", EINVAL, None, c.create, "x" * 64)
    refused("without a NUL", EINVAL, None, c.request, "STATE_NEW",
            attr("NAME", b"abc"))
    refused("no name", EINVAL, "lacks the name", c.request, "STATE_NEW")


def limits(c):
    c.create("l", maxalloc=u64(1 << 20), budget=u32(5000))
    m = c.get("l")
    equal("maxalloc", m.number("MAXALLOC"), 1 << 20)
    equal("budget, in whole ticks", m.number("BUDGET"), 8000)
    equal("flags", m.number("FLAGS"), 0)
    e = refused("the limit holds", ENOMEM, "not enough memory", c.exec, "l",
                "local t = {} for i = 1, 1 << 40 do t[i] = {} end")
    equal("kind", e.replies[0].number("ERROR_KIND"), N["NFLUA_ERROR_MEMORY"])
    ok(c.get("l").number("PEAKALLOC") <= 1 << 20, "peak is below the limit")
    equal("it goes on", c.eval("l", "1"), [1])
    c.destroy("l")
    for low, high, name, pack, step in (
            (N["NFLUA_MAXALLOC_MIN"], N["NFLUA_MAXALLOC_MAX"], "maxalloc", u64, 1),
            (N["NFLUA_BUDGET_MIN"], N["NFLUA_BUDGET_MAX"], "budget", u32, 4000)):
        for value in (low, high):
            c.create("l", **{name: pack(value)})
            equal("%s %d" % (name, value), c.get("l").number(name.upper()),
                  -(-value // step) * step)
            c.destroy("l")
        for value in (0, low - 1, high + 1):
            refused("%s %d" % (name, value), ERANGE, None, c.create, "l",
                    **{name: pack(value)})
    refused("per-CPU states", EOPNOTSUPP, "per-CPU", c.create, "l", flags=u32(1))
    refused("unknown flags", EINVAL, None, c.create, "l", flags=u32(2))


def malformed(c):
    c.create("m")
    name = attr("NAME", "m")
    cases = [
        ("doubled name", EINVAL, "only once", "STATE_GET", [name, name]),
        ("doubled flags", EINVAL, "only once", "EXEC",
         [name, attr("EXEC_FLAGS", u32(0)), attr("EXEC_FLAGS", u32(0))]),
        ("attribute of another command", EINVAL, None, "STATE_GET",
         [name, attr("MAXALLOC", u64(1 << 20))]),
        ("unknown attribute", EINVAL, None, "STATE_GET", [name, attr(99, u32(1))]),
        ("attribute 0", EINVAL, None, "STATE_GET", [name, attr(0, u32(1))]),
        ("short number", EINVAL, None, "STATE_NEW",
         [attr("NAME", "n"), attr("MAXALLOC", u32(1 << 20))]),
        ("long number", EINVAL, None, "STATE_NEW",
         [attr("NAME", "n"), attr("BUDGET", u64(1000))]),
        ("flag with a value", ERANGE, None, "STATE_DEL", [name, attr("FORCE", u32(1))]),
        ("unknown exec flag", EINVAL, None, "EXEC",
         [name, attr("EXEC_FLAGS", u32(16))] + chunk("x")),
        ("no script", EINVAL, "lacks a script", "EXEC", [name]),
        ("check and eval", EINVAL, "other flags", "EXEC",
         [name, attr("EXEC_FLAGS", u32(CHECK | EVAL))] + chunk("x")),
        ("a chunk name without chunk", EINVAL, "script name without a script", "STATE_NEW",
         [attr("NAME", "n"), attr("CHUNK_NAME", "=x")]),
        ("long chunk name", EINVAL, None, "EXEC",
         [name, attr("CHUNK_NAME", "=" + "x" * 255)] + chunk("x")),
        ("trailing bytes", EINVAL, None, "STATE_GET", [name, b"\1\2\3\4"]),
        ("attribute beyond the message", EINVAL, None, "STATE_GET",
         [name, struct.pack("HH", 100, N["NFLUA_A_FORCE"])]),
        ("name in a dump", EINVAL, "a dump lists all", "STATE_GET", [name], NLM_F_DUMP),
        ("version 1 without message", EINVAL, "lacks the message", "MSG", []),
        ("interrupt of nothing", ENOENT, "no request is running", "INTERRUPT", []),
        ("interrupt with attribute", EINVAL, None, "INTERRUPT", [name]),
        ("destroy of none", ENOENT, "no state", "STATE_DEL", [attr("NAME", "none")]),
        ("exec in none", ENOENT, "no state", "EXEC", [attr("NAME", "none")] + chunk("x=1")),
        ("get of none", ENOENT, "no state", "STATE_GET", [attr("NAME", "none")]),
    ]
    for case in cases:
        label, code, text, cmd, parts = case[:5]
        flags = case[5] if len(case) > 5 else NLM_F_ACK
        e = refused(label, code, text, c.request, cmd, *parts, flags=flags)
        if e and text is None:
            ok(e.text, "%s: says why" % label)
    try:
        c.finish(c.send(c.family, 200))
        ok(False, "unknown command")
    except Refused as e:
        equal("unknown command", e.code, EOPNOTSUPP)
    equal("the state is none the worse", c.eval("m", "1"), [1])
    c.destroy("m")


def evaluate(c):
    c.create("e", maxalloc=u64(4 << 20))
    values = c.eval("e", "nil, true, false, -5, math.maxinteger, 'a\\0b', {}, print")
    equal("types", values[:6], [None, True, False, -5, 2**63 - 1, "a\0b"])
    ok(values[6].startswith("table: ") and values[7].startswith("builtin: ")
       or values[7].startswith("function: "), "other types as text", values[6:])
    equal("no values", c.eval("e", "x = 1"), [])
    equal("a chunk that returns", c.eval("e", "local a = 2 return a, a * 2"), [2, 4])
    equal("a statement", c.eval("e", "y = 5"), [])
    equal("what it did", c.eval("e", "y"), [5])
    equal("without eval there are no values",
          c.exec("e", "return 1").values(), [])
    m = c.exec("e", "print(1, nil, 'x') print(true)", EVAL)
    equal("print", m.get("OUTPUT"), b"1\tnil\tx\ntrue\n")
    for code, kind, err in (
            ("x = = 1", "SYNTAX", ENOEXEC), ("for i = 1, 2 do", "INCOMPLETE", ENOEXEC),
            ("x = ", "INCOMPLETE", ENOEXEC), ("x = [[abc", "INCOMPLETE", ENOEXEC),
            ("x = " + "(" * 1000, "SYNTAX", ENOEXEC),
            ("error('e')", "RUNTIME", ECANCELED), ("error({})", "RUNTIME", ECANCELED),
            ("return (nil)()", "RUNTIME", ECANCELED),
            ("local t = {} for i = 1, 1 << 40 do t[i] = ('x'):rep(100) .. i end",
             "MEMORY", ENOMEM)):
        e = refused("kind of %s" % code, err, None, c.exec, "e", code, EVAL)
        equal("%s is %s" % (code, kind), e.replies[0].number("ERROR_KIND"),
              N["NFLUA_ERROR_" + kind])
    e = refused("chunk name", ECANCELED, "dir/file.lua:2: here", c.exec, "e",
                "\nerror('here')", 0, "@dir/file.lua")
    refused("an error in __tostring of an error", ECANCELED, "without a text", c.exec,
            "e", "error(setmetatable({}, {__tostring = function() error('x') end}))")
    refused("__tostring of a value fails", ECANCELED, "in tostring", c.exec, "e",
            "return setmetatable({}, {__tostring = function() error('in tostring') end})",
            EVAL)
    m = c.exec("e", "print(('x'):rep(100000))", EVAL)
    equal("much output is cut", len(m.get("OUTPUT")), N["NFLUA_OUTPUT_MAX"])
    equal("and flagged", m.number("TRUNCATED"), N["NFLUA_TRUNCATED_OUTPUT"])
    m = c.exec("e", "return ('x'):rep(100000), 1", EVAL)
    equal("long values are cut", m.number("TRUNCATED"), N["NFLUA_TRUNCATED_VALUES"])
    ok(len(m.values()[0]) >= 65000, "to what fits")
    e = refused("a long error", ECANCELED, None, c.exec, "e", "error(('x'):rep(10000))")
    m = e.replies[0]
    equal("is cut", len(m.text("ERROR_TEXT")), N["NFLUA_ERROR_MAX"])
    equal("and flagged too", m.number("TRUNCATED"), N["NFLUA_TRUNCATED_ERROR"])
    m = c.exec("e", "return table.unpack({}, 1, 50000)", EVAL)
    ok(len(m.values()) > 5000, "many values", len(m.values()))
    c.destroy("e")


def check_and_replace(c):
    c.create("r", "old = 1 function f() return 1 end")
    c.exec("r", "old = 2", CHECK)
    equal("check runs nothing", c.eval("r", "old"), [1])
    refused("check finds errors", ENOEXEC, "c:1:", c.exec, "r", "x = = 1", CHECK, "=c")
    c.exec("r", "new = 1", REPLACE)
    equal("replace starts afresh", c.eval("r", "old, new"), [None, 1])
    for code in ("x = = 1", "new = 2 error('no')", "new = 3 local t = {} "
                 "for i = 1, 1 << 40 do t[i] = {} end"):
        try:
            c.exec("r", code, REPLACE)
            ok(False, "a replacement that fails")
        except Refused:
            equal("nothing is lost by %s" % code[:20], c.eval("r", "new"), [1])
    equal("replace with eval", c.exec("r", "return 7", REPLACE | EVAL).values(), [7])
    equal("one runtime", c.get("r").number("RUNTIMES"), 1)
    c.destroy("r")


def big_scripts(c):
    c.create("big", maxalloc=u64(256 << 20))
    lines = ((8 << 20) - 6) // 96
    script = b"n = 0\n" + (b"n = n + 1 -- " + b"x" * 82 + b"\n") * lines
    script += b" " * ((8 << 20) - len(script))
    equal("the script has 8 MiB", len(script), N["NFLUA_CHUNK_MAX"])
    c.exec("big", script, REPLACE)
    equal("all of it ran", c.eval("big", "n"), [lines])
    c.exec("big", script)
    equal("in the live state too", c.eval("big", "n"), [lines])
    refused("a byte more", E2BIG, "longer than 8 MiB", c.exec, "big", script + b" ")
    pieces = [attr("CHUNK", p) for p in (b"retu", b"rn 4", b"", b"2")]
    m = c.request("EXEC", attr("NAME", "big"), attr("EXEC_FLAGS", u32(EVAL)), *pieces)[0]
    equal("pieces are joined", m.values(), [42])
    c.destroy("big")


def dump(c):
    equal("empty", c.dump(), [])
    want = ["s%03d" % i for i in range(300)]
    for name in want:
        c.create(name)
    equal("all, in order", [m.text("NAME") for m in c.dump()], want)
    m = c.dump()[0]
    for name in ("MAXALLOC CURRALLOC PEAKALLOC BUDGET FLAGS REFS CALLS MATCHES "
                 "ERRORS TIME_NS AGE_NS RUNTIMES").split():
        ok(m.number(name) is not None, "figure %s" % name)
    ok(m.number("CURRALLOC") > 1000 and m.number("AGE_NS") > 0, "with values")
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
    ok(flags & NLM_F_DUMP_INTR, "a dump that raced says so")
    for m in c.dump():
        c.destroy(m.text("NAME"))
    racing.close()


def interrupt(c):
    c.create("i")
    cases = (("EXEC", attr("NAME", "i")), ("EXEC", attr("NAME", "i"),
             attr("EXEC_FLAGS", u32(REPLACE))), ("STATE_NEW", attr("NAME", "new")))
    for case in cases:
        seq = c.start(*case, *chunk("print('begun') while true do end"))
        time.sleep(1)
        other = Client()
        ok(other.version == 2, "others are served while it runs")
        equal("dumps too", len(other.dump()), 1)
        other.close()
        refused("one at a time", EBUSY, "has a request running", c.finish,
                c.start("EXEC", attr("NAME", "i"), *chunk("x = 1")))
        c.start("INTERRUPT", flags=0)
        e = refused("%s is broken off" % case[0], EINTR, "interrupted", c.finish, seq)
        equal("kind", e.replies[0].number("ERROR_KIND"), N["NFLUA_ERROR_INTERRUPTED"])
        equal("its output", e.replies[0].get("OUTPUT"), b"begun\n")
    refused("a creation broken off leaves no state", ENOENT, None, c.get, "new")
    equal("the state lives on", c.eval("i", "1"), [1])
    gone = Client()
    gone.start("EXEC", attr("NAME", "i"), *chunk("first = true while true do end"))
    ok(wait_for(lambda: c.eval("i", "first")[0]), "an endless one")
    refused("destroy while it runs", EBUSY, "running", c.destroy, "i")
    gone.close()
    ok(wait_for(lambda: not is_busy(c, "i")), "closing the socket ends it")
    c.create("i")
    other = Client()
    seq = other.start("EXEC", attr("NAME", "i"), *chunk("second = true while true do end"))
    ok(wait_for(lambda: c.eval("i", "second")[0]), "another")
    c.destroy("i", force=True)
    refused("forced destruction ends it", EINTR, "interrupted", other.finish, seq)
    other.close()


def turns(c):
    """An exec that begins while another one stands back: no memory is left, and
    what there is to collect is the garbage of both."""
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
    ok(codes <= {ENOMEM}, "another exec in a state that is full", codes)
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
    equal("it runs in default", (m.text("NAME"), m.get("OUTPUT")), ("default", b"v1\n"))
    c.request("MSG", attr("MSG", b"w = 2"))
    equal("a bare script too", c.eval("default", "v, w"), [1, 2])
    refused("errors are told", ECANCELED, "s.lua:1: no", c.request, "MSG",
            attr("MSG", b"s.lua\0error('no')"))
    refused("of syntax too", ENOEXEC, "s.lua:1:", c.request, "MSG",
            attr("MSG", b"s.lua\0x = = 1"))
    c.request("MSG", attr("MSG", b"-" * N["NFLUA_MSG_MAX"]))
    equal("number of the command", (N["NFLUA_CMD_MSG"], N["NFLUA_A_MSG"]), (1, 1))
    c.finish(c.send(c.family, 1, attr("MSG", b"x = 3"), version=1))
    equal("a header of version 1", c.eval("default", "x"), [3])
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
    equal("created, replaced, destroyed", [m.cmd for m in got],
          [N["NFLUA_CMD_STATE_%s_NTF" % n] for n in ("NEW", "REPLACE", "DEL")])
    equal("names", [m.text("NAME") for m in got], ["ev"] * 3)
    seqs = [m.number("SEQ") for m in got]
    equal("numbered", seqs, list(range(seqs[0], seqs[0] + 3)))
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
           "nobody may not %s" % what, text)
    text = run_as(nobody, TRY % "c.join('events')")
    equal("nor join", text, "permission 1")
    unshare = ["unshare", "--user", "--map-root-user", "--net"]
    text = run_as(unshare, TRY % "c.create('x')")
    ok(text.startswith("%d not in a user namespace" % EPERM), "user namespaces", text)
    sh("echo 1 > /sys/module/nflua/parameters/unprivileged_userns")
    text = run_as(unshare, TRY % "c.create('x'); print(c.eval('x', '1 + 1'))")
    equal("with the parameter they may", text, "[2]\ndone")
    sh("echo 0 > /sys/module/nflua/parameters/unprivileged_userns")


def namespaces(c):
    c.create("ns")
    unshare = ["unshare", "--net"]
    text = run_as(unshare, TRY % "print(len(c.dump())); c.create('ns'); "
                  "c.create('other', 'x = 1')")
    equal("a namespace has its own", text, "0\ndone")
    equal("which go with it", [m.text("NAME") for m in c.dump()], ["ns"])
    c.destroy("ns")


main(family, create, names, limits, malformed, evaluate, check_and_replace,
     big_scripts, dump, interrupt, turns, version_1, events, who_may, namespaces)
