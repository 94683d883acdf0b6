# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""nfluactl monitor and top: what they say of a live machine, as text and as JSON."""
import json
import os
import re
import signal
import subprocess
import tempfile
import time

from rules import Rule
from shells import in_terminal, set_size
from tap import DEBUG_KERNEL, Udp, equal, main, ok, sh, wait_for

PATIENCE = 60 if DEBUG_KERNEL else 15
KEYS = ["time", "type", "state", "seq", "lost", "dropped", "function", "kind", "error",
        "traceback", "protocol", "source", "source_port", "destination", "destination_port",
        "output", "truncated", "figures"]
FIGURES = ["name", "maxalloc", "curralloc", "peakalloc", "budget", "percpu", "refs", "calls",
           "matches", "errors", "time_ns", "age_ns", "on_error", "gone", "functions", "missing",
           "last_error"]
RATES = ["interval_ns", "cpu_percent", "calls_per_s", "matches_per_s", "errors_per_s",
         "ns_per_call"]
SCRIPT = """
function bad(frame, packet) error("for " .. packet.udp.dport) end
function say() print("first") print("second\\nthird") return false end
"""


class Monitor:
    """Runs until it is told to stop; it is watching when this returns."""

    def __init__(self, *options):
        self.out = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(["nfluactl", "monitor", *options], text=True,
                                        stdout=self.out, stderr=subprocess.PIPE)
        wait_for(lambda: "signalfd" in sh("ls -l /proc/%d/fd" % self.process.pid, check=False),
                 PATIENCE)

    def result(self):
        _, err = self.process.communicate(timeout=PATIENCE)
        self.out.seek(0)
        return self.process.returncode, self.out.read(), err

    def end(self, how=signal.SIGINT):
        time.sleep(0.3)
        self.process.send_signal(how)
        return self.result()


def events():
    """One of each kind."""
    udp = Udp(5300)
    with open("/tmp/monitor.lua", "w") as f:
        f.write(SCRIPT)
    sh("nfluactl create watched /tmp/monitor.lua")
    sh("nfluactl create other")
    for function in ("bad", "say"):
        with Rule("-m lua --state watched --function " + function):
            udp.through(1)
    sh("nfluactl load watched -e \"timer.create(0, function() error('late') end)\"")
    sh("nfluactl load --replace watched -e ''")
    sh("nfluactl destroy watched other")
    port = udp.sender.getsockname()[1]
    udp.close()
    return port


def text(_):
    monitor = Monitor()
    port = events()
    status, out, err = monitor.end()
    equal("an interrupt ends it with status 0", (status, err), (0, ""))
    out = out.split("\n")
    equal("created", out[0], "watched created (memory 32M, budget 20ms)")
    equal("another", out[1], "other created (memory 32M, budget 20ms)")
    equal("an error", out[2], "watched error bad: /tmp/monitor.lua:2: for 5300 "
          "(udp 127.0.0.1 port %d to 127.0.0.1 port 5300)" % port)
    equal("its traceback is indented", out[3], "  stack traceback:")
    end = next((i for i in range(4, len(out)) if not out[i].startswith(" ")), 4)
    equal("lines printed", out[end:end + 3],
          ["watched print first", "watched print second", "watched print third"])
    ok("watched error timer: " in out[end + 3] and "late" in out[end + 3] and
       "(" not in out[end + 3].split("late")[1], "a timer's error has no packet", out[end + 3])
    ok(any(line.startswith("watched replaced (") for line in out), "replaced", out)
    equal("destroyed", [line.split(" (")[0] for line in out[-3:]],
          ["watched destroyed", "other destroyed", ""])
    monitor = Monitor("-t", "-c", "2", "other")
    events()
    status, out, err = monitor.result()
    equal("so many, of the one that is named", (status, err), (0, ""))
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    ok(re.fullmatch("%s other created .*\n%s other destroyed .*\n" % (stamp, stamp), out),
       "with the time", out)


EVIL = r"a\tb\27[31mc\0d\127\u{9b}1m\xffe\u{e4}\r"
SHOWN = r"a" "\t" r"b\x1b[31mc\x00d\x7f\xc2\x9b1m\xffe" "\u00e4" r"\x0d"


def text_of_others(_):
    """What scripts print and raise, out of packets maybe, is shown and not obeyed."""
    monitor = Monitor()
    sh("nfluactl create evil")
    script = r"""nf.receive(function(port, s)
            if s == "print" then print("%s\nevil destroyed (memory") else error("%s", 0) end
        end)
        timer.create(0, function() error("bad\27]0;title\7\nevil destroyed (memory\n", 0) end)"""
    script %= (EVIL, EVIL.replace(r"\0", "") + r"\nevil x")
    subprocess.run(["nfluactl", "load", "evil", "-e", script], check=True)
    send = lambda what: subprocess.run(["nfluactl", "send", "evil", what], check=False,
                                       capture_output=True, text=True,
                                       errors="replace").stderr.split("\n")
    equal("nothing wrong", send("print"), [""])
    shown = SHOWN.replace(r"\x00", "")
    lines = send("fail")
    equal("an error", lines[:3],
          ["nfluactl: send evil: " + shown, "  evil x", "  stack traceback:"])
    ok(all(line.startswith(" ") for line in lines[2:-1]), "its traceback", lines)
    _, out, _ = monitor.end()
    lines = out.split("\n")
    for line in ("evil print " + SHOWN, "evil print evil destroyed (memory",
                 "  evil destroyed (memory"):
        equal("monitor: " + line, lines.count(line), 1)
    ok(any(line.startswith(r"evil error timer: bad\x1b]0;title\x07") for line in lines),
       "monitor: an error", lines)
    ok(all(line[:1] in " " or line.startswith("evil ") for line in lines), "nothing else", lines)
    code = '"%s\\n2"' % EVIL
    raw = "a\tb\x1b[31mc\0d\x7f\u009b1m".encode() + b"\xffe\xc3\xa4\r\n2\n"
    for name, args in (("a value", ["eval", "evil", code]),
                       ("printed", ["load", "evil", "-e", "print(%s)" % code])):
        equal(name + ", elsewhere, as it is",
              subprocess.run(["nfluactl", *args], check=True, capture_output=True).stdout, raw)
        equal(name + ", on a terminal", in_terminal("nfluactl", *args).encode("latin-1").decode(),
              SHOWN + "\n2\n")
    again = r'function again() nf.netlink(0, 1, "%s\n2") timer.create(500, again) end again()'
    subprocess.run(["nfluactl", "load", "evil", "-e", again % EVIL], check=True)
    equal("a message, on a terminal",
          in_terminal("nfluactl", "-q", "listen", "-g", "0", "-c", "1").encode("latin-1").decode(),
          SHOWN + "\n  2\n")
    equal("JSON stays", in_terminal("nfluactl", "-j", "eval", "evil", r'"\27\u{9b}"'),
          '{"values":["\\u001b\u00c2\u009b"],"output":"","truncated":[]}\n')
    equal("an unknown word", subprocess.run(["nfluactl", "a\x1bb\nc"], capture_output=True,
          check=False).stderr, b"nfluactl: unknown command 'a\\x1bb\n  c' (try: nfluactl help)\n")
    sh("nfluactl destroy evil")


def as_json(_):
    monitor = Monitor("-j")
    port = events()
    status, out, err = monitor.end(signal.SIGTERM)
    equal("ended", (status, err), (0, ""))
    lines = [json.loads(line) for line in out.splitlines()]
    ok(len(lines) == 9 and all(list(line) == KEYS for line in lines), "the same keys in each line",
       out)
    equal("types", [line["type"] for line in lines],
          ["created", "created", "error", "print", "print", "error", "replaced", "destroyed",
           "destroyed"])
    equal("numbers", [line["seq"] - lines[0]["seq"] for line in lines], list(range(9)))
    equal("nothing is lost", {(line["lost"], line["dropped"]) for line in lines}, {(0, 0)})
    bad, late = lines[2], lines[5]
    equal("an error", [bad[k] for k in ("state", "function", "kind", "protocol", "source",
                                        "source_port", "destination", "destination_port",
                                        "output", "figures")],
          ["watched", "bad", "runtime", 17, "127.0.0.1", port, "127.0.0.1", 5300, None, None])
    equal("its text", bad["error"], "/tmp/monitor.lua:2: for 5300")
    ok(bad["traceback"].startswith("stack traceback:"), "its traceback", bad["traceback"])
    equal("one of no packet", [late[k] for k in KEYS if k.startswith(("proto", "source", "dest"))],
          [None] * 5)
    equal("what was printed", [line["output"] for line in lines[3:5]],
          ["first\n", "second\nthird\n"])
    equal("figures", list(lines[0]["figures"]), FIGURES)
    equal("of the end", [lines[7]["figures"][k] for k in ("name", "calls", "errors")],
          ["watched", 2, 2])


def floods(_):
    """What the module holds back is told, and so is what there was no room for."""
    udp = Udp(5300)
    with open("/tmp/monitor.lua", "w") as f:
        f.write(SCRIPT)
    sh("nfluactl create watched /tmp/monitor.lua")
    monitor = Monitor("-j")
    with Rule("-m lua --state watched --function bad"):
        for _ in range(2 if DEBUG_KERNEL else 4):
            udp.through(500)
        time.sleep(1.2)
        udp.through(1)
    status, out, _ = monitor.end()
    lines = [json.loads(line) for line in out.splitlines()]
    errors = [line for line in lines if line["type"] == "error"]
    equal("all are accounted for", len(errors) + sum(line["dropped"] for line in lines) +
          sum(line["lost"] for line in lines), 1001 if DEBUG_KERNEL else 2001)
    sh("nfluactl clear watched")
    monitor = Monitor()
    monitor.process.send_signal(signal.SIGSTOP)
    for _ in range(3):
        sh("nfluactl load --replace watched -e ''")
    monitor.process.send_signal(signal.SIGCONT)
    status, out, err = monitor.end()
    equal("a slow one gets all that there is room for", (status, out.count("replaced"), err),
          (0, 3, ""))
    udp.close()
    sh("nfluactl destroy watched")


GAP = """
import signal, subprocess, sys, tempfile
from nflua_nl import Client
from tap import sh, wait_for
files = [tempfile.NamedTemporaryFile() for _ in range(2)]
monitor = subprocess.Popen(["nfluactl", "monitor"] + sys.argv[1:], stdout=files[0], stderr=files[1])
def written(file):
    with open(file.name) as f:
        return f.read()
def says(word):
    return any(word in written(file) for file in files)
wait_for(lambda: "signalfd" in sh("ls -l /proc/%d/fd" % monitor.pid, check=False))
monitor.send_signal(signal.SIGSTOP)
c = Client()
for i in range(500):
    c.create("x")
    c.destroy("x")
monitor.send_signal(signal.SIGCONT)
# It has emptied its buffer then; before that no event fits.
wait_for(lambda: says("the buffer was full") or says('"lost",'))
c.create("last")
wait_for(lambda: says("last"))
monitor.send_signal(signal.SIGINT)
status = monitor.wait()
sys.stdout.write(written(files[0]))
sys.stderr.write(written(files[1]))
sys.exit(status)
"""


def gaps(_):
    """One that stands still, with the small buffer of who is not the host's root."""
    parameter = "/sys/module/nflua/parameters/unprivileged_userns"
    sh("echo Y >" + parameter)
    run = lambda *options: subprocess.run(
        ["unshare", "-Urn", "/usr/bin/python3", "-c", GAP, *options], text=True,
        capture_output=True, check=False)
    r = run()
    events, lost = r.stdout.count("\n"), re.findall(r"lost (\d+) events", r.stderr)
    ok(r.returncode == 0 and len(lost) == 1 and events + int(lost[0]) == 1001 and
       "events were lost because the buffer was full" in r.stderr, "a gap is noticed, and told",
       (events, r.stderr[-500:]))
    r = run("-j")
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    equal("in JSON", (len([x for x in lines if x["type"] == "lost"]),
                      sum(x["lost"] or 0 for x in lines) + len(lines) - 1), (1, 1001))
    ok(all(list(x) == KEYS for x in lines), "with the same keys")
    sh("echo N >" + parameter)


def top(_):
    udp = Udp(5300)
    sh("nfluactl create -b 1000000 busy")
    sh("nfluactl load busy -e 'function f() for i = 1, 20000 do end return true end'")
    sh("nfluactl create idle")
    process = subprocess.Popen(["nfluactl", "top", "-n", "3", "-d", "1", "-j"], text=True,
                               stdout=subprocess.PIPE)
    with Rule("-m lua --state busy --function f"):
        while process.poll() is None:
            udp.through(10)
    out, _ = process.communicate(timeout=PATIENCE)
    tables = [json.loads(line) for line in out.splitlines()]
    ok(len(tables) == 3 and all(list(row) == FIGURES + RATES for t in tables for row in t),
       "three tables, all with the same keys", out)
    last = tables[-1]
    equal("the busy one first", [row["name"] for row in last], ["busy", "idle"])
    ok(0 < last[0]["cpu_percent"] <= 100 and last[0]["calls_per_s"] > 1 and
       last[0]["matches_per_s"] > 1 and last[0]["errors_per_s"] == 0 and
       last[0]["ns_per_call"] > 1000, "what it does", last[0])
    ok(9e8 < last[0]["interval_ns"] < 60e9, "in the time between", last[0]["interval_ns"])
    equal("the other does nothing", [last[1][k] for k in RATES[1:]], [0.0, 0.0, 0.0, 0.0, 0])
    text = sh("nfluactl top -n 1").split("\n")
    ok(text[0].split() == ["NAME", "%CPU", "CALLS/S", "MATCHES/S", "ERRORS/S", "CALL", "MEMORY",
                           "LIMIT", "LAST", "ERR"] and [line.split()[0] for line in text[1:]] == ["busy", "idle"],
       "for people", text)
    equal("without the head", sh("nfluactl top -q -n 1").count("\n"), 1)
    process = subprocess.Popen(["nfluactl", "top", "-d", "1"], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    equal("an interrupt ends it with status 0", (process.returncode, err), (0, ""))
    udp.close()
    sh("nfluactl destroy busy idle")
    equal("no states, no rows", (sh("nfluactl top -n 1 -j"), sh("nfluactl top -q -n 1")),
          ("[]", ""))


def top_on_a_terminal(_):
    """As many rows, and as much of a line, as there is room for."""
    names = ["short", "a-name-of-twenty-four-xx"] + ["s%d" % i for i in range(10)]
    sh("; ".join("nfluactl create " + name for name in names))
    for rows, columns, quiet, lines, more in ((20, 100, False, 13, None), (14, 60, False, 13, None),
                                              (13, 100, False, 12, 2), (6, 30, False, 5, 9),
                                              (6, 100, True, 5, 8), (0, 0, False, 13, None)):
        out = in_terminal("nfluactl", "top", "-n", "1", *["-q"] * quiet, rows=rows, columns=columns)
        out = out.replace("\033[H\033[J", "").split("\n")[:-1]
        name = "%d rows of %d columns" % (rows, columns)
        ok(len(out) == lines and all(len(line) <= (columns or 100) for line in out), name, out)
        equal(name + ": are any left out", out[-1], "and %d more" % more if more else out[-1])
        ok(more or not out[-1].startswith("and "), name + ": no more", out)
    lines = sh("nfluactl top -n 1").split("\n")
    equal("the columns are straight", ({len(line) for line in lines}, lines[0].split()[-1]),
          ({24 + 75}, "ERR"))
    out = in_terminal("nfluactl", "top", "-d", "600", "-n", "2", rows=20, then=[
        (b"short ", lambda fd: set_size(fd, 7, 80)), (b"and 8 more", lambda fd: set_size(fd, 6, 80)),
        (b"and 9 more", lambda fd: os.write(fd, b"\3"))])
    equal("another size is seen at once, and its tables do not count",
          re.findall("and [0-9]+ more", out), ["and 8 more", "and 9 more"])
    sh("nfluactl destroy " + " ".join(names))


def elsewhere(_):
    """In another namespace; -n behind top is top's own."""
    sh("ip netns add there && nfluactl -n there create far && nfluactl create near")
    monitor = Monitor("-n", "there")
    sh("nfluactl create near2 && nfluactl destroy near2")
    sh("nfluactl --netns there create far2 && nfluactl destroy far2 -n there")
    _, out, _ = monitor.end()
    equal("monitor", [line.split(" (")[0] for line in out.splitlines()],
          ["far2 created", "far2 destroyed"])
    names = lambda command: [s["name"] for s in json.loads(sh(command))]
    equal("top -n is its own", names("nfluactl top -j -n 1"), ["near"])
    equal("--netns behind it", names("nfluactl top -j -n 1 --netns there"), ["far"])
    equal("-n before it", names("nfluactl -j -n there top --iterations=1"), ["far"])
    equal("list", names("nfluactl list -j --netns=there"), ["far"])
    equal("repl", sh("echo 1 + 1 | nfluactl -n there repl far"), "2")
    equal("eval", sh("nfluactl eval -n there far 'nf ~= nil'"), "true")
    ok("network namespace none: No such file" in
       subprocess.run(["nfluactl", "repl", "-n", "none"], capture_output=True, text=True,
                      check=False).stderr, "no such namespace")
    sh("ip netns del there && nfluactl destroy near")


def cut(_):
    """What is too long for an event is cut, and that is told."""
    plain, structured = Monitor(), Monitor("-j")
    sh("nfluactl create long && nfluactl load long -e 'nf.receive(function(port, s) "
       "if s == \"print\" then print((\"p\"):rep(6000)) else error((\"e\"):rep(6000), 0) end end) "
       "timer.create(0, function() error((\"e\"):rep(6000), 0) end)'")
    ok(wait_for(lambda: sh("nfluactl list long -j").find('"errors":1') > 0, PATIENCE), "an error")
    sh("nfluactl send long print")
    _, out, _ = plain.end()
    lines = out.split("\n")
    ok("long error timer: " + "e" * 4096 + " ..." in lines, "an error that goes on", out[-200:])
    at = lines.index("long print " + "p" * 4096)
    equal("a line that goes on", lines[at + 1], "long print ...")
    _, out, _ = structured.end()
    equal("JSON", [json.loads(line)["truncated"] for line in out.splitlines()],
          [[], ["error"], ["output"]])
    sh("nfluactl destroy long")


def unloading(_):
    """Who watches a module that goes is told."""
    watchers = Monitor(), Monitor("-j")
    listen = subprocess.Popen(["nfluactl", "-q", "listen", "-g", "1"], stderr=subprocess.PIPE,
                              text=True)
    wait_for(lambda: "signalfd" in sh("ls -l /proc/%d/fd" % listen.pid), PATIENCE)
    sh("rmmod nflua && modprobe nflua")
    for watcher in watchers:
        status, _, err = watcher.result()
        equal("monitor", (status, err), (1, "nfluactl: monitor: the nflua module was unloaded\n"))
    _, err = listen.communicate(timeout=PATIENCE)
    equal("listen", (listen.returncode, err),
          (1, "nfluactl: listen: the nflua module was unloaded\n"))


main(text, text_of_others, as_json, cut, floods, gaps, top, top_on_a_terminal, elsewhere, unloading)
