# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a filter works, and if not, why: what is told of the last error, of functions
that rules call and that are not there, and of states that are gone; and what becomes of
packets then."""
import json
import time
from errno import ENOENT, ENXIO, ERANGE

from nflua_nl import N, attr, chunk, u32
from rules import Rule, settle
from tap import DEBUG_KERNEL, Udp, equal, main, ok, refused, sh, wait_for

PORT = 5300
SOON = 10 if DEBUG_KERNEL else 1  # seconds in which a command has begun
FORCE = attr("FORCE")
MATCH = "-m lua --state %s --function %s -j DROP"
TARGET = "-j LUA --state %s --function %s"
FAILS = """
function outer(f, p) inner() end
function inner() error("no " .. (what or "way"), 0) end
function good() return true end
"""


def listed(*args):
    return json.loads(sh("nfluactl -j list " + " ".join(args), check=False))


def command(text):
    """Status, standard output, and error."""
    out = sh("(%s) >/tmp/out 2>/tmp/err; echo $?" % text)
    with open("/tmp/out") as a, open("/tmp/err") as b:
        return int(out), a.read(), b.read()


def last_error(c):
    """In full, with its place, how often and when, until it is cleared."""
    udp = Udp(PORT)
    c.create("h", FAILS)
    equal("none at first", [c.get("h").get(n) for n in ("LAST_ERROR", "ERROR_KIND")], [None] * 2)
    equal("nothing is wrong", command("nfluactl list --check h")[0], 0)
    with Rule(MATCH % ("h", "outer")):
        udp.through(3)
        m = c.get("h")
        equal("its text", [m.text(n) for n in ("LAST_ERROR", "ERROR_TEXT")], ["no way"] * 2)
        equal("its kind", m.number("ERROR_KIND"), N["NFLUA_ERROR_RUNTIME"])
        equal("its function", m.text("FUNCTION"), "outer")
        ok("in global 'inner'" in m.text("TRACEBACK"), "its traceback", m.text("TRACEBACK"))
        equal("how often in a row", m.number("ERROR_COUNT"), 3)
        time.sleep(0.2)
        age = c.get("h").number("ERROR_AGE_NS")
        ok(2e8 < age < 1e11, "how long ago", age)
        equal("the dump has the same", [(d.text("TRACEBACK"), d.number("ERROR_COUNT"))
                                        for d in c.dump()], [(m.text("TRACEBACK"), 3)])
        c.eval("h", "what = 'more'")
        udp.through(1)
        equal("another one is counted anew", [c.get("h").text("ERROR_TEXT"),
              c.get("h").number("ERROR_COUNT")], ["no more", 1])
        equal("with the sum", c.get("h").number("ERRORS"), 4)
    lines = command("nfluactl list")[1].splitlines()
    ok(lines[2].startswith("  last error ") and lines[2].endswith("ago in outer: no more"),
       "list tells of it", lines)
    status, out, _ = command("nfluactl list -c h")
    equal("and the status, if wanted", (status, command("nfluactl list h")[0]), (1, 0))
    for text in ("(runtime):", "no more", "in global 'inner'"):
        ok(text in out, "list NAME shows it in full: %s" % text, out)
    equal("rows alone are for programs", len(command("nfluactl -q list")[1].splitlines()), 1)
    error = listed("h")[0]["last_error"]
    equal("-j", [error[k] for k in ("error", "kind", "function", "count", "truncated")],
          ["no more", "runtime", "outer", 1, []])
    ok(error["traceback"].startswith("stack traceback:") and error["age_ns"] > 0, "all of it", error)
    table = command("nfluactl top -n 1")[1].splitlines()
    ok(table[0].endswith("LAST ERR") and table[1].split()[-1][-1] == "s", "top", table)
    _, _, err = command("timeout -s INT %d nfluactl monitor" % SOON)
    ok("monitor: h: last error" in err and "in outer: no more" in err, "monitor", err)
    _, _, err = command("timeout -s INT %d nfluactl monitor other" % SOON)
    equal("but not of others", err, "")
    status, out, err = command("printf '.error\\n.clear\\n.error\\n' | nfluactl repl h")
    ok(out.startswith("last error ") and "in global 'inner'" in out and
       out.endswith("there was no error\n"), "the prompt shows and forgets it", (status, out, err))
    equal("then nothing is wrong", command("nfluactl list --check")[0], 0)
    equal("the number stays", c.get("h").number("ERRORS"), 4)
    with Rule(TARGET % ("h", "outer")):
        udp.through(1)
    equal("clear", command("nfluactl -j clear h")[1], '["h"]\n')
    equal("forgets it", listed("h")[0]["last_error"], None)
    equal("of none there is", command("nfluactl clear none"),
          (1, "", "nfluactl: clear none: there is no state of this name\n"))
    refused("nor in the protocol", ENOENT, "no state", c.request, "CLEAR", attr("NAME", "none"))
    c.exec("h", "timer.create(1, function() error('late') end)")
    ok(wait_for(lambda: c.get("h").text("FUNCTION") == "timer"), "a timer's is one, too")
    c.exec("h", "function deep() error(('x'):rep(9000)) end")
    with Rule(MATCH % ("h", "deep")):
        udp.through(1)
    m = c.get("h")
    equal("a long one is cut, and that is told", [len(m.text("LAST_ERROR")),
          len(m.text("ERROR_TEXT")) > 4000, bool(m.number("TRUNCATED") & N["NFLUA_TRUNCATED_ERROR"])],
          [511, True, True])
    udp.close()
    settle(c, "h")


def functions(c):
    """Which ones rules call, and which of them are not there."""
    long_name = "f" * 63
    c.create("f", "function a() return false end callable = setmetatable({}, {__call = a}) "
             "n = 1 function %s() return false end" % long_name)
    rules = [Rule(MATCH % ("f", name)) for name in
             ("a", "a", "b", "n", "callable", long_name, "f" * 62)]
    for rule in rules:
        rule.__enter__()
    m = c.get("f")
    names = [d.rstrip(b"\0").decode() for d in m.all("RULE_FUNCTION")]
    equal("each once", names, ["a", "b", "n", "callable", long_name, "f" * 62])
    missing = [d.rstrip(b"\0").decode() for d in m.all("MISSING_FUNCTION")]
    equal("what cannot be called is not there", missing, ["b", "n", "f" * 62])
    state = listed("f")[0]
    equal("-j", (state["functions"], state["missing"]), (names, missing))
    status, out, _ = command("nfluactl list --check")
    ok(status == 1 and "  rules call missing functions: b, n, %s\n" % ("f" * 62) in out,
       "list", out)
    out = command("nfluactl list f")[1]
    ok("  rules call a, b, n, callable, " in out, "list NAME has them all", out)
    watcher = sh("nfluactl monitor -c 1 >/tmp/events 2>/dev/null & echo $!")
    wait_for(lambda: "signalfd" in sh("ls -l /proc/%s/fd" % watcher, check=False))
    udp = Udp(PORT)
    udp.through(1)
    udp.close()
    wait_for(lambda: "there is no function 'b'" in sh("cat /tmp/events"))
    ok("there is no function 'b'" in sh("cat /tmp/events"), "the first packet is an event",
       sh("cat /tmp/events"))

    replace = [attr("NAME", "f"), attr("EXEC_FLAGS", u32(N["NFLUA_EXEC_REPLACE"]))]
    script = chunk("function a() end")
    e = refused("a replace without them", ENXIO, "does not define: b, n, callable, ", c.request, "EXEC",
                *replace, *script)
    equal("changes nothing", c.eval("f", "return n"), [1])
    ok(e and "a, b" not in e.text, "what is there is not named", e)
    status, _, err = command("nfluactl load --replace f -e 'function a() end'")
    ok(status == 1 and "rules call functions that the script does not define: b, n, callable" in err,
       "the tool says so", err)
    equal("unless it is forced", command("nfluactl load --replace --force f -e 'function a() end'"),
          (0, "", ""))
    equal("then all but one is missing", listed("f")[0]["missing"],
          ["b", "n", "callable", long_name, "f" * 62])
    many = "for i, k in ipairs{'b', 'n', 'callable', '%s', '%s'} do _G[k] = a end" % (
        long_name, "f" * 62)
    equal("with all it needs no force",
          command("nfluactl load --replace f -e \"function a() return false end %s\"" % many),
          (0, "", ""))
    equal("nothing is missing", listed("f")[0]["missing"], [])
    c.exec("f", "b = nil setmetatable(_G, {__index = function(t, k) return a end})")
    equal("a metatable may bring one into being", listed("f")[0]["missing"], [])
    for rule in rules:
        rule.__exit__()
    equal("without rules there are none", listed("f")[0]["functions"], [])
    settle(c, "f")
    with Rule("-m lua --function nowhere -j DROP"):
        state = [s for s in listed() if s["name"] == "default"][0]
        equal("the state that a rule brought into being", (state["missing"], state["refs"]),
              (["nowhere"], 1))
    settle(c, "default")


def many_functions(c):
    """More than an answer has; a dump has room for each."""
    c.create("m", "")
    with open("/tmp/many", "w") as f:
        f.write("*filter\n" + "".join(
            "-A INPUT -p udp -m lua --state m --function g%s%d -j DROP\n" % ("x" * 55, i)
            for i in range(120)) + "COMMIT\n")
    sh("iptables-legacy-restore -n /tmp/many")
    c.create("after", "")
    dump = {m.text("NAME"): m for m in c.dump()}
    equal("the dump has all states", sorted(dump), ["after", "m"])
    equal("and as many as an answer has", [len(dump["m"].all(n)) for n in
                                           ("RULE_FUNCTION", "MISSING_FUNCTION")],
          [N["NFLUA_FUNCTIONS_MAX"]] * 2)
    equal("which is told", dump["m"].number("TRUNCATED"), N["NFLUA_TRUNCATED_FUNCTIONS"])
    ok(", and more" in command("nfluactl list m")[1], "list says so")
    c.exec("m", "for i = 0, 118 do _G[('g%s%d'):format(('x'):rep(55), i)] = print end")
    state = listed("m")[0]
    equal("one that is missing is seen, though there is no room for it",
          (len(state["functions"]), state["missing"]), (N["NFLUA_FUNCTIONS_MAX"], ["g%s119" % ("x" * 55)]))
    equal("so the check tells", command("nfluactl list --check m")[0], 1)
    sh("iptables-legacy -F INPUT")
    c.destroy("after")
    settle(c, "m")


def comes_back(c):
    """A state that is destroyed leaves its rules waiting, and another one of its name has
    them work again."""
    udp = Udp(PORT)
    for tool in ("iptables-legacy", "iptables-nft"):
        c.create("g", "function f() return true end")
        with Rule(MATCH % ("g", "f"), tool=tool), Rule(MATCH % ("g", "h"), tool=tool):
            equal("%s: the rule drops" % tool, udp.through(2), 0)
            status, _, err = command("nfluactl destroy g")
            ok(status == 1 and "2 rules refer to the state (with -f they wait" in err,
               "destroying says how many, and what can be done", err)
            equal("%s: by force" % tool, command("nfluactl destroy -f g"), (0, "", ""))
            equal("it does nothing then", udp.through(2), 2)
            state = listed("g")[0]
            equal("list has it", [state[k] for k in ("gone", "refs", "functions", "missing")],
                  [True, 2, ["f", "h"], []])
            status, out, _ = command("nfluactl list --check")
            ok(status == 1 and "  destroyed; 2 rules wait for a new state of this name, "
               "to call f, h" in out, "in words", out)
            equal("it has no runtime", [m.number("RUNTIMES") for m in c.dump()], [0])
            refused("no script runs in it", ENOENT, None, c.eval, "g", "1")
            equal("destroy --all passes it over", command("nfluactl destroy --all"), (0, "", ""))
            save = "%s-save -t filter | grep -- '--state g'" % tool
            saved = sh(save)
            sh("%s-save >/tmp/saved && %s-restore </tmp/saved" % (tool, tool))
            equal("%s: the rules are saved and restored" % tool, sh(save), saved)
            status, _, err = command("echo 'function f() return true end' | nfluactl create g -")
            ok(status == 1 and "does not define: h" in err, "one without a function is refused", err)
            equal("and is not there", listed("g")[0]["gone"], True)
            c.request("STATE_NEW", attr("NAME", "g"), FORCE, *chunk("function f() return true end"))
            ok(wait_for(lambda: listed("g")[0]["refs"] == 2), "the rules are its own",
               listed("g"))
            equal("%s: they work again" % tool, udp.through(2), 0)
            equal("no ghost is left", [m.number("RUNTIMES") for m in c.dump()], [1])
            c.destroy("g", force=True)
        ok(wait_for(lambda: listed() == []), "with the last rule it goes", listed())
    status, _, err = command("iptables-legacy -A INPUT -p udp " + MATCH % ("g", "f"))
    ok(status != 0, "a rule that names a state which is not there is refused", err)
    udp.close()


def default(c):
    """A rule, or another command for the table, makes no state in the place of one that
    was destroyed."""
    udp = Udp(PORT)
    c.create("default", "function f() return false end", on_error=u32(N["NFLUA_ON_ERROR_DROP"]))
    with Rule("-m lua --function f -j DROP"):
        equal("default: it works", udp.through(2), 2)
        c.destroy("default", force=True)
        with Rule("--dport 9 -j ACCEPT"):
            equal("default: what was destroyed stays so", [s["gone"] for s in listed()], [True])
            equal("default: and drops", udp.through(2), 0)
        with Rule("--dport 9 -m lua --function g"):
            equal("default: a new rule waits, too", [s["refs"] for s in listed()], [2])
        refused("default: nor does version 1 make one", ENOENT, "no state", c.request, "MSG",
                attr("MSG", b"x\0y = 1"))
        out = command("echo x | nfluactl repl")
        ok("no state of this name" in out[2] or "does not define" in out[2], "default: nor the prompt", out)
        c.request("STATE_NEW", attr("NAME", "default"), *chunk("function f() return false end"))
        equal("default: until it is created", udp.through(2), 2)
    settle(c, "default")
    c.create("s", "setmetatable(_G, {__newindex = rawset})")
    with Rule(MATCH % ("s", "f")):
        equal("a metatable that makes nothing", listed("s")[0]["missing"], ["f"])
        c.exec("s", "setmetatable(_G, {__index = {f = print}})")
        equal("one that has it", listed("s")[0]["missing"], [])
        c.exec("s", "setmetatable(_G, {__index = {g = print}})")
        equal("one that has not", listed("s")[0]["missing"], ["f"])
    settle(c, "s")
    udp.close()


def on_error(c):
    """The rule's own word, then the state's, then nothing."""
    udp = Udp(PORT)
    words = {"match": (MATCH, {"": None, " --on-error no": 2, " --on-error yes": 0}),
             "target": (TARGET, {"": None, " --on-error continue": 2, " --on-error accept": 2,
                                 " --on-error drop": 0})}
    scripts = {"raises": "function f() error('x') end", "is not there": "",
               "returns what it may not": "function f() return 5 end",
               "takes too long": "function f() while true do end end",
               "takes too much": "function f() local s = 'x' while true do s = s .. s end end"}
    for policy, through in (("accept", 2), ("drop", 0)):
        for why, script in scripts.items():
            c.create("o", script, on_error=u32(N["NFLUA_ON_ERROR_" + policy.upper()]),
                     budget=u32(20000))
            for kind, (rule, options) in words.items():
                # A target's number is no verdict, and no error.
                if kind == "target" and why.startswith("returns"):
                    continue
                for option, want in options.items():
                    if option and why != "raises":
                        continue
                    head, _, tail = (rule % ("o", "f")).partition(" -j DROP")
                    spec = head + option + (" -j DROP" if kind == "match" else "") + tail
                    with Rule(spec):
                        equal("%s: %s of a function that %s%s" % (policy, kind, why, option),
                              udp.through(2), through if want is None else want)
            settle(c, "o")
        c.create("o", "function f() return false end",
                 on_error=u32(N["NFLUA_ON_ERROR_" + policy.upper()]))
        equal("list has it", listed("o")[0]["on_error"], policy)
        with Rule(MATCH % ("o", "f")):
            equal("%s: a call that does not fail" % policy, udp.through(2), 2)
            c.destroy("o", force=True)
            equal("%s: a state that is gone keeps it" % policy, udp.through(2), through)
        for spec, want in ((TARGET % ("o", "f"), through),
                           (TARGET % ("o", "f") + " --on-error accept", 2),
                           (TARGET % ("o", "f") + " --on-error drop", 0)):
            c.create("o", "function f() end", on_error=u32(N["NFLUA_ON_ERROR_" + policy.upper()]))
            with Rule(spec):
                c.destroy("o", force=True)
                equal("%s: %s" % (policy, spec), udp.through(2), want)
    with Rule("-m lua --function f --on-error no -j DROP"):
        ok("--on-error no" in sh("iptables-legacy -S INPUT"), "explicit words are kept",
           sh("iptables-legacy -S INPUT"))
    settle(c, "default")
    equal("the tool", command("nfluactl create -o drop t && nfluactl -j list t")[0], 0)
    ok("  packets are dropped if their call fails" in command("nfluactl list t")[1], "says so")
    equal("it knows two words", command("nfluactl create -o maybe u")[0], 2)
    refused("so does the module", ERANGE, None, c.create, "u", None, on_error=u32(2))
    c.destroy("t")
    udp.close()


def without_stack(c):
    """A call for which there is no C stack fails as others do."""
    knobs = "/sys/module/nflua/parameters/"
    udp = Udp(PORT)
    c.create("w", "function f() return false end", on_error=u32(N["NFLUA_ON_ERROR_DROP"]))
    with Rule(MATCH % ("w", "f")):
        equal("with stack it passes", udp.through(2), 2)
        sh("echo 16384 >%sstack_taken; echo 1 >%sstack_unused" % (knobs, knobs))
        equal("without it is dropped", udp.through(2), 0)
        sh("echo 0 >%sstack_unused; echo 0 >%sstack_taken" % (knobs, knobs))
        equal("the error", c.get("w").text("LAST_ERROR"), "not enough C stack")
        equal("then it passes again", udp.through(2), 2)
    settle(c, "w")
    udp.close()


main(last_error, functions, many_functions, comes_back, default, on_error, without_stack)
