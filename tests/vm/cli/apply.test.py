# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
"""nfluactl apply: states and hooks become what the configuration file says, and nothing
else changes; and the commands set and check."""
import hashlib
import json
import os
import tempfile

from nflua_nl import N
from rules import Rule
from tap import Udp, equal, main, ok, sh

PORT = 5305
DIR = tempfile.mkdtemp()
CONF = DIR + "/nflua.conf"
DNS = "local function hit(p) return p.udp and p.udp.dport == %d end\n" % PORT + """
function blocked(_, packet) if hit(packet) then return true end end
function passed(_, packet) end
"""
WHOLE = """
# A comment.
states:
  dns:
    memory: 8M
    budget: 100000
    on-error: drop
    scripts: [names.lua, dns.lua]
    hooks:
      - function: blocked
        hook: input
        priority: filter - 10
        l4proto: udp
      - {function: passed, hook: prerouting, family: ip, mark: 0x7/0xff, on-error: accept}
      - function: passed
        hook: ingress
        device: ppp7
        proto: ip6,ip
  empty:
"""


def write(name, text):
    with open(os.path.join(DIR, name), "w") as f:
        f.write(text)


def run(args, file=CONF):
    """Runs apply. Returns its status, its lines, and its error messages."""
    out = sh("(nfluactl apply %s %s) >/tmp/out 2>/tmp/err; echo $?"
             % ("-f " + file if file else "", args))
    with open("/tmp/out") as a, open("/tmp/err") as b:
        return int(out), a.read().splitlines(), b.read()


def hooks():
    return [(h["state"], h["function"], h["hook"], h["priority"], h["on_error"], h["owner"])
            for h in json.loads(sh("nfluactl -j hooks"))]


def states():
    return {s["name"]: s for s in json.loads(sh("nfluactl -j list"))}


def whole(c):
    """A file is applied once, and then there is nothing to do."""
    write("names.lua", "names = {}\n")
    write("dns.lua", DNS)
    write("nflua.conf", WHOLE)
    equal("--check of a good file says nothing", run("--check"), (0, [], ""))
    equal("and changes nothing", states(), {})
    want = ["create dns", "attach dns blocked: inet input, priority filter - 10",
            "attach dns passed: ip prerouting, priority filter",
            "attach dns passed: netdev ingress ppp7, priority filter", "create empty"]
    equal("--dry-run shows the steps", run("--dry-run"), (0, want, ""))
    equal("and takes none", states(), {})
    udp = Udp(PORT)
    equal("apply takes the steps, and shows them", run(""), (0, want, ""))
    equal("packets are filtered", udp.through(2), 0)
    s = states()["dns"]
    equal("the state has what the file says", [s[k] for k in (
        "maxalloc", "budget", "on_error", "owner", "script")],
        [8 << 20, 100000, "drop", CONF, "@%s/dns.lua" % DIR])
    a, b = (hashlib.sha256(t.encode()).digest() for t in ("names = {}\n", DNS))
    equal("and the digest of its scripts", s["digest"], hashlib.sha256(a + b).hexdigest())
    equal("a state that is only named has defaults", [states()["empty"][k] for k in (
        "maxalloc", "budget", "on_error", "owner", "script", "digest")],
        [32 << 20, 20000, "accept", CONF, None, None])
    equal("hooks are there with their owner", hooks(),
          [("dns", "blocked", "input", -10, None, CONF),
           ("dns", "passed", "prerouting", 0, "accept", CONF),
           ("dns", "passed", "ingress", 0, None, CONF)])
    c.eval("dns", "kept = 1")
    equal("a second apply has nothing to do", run(""), (0, [], ""))
    equal("and keeps what the script has", c.eval("dns", "kept"), [1])
    text = sh("nfluactl list dns")
    ok("belongs to " + CONF in text and s["digest"] in text, "list says what a state belongs to, "
       "and which digest its scripts have", text)
    udp.close()


def differs(c):
    """Only what differs is changed."""
    write("dns.lua", DNS + "-- another\n")
    equal("a script that changed is replaced", run(""), (0, ["replace dns"], ""))
    equal("and begins anew", c.eval("dns", "kept"), [None])
    write("nflua.conf", WHOLE.replace("8M", "16M").replace("filter - 10", "-20")
          .replace("on-error: accept", "on-error: drop").replace("\n  empty:\n", "\n  new: {}\n"))
    c.eval("dns", "kept = 2")
    equal("limits, hooks and states that changed are changed",
          run(""), (0, ["set dns", "attach dns blocked: inet input, priority -20",
                        "set dns passed: ip prerouting, priority filter", "create new",
                        "detach dns blocked: inet input, priority filter - 10",
                        "destroy empty"], ""))
    equal("the script goes on meanwhile", c.eval("dns", "kept"), [2])
    equal("a hook that changed its on-error is the same hook",
          [h for h in hooks() if h[2] == "prerouting"],
          [("dns", "passed", "prerouting", 0, "drop", CONF)])
    sh("nfluactl load dns -e 'function passed() end more = 1'")
    equal("a script that was loaded by hand is undone", run(""), (0, ["replace dns"], ""))
    equal("so that the state has only what the file says", c.eval("dns", "more"), [None])
    sh("nfluactl set dns -b 8000 -o accept")
    equal("so are limits that were set by hand", run(""), (0, ["set dns"], ""))
    sh("nfluactl attach dns passed -k output")
    sh("nfluactl create mine")
    equal("what was made by hand and is not in the file stays", run(""), (0, [], ""))
    sh("nfluactl detach dns passed")
    sh("nfluactl attach dns passed -k ingress -d ppp7 --proto ip,ip6")
    equal("a hook that was attached by hand becomes the file's", run("")[1],
          ["set dns passed: netdev ingress ppp7, priority filter",
           "attach dns passed: ip prerouting, priority filter"][::-1])
    sh("nfluactl destroy mine")


def refusals(c):
    """If something is wrong, nothing changes, and the message says what and where."""
    before = states()["dns"]["digest"], hooks()
    write("dns.lua", DNS + "error('oops')\n")
    status, lines, err = run("")
    ok(status == 1 and not lines and "apply dns: %s/dns.lua:" % DIR in err and "oops" in err,
       "a script that fails is refused with its line", err)
    write("dns.lua", "function blocked() end")
    status, lines, err = run("")
    ok(status == 1 and not lines and "does not define the function passed" in err,
       "a script without a function of its hooks is refused", err)
    write("dns.lua", DNS)
    good = open(CONF).read()
    for text, what, want in (
            ("states:\n  dns:\n    memroy: 8M\n", "an unknown key", ":3:5: unknown key 'memroy' of a state"),
            ("states:\n  dns: {memory: 8X}\n", "a wrong size", ":2:17: memory: '8X' is not a size"),
            ("states:\n  dns: {memory: 8M, memory: 9M}\n", "a key twice", ":2:21: the key 'memory' comes twice"),
            ("states:\n  dns: {budget: 7}\n", "a budget out of range", "budget out of range"),
            ("states:\n  -x: {}\n", "a wrong name", ":2:3: '-x' cannot be the name of a state"),
            ("states:\n  x: {}\n  x: {}\n", "a state twice", ":3:3: the state 'x' comes twice"),
            ("states:\n  x: {hooks: [{function: f, hook: forwrad}]}\n", "an unknown hook", "2:15: unknown hook 'forwrad'"),
            ("states:\n  x: {hooks: [{hook: input}]}\n", "a hook without function", "lacks its function"),
            ("states:\n  x: {hooks: [{function: f, hook: input, device: eth0}]}\n", "a wrong device",
             "device is for ingress and egress"),
            ("states:\n  x: {hooks: [{function: f, hook: input}, {function: f, hook: input, on-error: drop}]}\n",
             "a hook twice", ":2:43: the same hook comes twice"),
            ("states:\n  x: {scripts: a.lua}\n", "a word for a list", ":2:16: a list is expected here"),
            ("states: [x]\n", "a list for names", ":1:9: names of states are expected"),
            ("states:\n  x: [\n", "a list without end", ":3:1: "),
            ("states: {}\n---\nstates: {}\n", "two documents", "more than one document"),
            ("states:\n  \"x\\0y\": {}\n", "a NUL", ":2:3: a NUL is not allowed"),
            ("\tstates:\n", "a tab", ":1:1: "),
            ("stats: {}\n", "another key", ":1:1: unknown key 'stats' of the file"),
            ("states: {x: {memory: }}\n", "a key without value", "the value is missing")):
        write("nflua.conf", text)
        status, lines, err = run("")
        ok(status == 1 and not lines and want in err and CONF in err,
           "%s is refused, with its place" % what, err)
    write("nflua.conf", good.replace("names.lua", "nothing.lua"))
    status, lines, err = run("")
    ok(status == 1 and not lines and "nothing.lua: No such file" in err,
       "a script that cannot be read is refused", err)
    status, lines, err = run("", "/nowhere.conf")
    ok(status == 1 and "/nowhere.conf: No such file" in err, "so is a file that is not there", err)
    status, lines, err = run("--check --boot")
    ok(status == 2 and "cannot be combined" in err, "options that exclude each other are wrong usage", err)
    write("nflua.conf", good)
    sh("nfluactl create other -w somebody")
    write("nflua.conf", good + "  other: {}\n")
    status, lines, err = run("")
    ok(status == 1 and not lines and "the state 'other' belongs to somebody" in err,
       "a state of another owner is refused", err)
    sh("nfluactl destroy other")
    write("nflua.conf", good)
    equal("all this has changed nothing", (states()["dns"]["digest"], hooks()), before)


def rules(c):
    """Rules and hooks that lack functions, and states that rules need."""
    good = open(CONF).read()
    with Rule("-m lua --state dns --function passed -j DROP"):
        short = good[:good.index("      - {function: passed")] + good[good.index("  new: {}"):]
        write("nflua.conf", short)
        write("dns.lua", "function blocked() end")
        status, lines, err = run("")
        ok(status == 1 and "functions that the script does not define: passed" in err,
           "a script without a function of a rule is refused", (lines, err))
        equal("and its hooks stay", len(hooks()), 3)
    write("nflua.conf", good)
    run("")
    write("nflua.conf", short)
    equal("a hook goes with the function that it called", run("")[::2], (0, ""))
    equal("and the others stay", [h[1] for h in hooks()], ["blocked"])
    with Rule("-m lua --state new --function f -j DROP"):
        write("nflua.conf", short.replace("  new: {}\n", ""))
        status, lines, err = run("")
        ok(status == 1 and "rules or hooks refer to the state" in err and
           "not done: destroy new" in err, "a state that rules refer to stays, and this is said", err)
    write("nflua.conf", good)
    write("dns.lua", DNS)
    equal("all is applied again", run("")[::2], (0, ""))
    equal("another owner has nothing here", run("--remove -w nobody"),
          (0, [], "nfluactl: apply: nothing belongs to nobody\n"))
    sh("nfluactl attach new passed -k output -w somebody -f")
    write("nflua.conf", good.replace("  new: {}", "  new:\n    hooks: [{function: passed, hook: output}]"))
    write("dns.lua", DNS)
    status, lines, err = run("")
    ok(status == 1 and not lines and "of the state 'new' belongs to somebody" in err,
       "a hook of another owner is refused", (lines, err))
    sh("nfluactl detach new passed")
    write("nflua.conf", good)
    sh("nfluactl load --replace --confirm 60 new -e 'x = 1'")
    status, lines, err = run("")
    ok(status == 1 and not lines and "a change waits for its confirmation" in err,
       "apply is refused while a change waits", (lines, err))
    sh("nfluactl rollback new")
    sh("nfluactl load new -e 'x = 1'")
    equal("a state without scripts in the file loses what it has run", run("")[::2], (0, ""))
    equal("and then there is nothing to do", (run(""), sh("nfluactl eval new x")), ((0, [], ""), "nil"))
    status, lines, err = run("-j --remove")
    equal("--remove takes all away, and says so in JSON",
          (status, sorted(s["action"] for s in json.loads(lines[0])), err),
          (0, ["destroy", "destroy", "detach", "detach", "detach"], ""))
    equal("nothing is left", (states(), hooks()), ({}, []))


def boot(_):
    """At boot, a broken script does not keep the other states away, nor its own."""
    write("dns.lua", DNS + "x = = 1\n")
    write("nflua.conf", WHOLE)
    status, lines, err = run("--boot")
    ok(status == 1 and "apply dns: %s/dns.lua:" % DIR in err, "a broken script fails at boot", err)
    equal("every state is there", sorted(states()), ["dns", "empty"])
    s = states()["dns"]
    equal("its own without a script, with its on-error and its hooks",
          (s["script"], s["on_error"], s["hooks"], s["missing"]), (None, "drop", 3, ["blocked", "passed"]))
    udp = Udp(PORT)
    equal("so that it fails closed", udp.through(2), 0)
    write("dns.lua", DNS)
    equal("the next apply heals it", run(""), (0, ["replace dns"], ""))
    write("dns.lua", "x = = 1\n")
    write("nflua.conf", WHOLE.replace("empty:", "empty: {memory: 4M}"))
    status, lines, err = run("--boot")
    equal("a live state keeps the script that runs", (status, lines), (1, ["set empty"]))
    write("nflua.conf", WHOLE.replace("function: blocked", "function: other"))
    status, lines, err = run("--boot")
    equal("and its hooks", (status, lines, [h[1] for h in hooks()]),
          (1, ["set empty"], ["blocked", "passed", "passed"]))
    equal("and filters on", udp.through(2), 0)
    udp.close()
    run("--remove")


def commands(c):
    """The commands set and check."""
    write("a.lua", "x = 1\n")
    write("b.lua", "x = = 1\n")
    equal("check of a good script says nothing", sh("nfluactl check %s/a.lua" % DIR), "")
    out = sh("nfluactl check %s/b.lua %s/a.lua 2>&1; echo $?" % (DIR, DIR))
    ok("b.lua:1:" in out and out.endswith("\n1"), "check names the line of a bad one", out)
    equal("check makes no state", states(), {})
    equal("check -j names what is good", json.loads(sh("nfluactl -j check %s/a.lua" % DIR)),
          [DIR + "/a.lua"])
    sh("nfluactl create s %s/a.lua -" % DIR, stdin="y = x + 1")
    equal("create takes several scripts", c.eval("s", "return x, y"), [1, 2])
    sh("nfluactl load -r s %s/a.lua -e 'y = x + 2'" % DIR)
    equal("and load --replace does", c.eval("s", "return x, y"), [1, 3])
    sh("nfluactl set s -m 4M -b 9000 -o drop -w me")
    s = states()["s"]
    equal("set changes what is given", [s[k] for k in ("maxalloc", "budget", "on_error", "owner")],
          [4 << 20, 12000, "drop", "me"])
    for args, want in (("s", "nothing to set"), ("", "missing state name"), ("s t -m 1M", "unexpected"),
                       ("s -m 1X", "is not a size"), ("s -o no", "neither accept nor drop")):
        out = sh("nfluactl set %s 2>&1; echo $?" % args)
        ok(want in out and out.endswith("\n2"), "set %s is wrong usage" % args, out)
    out = sh("nfluactl set no -m 1M 2>&1; echo $?")
    ok("no state of this name" in out and out.endswith("\n1"), "set needs a state", out)
    m = c.get("s")
    equal("and leaves the script", m.number("ERROR_KIND") or N["NFLUA_ERROR_NONE"],
          N["NFLUA_ERROR_NONE"])
    sh("nfluactl destroy s")


main(whole, differs, refusals, rules, boot, commands)
