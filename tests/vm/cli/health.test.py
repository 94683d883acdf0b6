# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
"""The tools tell whether a filter works, and if not, why: the last error, functions that
rules call but scripts do not define, and destroyed states that rules wait for. Packets
get the verdict that was chosen for this case."""
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
    """Runs a shell command. Returns its status, standard output and standard error."""
    out = sh("(%s) >/tmp/out 2>/tmp/err; echo $?" % text)
    with open("/tmp/out") as a, open("/tmp/err") as b:
        return int(out), a.read(), b.read()


def last_error(c):
    """The last error is kept with its place, count and time, until it is cleared."""
    udp = Udp(PORT)
    c.create("h", FAILS)
    equal("a new state has no last error",
          [c.get("h").get(n) for n in ("LAST_ERROR", "ERROR_KIND")], [None] * 2)
    equal("list --check of a new state has status 0", command("nfluactl list --check h")[0], 0)
    with Rule(MATCH % ("h", "outer")):
        udp.through(3)
        m = c.get("h")
        equal("the last error has its text, short and in full",
              [m.text(n) for n in ("LAST_ERROR", "ERROR_TEXT")], ["no way"] * 2)
        equal("the last error has its kind", m.number("ERROR_KIND"), N["NFLUA_ERROR_RUNTIME"])
        equal("the last error names the function of the rule", m.text("FUNCTION"), "outer")
        ok("in global 'inner'" in m.text("TRACEBACK"), "the last error has a traceback",
           m.text("TRACEBACK"))
        equal("the last error says how often it came in a row", m.number("ERROR_COUNT"), 3)
        time.sleep(0.2)
        age = c.get("h").number("ERROR_AGE_NS")
        ok(2e8 < age < 1e11, "the last error has an age", age)
        equal("a dump has the last error as well", [(d.text("TRACEBACK"), d.number("ERROR_COUNT"))
                                                    for d in c.dump()],
              [(m.text("TRACEBACK"), 3)])
        c.eval("h", "what = 'more'")
        udp.through(1)
        equal("a different error is counted from 1", [c.get("h").text("ERROR_TEXT"),
              c.get("h").number("ERROR_COUNT")], ["no more", 1])
        equal("a state counts all its errors", c.get("h").number("ERRORS"), 4)
    lines = command("nfluactl list")[1].splitlines()
    ok(lines[2].startswith("  last error ") and lines[2].endswith("ago in outer: no more"),
       "list prints the last error", lines)
    status, out, _ = command("nfluactl list -c h")
    equal("list has status 1 for a last error only with -c",
          (status, command("nfluactl list h")[0]), (1, 0))
    for text in ("(runtime):", "no more", "in global 'inner'"):
        ok(text in out, "list of a name prints all of the last error: %s" % text, out)
    equal("list -q does not print the last error",
          len(command("nfluactl -q list")[1].splitlines()), 1)
    error = listed("h")[0]["last_error"]
    equal("list -j has the last error with its kind, function and count",
          [error[k] for k in ("error", "kind", "function", "count", "truncated")],
          ["no more", "runtime", "outer", 1, []])
    ok(error["traceback"].startswith("stack traceback:") and error["age_ns"] > 0,
       "list -j has the last error's traceback and age", error)
    table = command("nfluactl top -n 1")[1].splitlines()
    ok(table[0].endswith("LAST ERR") and table[1].split()[-1][-1] == "s",
       "top prints the age of the last error", table)
    _, _, err = command("timeout -s INT %d nfluactl monitor" % SOON)
    ok("monitor: h: last error" in err and "in outer: no more" in err,
       "monitor begins with the last error of each state", err)
    _, _, err = command("timeout -s INT %d nfluactl monitor other" % SOON)
    equal("monitor of one state does not print the last error of another", err, "")
    status, out, err = command("printf '.error\\n.clear\\n.error\\n' | nfluactl repl h")
    ok(out.startswith("last error ") and "in global 'inner'" in out and
       out.endswith("there was no error\n"), "the repl prints and clears the last error",
       (status, out, err))
    equal("list --check has status 0 after the last error was cleared",
          command("nfluactl list --check")[0], 0)
    equal("clearing the last error keeps the count of errors", c.get("h").number("ERRORS"), 4)
    with Rule(TARGET % ("h", "outer")):
        udp.through(1)
    equal("clear -j prints the states whose last error was cleared",
          command("nfluactl -j clear h")[1], '["h"]\n')
    equal("clear clears the last error", listed("h")[0]["last_error"], None)
    equal("clear refuses a state that does not exist", command("nfluactl clear none"),
          (1, "", "nfluactl: clear none: there is no state of this name\n"))
    refused("a CLEAR request for a state that does not exist is refused", ENOENT, "no state",
            c.request, "CLEAR", attr("NAME", "none"))
    c.exec("h", "timer.create(1, function() error('late') end)")
    ok(wait_for(lambda: c.get("h").text("FUNCTION") == "timer"),
       "an error in a timer is the last error")
    c.exec("h", "function deep() error(('x'):rep(9000)) end")
    with Rule(MATCH % ("h", "deep")):
        udp.through(1)
    m = c.get("h")
    equal("a last error of 9000 bytes is cut and flagged",
          [len(m.text("LAST_ERROR")), len(m.text("ERROR_TEXT")) > 4000,
           bool(m.number("TRUNCATED") & N["NFLUA_TRUNCATED_ERROR"])], [511, True, True])
    udp.close()
    settle(c, "h")


def functions(c):
    """A state lists the functions that rules call, and those that it does not define."""
    long_name = "f" * 63
    c.create("f", "function a() return false end callable = setmetatable({}, {__call = a}) "
             "n = 1 function %s() return false end" % long_name)
    rules = [Rule(MATCH % ("f", name)) for name in
             ("a", "a", "b", "n", "callable", long_name, "f" * 62)]
    for rule in rules:
        rule.__enter__()
    m = c.get("f")
    names = [d.rstrip(b"\0").decode() for d in m.all("RULE_FUNCTION")]
    equal("a state lists each function that rules call once", names,
          ["a", "b", "n", "callable", long_name, "f" * 62])
    missing = [d.rstrip(b"\0").decode() for d in m.all("MISSING_FUNCTION")]
    equal("a state lists names that cannot be called as missing functions", missing,
          ["b", "n", "f" * 62])
    state = listed("f")[0]
    equal("list -j has the functions that rules call and the missing ones",
          (state["functions"], state["missing"]), (names, missing))
    status, out, _ = command("nfluactl list --check")
    ok(status == 1 and "  rules call missing functions: b, n, %s\n" % ("f" * 62) in out,
       "list --check prints missing functions and has status 1", out)
    out = command("nfluactl list f")[1]
    ok("  rules call a, b, n, callable, " in out,
       "list of a name prints all functions that rules call", out)
    watcher = sh("nfluactl monitor -c 1 >/tmp/events 2>/dev/null & echo $!")
    wait_for(lambda: "signalfd" in sh("ls -l /proc/%s/fd" % watcher, check=False))
    udp = Udp(PORT)
    udp.through(1)
    udp.close()
    wait_for(lambda: "there is no function 'b'" in sh("cat /tmp/events"))
    ok("there is no function 'b'" in sh("cat /tmp/events"),
       "monitor prints a missing function when a packet comes", sh("cat /tmp/events"))

    replace = [attr("NAME", "f"), attr("EXEC_FLAGS", u32(N["NFLUA_EXEC_REPLACE"]))]
    script = chunk("function a() end")
    e = refused("REPLACE with a script that lacks functions of rules is refused", ENXIO,
                "does not define: b, n, callable, ", c.request, "EXEC", *replace, *script)
    equal("a refused REPLACE changes nothing", c.eval("f", "return n"), [1])
    ok(e and "a, b" not in e.text, "a refused REPLACE does not name functions that are defined", e)
    status, _, err = command("nfluactl load --replace f -e 'function a() end'")
    ok(status == 1 and
       "rules call functions that the script does not define: b, n, callable" in err,
       "load --replace prints which functions of rules the script lacks", err)
    equal("load --replace --force accepts a script that lacks functions of rules",
          command("nfluactl load --replace --force f -e 'function a() end'"), (0, "", ""))
    equal("functions that a forced script lacks are listed as missing", listed("f")[0]["missing"],
          ["b", "n", "callable", long_name, "f" * 62])
    many = "for i, k in ipairs{'b', 'n', 'callable', '%s', '%s'} do _G[k] = a end" % (
        long_name, "f" * 62)
    equal("load --replace accepts a script with all functions of rules",
          command("nfluactl load --replace f -e \"function a() return false end %s\"" % many),
          (0, "", ""))
    equal("no function is missing when the script defines all", listed("f")[0]["missing"], [])
    c.exec("f", "b = nil setmetatable(_G, {__index = function(t, k) return a end})")
    equal("a function that __index of _G supplies is not missing", listed("f")[0]["missing"], [])
    for rule in rules:
        rule.__exit__()
    equal("a state without rules lists no functions", listed("f")[0]["functions"], [])
    settle(c, "f")
    with Rule("-m lua --function nowhere -j DROP"):
        state = [s for s in listed() if s["name"] == "default"][0]
        equal("the state that a rule created lists the rule's function as missing",
              (state["missing"], state["refs"]), (["nowhere"], 1))
    settle(c, "default")


def many_functions(c):
    """Rules call more functions than an answer can list. A dump still has all states."""
    c.create("m", "")
    with open("/tmp/many", "w") as f:
        f.write("*filter\n" + "".join(
            "-A INPUT -p udp -m lua --state m --function g%s%d -j DROP\n" % ("x" * 55, i)
            for i in range(120)) + "COMMIT\n")
    sh("iptables-legacy-restore -n /tmp/many")
    c.create("after", "")
    dump = {m.text("NAME"): m for m in c.dump()}
    equal("a dump has all states when one has too many functions", sorted(dump), ["after", "m"])
    equal("a dump has the greatest number of functions for a state",
          [len(dump["m"].all(n)) for n in ("RULE_FUNCTION", "MISSING_FUNCTION")],
          [N["NFLUA_FUNCTIONS_MAX"]] * 2)
    equal("a dump flags functions that were left out", dump["m"].number("TRUNCATED"),
          N["NFLUA_TRUNCATED_FUNCTIONS"])
    ok(", and more" in command("nfluactl list m")[1], "list prints that functions were left out")
    c.exec("m", "for i = 0, 118 do _G[('g%s%d'):format(('x'):rep(55), i)] = print end")
    state = listed("m")[0]
    equal("a missing function is listed even when it is beyond the greatest number",
          (len(state["functions"]), state["missing"]),
          (N["NFLUA_FUNCTIONS_MAX"], ["g%s119" % ("x" * 55)]))
    equal("list --check has status 1 for a missing function beyond the greatest number",
          command("nfluactl list --check m")[0], 1)
    sh("iptables-legacy -F INPUT")
    c.destroy("after")
    settle(c, "m")


def comes_back(c):
    """The rules of a destroyed state wait. A new state with its name makes them work again."""
    udp = Udp(PORT)
    for tool in ("iptables-legacy", "iptables-nft"):
        c.create("g", "function f() return true end")
        with Rule(MATCH % ("g", "f"), tool=tool), Rule(MATCH % ("g", "h"), tool=tool):
            equal("%s: the rule of a live state drops packets" % tool, udp.through(2), 0)
            status, _, err = command("nfluactl destroy g")
            ok(status == 1 and "2 rules refer to the state (with -f they wait" in err,
               "%s: destroy refuses a state with rules, and mentions -f" % tool, err)
            equal("%s: destroy -f destroys a state with rules" % tool,
                  command("nfluactl destroy -f g"), (0, "", ""))
            equal("%s: the rule of a destroyed state does not match" % tool, udp.through(2), 2)
            state = listed("g")[0]
            equal("%s: list -j has the destroyed state as gone" % tool,
                  [state[k] for k in ("gone", "refs", "functions", "missing")],
                  [True, 2, ["f", "h"], []])
            status, out, _ = command("nfluactl list --check")
            ok(status == 1 and "  destroyed; 2 rules wait for a new state of this name, "
               "to call f, h" in out, "%s: list --check prints that rules wait" % tool, out)
            equal("%s: a destroyed state has no runtime" % tool,
                  [m.number("RUNTIMES") for m in c.dump()], [0])
            refused("%s: an exec in a destroyed state is refused" % tool, ENOENT, None, c.eval,
                    "g", "1")
            equal("%s: destroy --all skips a destroyed state" % tool,
                  command("nfluactl destroy --all"), (0, "", ""))
            save = "%s-save -t filter | grep -- '--state g'" % tool
            saved = sh(save)
            sh("%s-save >/tmp/saved && %s-restore </tmp/saved" % (tool, tool))
            equal("%s: the rules of a destroyed state are saved and restored" % tool, sh(save),
                  saved)
            status, _, err = command("echo 'function f() return true end' | nfluactl create g -")
            ok(status == 1 and "does not define: h" in err,
               "%s: create refuses a script that lacks a function of waiting rules" % tool, err)
            equal("%s: a refused create leaves the destroyed state as it was" % tool,
                  listed("g")[0]["gone"], True)
            c.request("STATE_NEW", attr("NAME", "g"), FORCE, *chunk("function f() return true end"))
            ok(wait_for(lambda: listed("g")[0]["refs"] == 2),
               "%s: the waiting rules refer to the new state" % tool, listed("g"))
            equal("%s: the waiting rules work with the new state" % tool, udp.through(2), 0)
            equal("%s: the new state takes the place of the destroyed one" % tool,
                  [m.number("RUNTIMES") for m in c.dump()], [1])
            c.destroy("g", force=True)
        ok(wait_for(lambda: listed() == []),
           "%s: a destroyed state is gone with its last rule" % tool, listed())
    status, _, err = command("iptables-legacy -A INPUT -p udp " + MATCH % ("g", "f"))
    ok(status != 0, "a rule that names a state that does not exist is refused", err)
    udp.close()


def default(c):
    """Neither a rule nor another iptables command recreates a state that was destroyed."""
    udp = Udp(PORT)
    c.create("default", "function f() return false end", on_error=u32(N["NFLUA_ON_ERROR_DROP"]))
    with Rule("-m lua --function f -j DROP"):
        equal("the rule of the live state default lets packets pass", udp.through(2), 2)
        c.destroy("default", force=True)
        with Rule("--dport 9 -j ACCEPT"):
            equal("another iptables command does not create the destroyed state default",
                  [s["gone"] for s in listed()], [True])
            equal("the destroyed state default drops packets with on-error drop", udp.through(2), 0)
        with Rule("--dport 9 -m lua --function g"):
            equal("a new rule waits for the destroyed state default", [s["refs"] for s in listed()],
                  [2])
        refused("a version 1 request does not create the destroyed state default", ENOENT,
                "no state", c.request, "MSG", attr("MSG", b"x\0y = 1"))
        out = command("echo x | nfluactl repl")
        ok("no state of this name" in out[2] or "does not define" in out[2],
           "the repl does not create the destroyed state default", out)
        c.request("STATE_NEW", attr("NAME", "default"), *chunk("function f() error('x') end"))
        equal("a new state keeps the on-error of the destroyed one whose rules it takes over",
              (listed("default")[0]["on_error"], udp.through(2)), ("drop", 0))
        c.destroy("default", force=True)
        status, _, err = command(
            "echo 'function f() error(1) end' | nfluactl create -o accept default -")
        equal("create -o accept takes the place of the on-error of a destroyed state",
              (status, err, listed("default")[0]["on_error"], udp.through(2)), (0, "", "accept", 2))
        c.destroy("default", force=True)
        c.request("STATE_NEW", attr("NAME", "default"), *chunk("function f() return false end"))
        equal("the waiting rule lets packets pass once the state default is created anew",
              udp.through(2), 2)
    settle(c, "default")
    c.create("s", "setmetatable(_G, {__newindex = rawset})")
    with Rule(MATCH % ("s", "f")):
        equal("a function is missing when _G has a metatable without __index",
              listed("s")[0]["missing"], ["f"])
        c.exec("s", "setmetatable(_G, {__index = {f = print}})")
        equal("a function in the __index table of _G is not missing", listed("s")[0]["missing"],
              [])
        c.exec("s", "setmetatable(_G, {__index = {g = print}})")
        equal("a function that the __index table of _G lacks is missing",
              listed("s")[0]["missing"], ["f"])
    settle(c, "s")
    udp.close()


def with_each_tool(c):
    """A state's on-error drop holds with each tool, in a match as well."""
    for tool, host in (("iptables-legacy", "127.0.0.1"), ("iptables-nft", "127.0.0.1"),
                       ("ip6tables-legacy", "::1"), ("ip6tables-nft", "::1")):
        udp = Udp(PORT, host)
        c.create("t", "function f() error('x') end", on_error=u32(N["NFLUA_ON_ERROR_DROP"]))
        for kind, rule in (("match", MATCH), ("target", TARGET)):
            with Rule(rule % ("t", "f"), tool=tool):
                equal("%s: no packet passes a failed call of a %s with on-error drop" %
                      (tool, kind), udp.through(2), 0)
                c.destroy("t", force=True)
                equal("%s: no packet passes a %s of a destroyed state with on-error drop" %
                      (tool, kind), udp.through(2), 0)
                c.request("STATE_NEW", attr("NAME", "t"), *chunk("function f() error('x') end"))
        settle(c, "t")
        udp.close()


def on_error(c):
    """After an error, --on-error of the rule decides, else that of the state."""
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
                for option, want in options.items():
                    if option and why != "raises":
                        continue
                    head, _, tail = (rule % ("o", "f")).partition(" -j DROP")
                    spec = head + option + (" -j DROP" if kind == "match" else "") + tail
                    with Rule(spec):
                        equal("%d of 2 packets pass when a function %s: state on-error %s, %s%s"
                              % (through if want is None else want, why, policy, kind, option),
                              udp.through(2), through if want is None else want)
            settle(c, "o")
        c.create("o", "function f() return false end",
                 on_error=u32(N["NFLUA_ON_ERROR_" + policy.upper()]))
        equal("list -j has on_error %s" % policy, listed("o")[0]["on_error"], policy)
        with Rule(MATCH % ("o", "f")):
            equal("on-error %s does not affect a call that does not fail" % policy,
                  udp.through(2), 2)
            c.destroy("o", force=True)
            equal("on-error %s still decides when the state is destroyed" % policy,
                  udp.through(2), through)
        for spec, want in ((TARGET % ("o", "f"), through),
                           (TARGET % ("o", "f") + " --on-error accept", 2),
                           (TARGET % ("o", "f") + " --on-error drop", 0)):
            c.create("o", "function f() end", on_error=u32(N["NFLUA_ON_ERROR_" + policy.upper()]))
            with Rule(spec):
                c.destroy("o", force=True)
                equal("%d of 2 packets pass when a state with on-error %s is destroyed: %s"
                      % (want, policy, spec), udp.through(2), want)
    with Rule("-m lua --function f --on-error no -j DROP"):
        ok("--on-error no" in sh("iptables-legacy -S INPUT"),
           "iptables -S prints the --on-error of a rule", sh("iptables-legacy -S INPUT"))
    settle(c, "default")
    equal("create -o drop creates a state",
          command("nfluactl create -o drop t && nfluactl -j list t")[0], 0)
    ok("  packets are dropped if their call fails" in command("nfluactl list t")[1],
       "list prints that a state's packets are dropped if their call fails")
    equal("create -o maybe is a usage error", command("nfluactl create -o maybe u")[0], 2)
    refused("STATE_NEW with an unknown ON_ERROR is refused", ERANGE, None, c.create, "u", None,
            on_error=u32(2))
    c.destroy("t")
    udp.close()


def without_stack(c):
    """A call fails like any other when there is not enough C stack for it."""
    knobs = "/sys/module/nflua/parameters/"
    udp = Udp(PORT)
    c.create("w", "function f() return false end", on_error=u32(N["NFLUA_ON_ERROR_DROP"]))
    with Rule(MATCH % ("w", "f")):
        equal("packets pass when there is enough C stack", udp.through(2), 2)
        sh("echo 16384 >%sstack_taken; echo 1 >%sstack_unused" % (knobs, knobs))
        equal("on-error drop drops packets when there is not enough C stack", udp.through(2), 0)
        sh("echo 0 >%sstack_unused; echo 0 >%sstack_taken" % (knobs, knobs))
        equal("the last error says that there was not enough C stack",
              c.get("w").text("LAST_ERROR"), "not enough C stack")
        equal("packets pass again when there is enough C stack again", udp.through(2), 2)
    settle(c, "w")
    udp.close()


main(last_error, functions, many_functions, comes_back, default, with_each_tool, on_error,
     without_stack)
