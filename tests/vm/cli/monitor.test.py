# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""nfluactl monitor and top print what happens on a live machine, as text and as JSON."""
import json
import os
import re
import signal
import subprocess
import tempfile
import time

from rules import Rule
from shells import in_terminal, set_size
from tap import DEBUG_KERNEL, Udp, equal, main, ok, sh, unload, wait_for

PATIENCE = 60 if DEBUG_KERNEL else 15
KEYS = ["time", "type", "state", "seq", "lost", "dropped", "function", "kind", "error",
        "traceback", "protocol", "source", "source_port", "destination", "destination_port",
        "output", "truncated", "hook", "reason", "figures"]
FIGURES = ["name", "maxalloc", "curralloc", "peakalloc", "budget", "percpu", "refs", "hooks",
           "calls", "matches", "errors", "time_ns", "age_ns", "on_error", "gone", "confirm_ms",
           "keptalloc", "owner", "script", "script_age_ns", "digest", "functions", "missing",
           "last_error"]
RATES = ["interval_ns", "cpu_percent", "calls_per_s", "matches_per_s", "errors_per_s",
         "ns_per_call"]
SCRIPT = """
function bad(frame, packet) error("for " .. packet.udp.dport) end
function say() print("first") print("second\\nthird") return false end
"""


class Monitor:
    """A nfluactl monitor in the background. It is watching once this is constructed."""

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
    """Causes an event of each kind. Returns the source port of the packet."""
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
    equal("SIGINT ends monitor with status 0", (status, err), (0, ""))
    out = out.split("\n")
    equal("monitor prints that a state was created, with its limits", out[0],
          "watched created (memory 32M, budget 20ms)")
    equal("monitor prints that another state was created", out[1],
          "other created (memory 32M, budget 20ms)")
    equal("monitor prints an error with its function, text and packet", out[2],
          "watched error bad: /tmp/monitor.lua:2: for 5300 "
          "(udp 127.0.0.1 port %d to 127.0.0.1 port 5300)" % port)
    equal("monitor indents the traceback of an error", out[3], "  stack traceback:")
    end = next((i for i in range(4, len(out)) if not out[i].startswith(" ")), 4)
    equal("monitor prints each line that a script printed", out[end:end + 3],
          ["watched print first", "watched print second", "watched print third"])
    ok("watched error timer: " in out[end + 3] and "late" in out[end + 3] and
       "(" not in out[end + 3].split("late")[1],
       "monitor prints an error in a timer without a packet", out[end + 3])
    ok(any(line.startswith("watched replaced (") for line in out),
       "monitor prints that a state was replaced", out)
    equal("monitor prints that states were destroyed", [line.split(" (")[0] for line in out[-3:]],
          ["watched destroyed", "other destroyed", ""])
    monitor = Monitor("-t", "-c", "2", "other")
    events()
    status, out, err = monitor.result()
    equal("monitor -c 2 ends with status 0", (status, err), (0, ""))
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    ok(re.fullmatch("%s other created .*\n%s other destroyed .*\n" % (stamp, stamp), out),
       "monitor -t -c 2 of a state prints its 2 events with their time", out)


EVIL = r"a\tb\27[31mc\0d\127\u{9b}1m\xffe\u{e4}\r"
SHOWN = r"a" "\t" r"b\x1b[31mc\x00d\x7f\xc2\x9b1m\xffe" "\u00e4" r"\x0d"


def text_of_others(_):
    """Text that scripts print or raise may come from packets. Terminals must not obey it."""
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
    equal("send prints nothing when a handler prints control characters", send("print"), [""])
    shown = SHOWN.replace(r"\x00", "")
    lines = send("fail")
    equal("send escapes control characters in an error, and indents its further lines",
          lines[:3], ["nfluactl: send evil: " + shown, "  evil x", "  stack traceback:"])
    ok(all(line.startswith(" ") for line in lines[2:-1]), "send indents the traceback", lines)
    _, out, _ = monitor.end()
    lines = out.split("\n")
    for line in ("evil print " + SHOWN, "evil print evil destroyed (memory",
                 "  evil destroyed (memory"):
        equal("monitor prints this line once: " + line, lines.count(line), 1)
    ok(any(line.startswith(r"evil error timer: bad\x1b]0;title\x07") for line in lines),
       "monitor escapes control characters in an error", lines)
    ok(all(line[:1] in " " or line.startswith("evil ") for line in lines),
       "monitor prints only lines that begin with a blank or the state's name", lines)
    code = '"%s\\n2"' % EVIL
    raw = "a\tb\x1b[31mc\0d\x7f\u009b1m".encode() + b"\xffe\xc3\xa4\r\n2\n"
    for name, args in (("a value of eval", ["eval", "evil", code]),
                       ("the output of load", ["load", "evil", "-e", "print(%s)" % code])):
        equal("control characters in %s go to a pipe unchanged" % name,
              subprocess.run(["nfluactl", *args], check=True, capture_output=True).stdout, raw)
        equal("control characters in %s are escaped on a terminal" % name,
              in_terminal("nfluactl", *args).encode("latin-1").decode(), SHOWN + "\n2\n")
    again = r'function again() nf.netlink(0, 1, "%s\n2") timer.create(500, again) end again()'
    subprocess.run(["nfluactl", "load", "evil", "-e", again % EVIL], check=True)
    equal("control characters in a message are escaped on a terminal",
          in_terminal("nfluactl", "-q", "listen", "-g", "0", "-c", "1").encode("latin-1").decode(),
          SHOWN + "\n  2\n")
    equal("eval -j prints the same JSON on a terminal",
          in_terminal("nfluactl", "-j", "eval", "evil", r'"\27\u{9b}"'),
          '{"values":["\\u001b\u00c2\u009b"],"output":"","truncated":[]}\n')
    equal("control characters in an unknown command are escaped",
          subprocess.run(["nfluactl", "a\x1bb\nc"], capture_output=True, check=False).stderr,
          b"nfluactl: unknown command 'a\\x1bb\n  c' (try: nfluactl help)\n")
    sh("nfluactl destroy evil")


def as_json(_):
    monitor = Monitor("-j")
    port = events()
    status, out, err = monitor.end(signal.SIGTERM)
    equal("SIGTERM ends monitor -j with status 0", (status, err), (0, ""))
    lines = [json.loads(line) for line in out.splitlines()]
    ok(len(lines) == 9 and all(list(line) == KEYS for line in lines),
       "monitor -j prints 9 events with the same keys", out)
    equal("monitor -j prints the type of each event", [line["type"] for line in lines],
          ["created", "created", "error", "print", "print", "error", "replaced", "destroyed",
           "destroyed"])
    equal("monitor -j prints events numbered without a gap",
          [line["seq"] - lines[0]["seq"] for line in lines], list(range(9)))
    equal("monitor -j prints that no events were lost",
          {(line["lost"], line["dropped"]) for line in lines}, {(0, 0)})
    bad, late = lines[2], lines[5]
    equal("monitor -j prints an error with its function, kind and packet",
          [bad[k] for k in ("state", "function", "kind", "protocol", "source",
                            "source_port", "destination", "destination_port",
                            "output", "figures")],
          ["watched", "bad", "runtime", 17, "127.0.0.1", port, "127.0.0.1", 5300, None, None])
    equal("monitor -j prints the text of an error", bad["error"], "/tmp/monitor.lua:2: for 5300")
    ok(bad["traceback"].startswith("stack traceback:"),
       "monitor -j prints the traceback of an error", bad["traceback"])
    equal("monitor -j prints an error in a timer without a packet",
          [late[k] for k in KEYS if k.startswith(("proto", "source", "dest"))], [None] * 5)
    equal("monitor -j prints what a script printed", [line["output"] for line in lines[3:5]],
          ["first\n", "second\nthird\n"])
    equal("monitor -j prints all figures of a new state", list(lines[0]["figures"]), FIGURES)
    equal("monitor -j prints the last figures of a destroyed state",
          [lines[7]["figures"][k] for k in ("name", "calls", "errors")], ["watched", 2, 2])


def floods(_):
    """Counts the events that the module holds back and those that do not fit the buffer."""
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
    equal("monitor -j accounts for all errors as printed, dropped or lost",
          len(errors) + sum(line["dropped"] for line in lines) +
          sum(line["lost"] for line in lines), 1001 if DEBUG_KERNEL else 2001)
    sh("nfluactl clear watched")
    monitor = Monitor()
    monitor.process.send_signal(signal.SIGSTOP)
    for _ in range(3):
        sh("nfluactl load --replace watched -e ''")
    monitor.process.send_signal(signal.SIGCONT)
    status, out, err = monitor.end()
    equal("monitor that was stopped prints all events that its buffer has room for",
          (status, out.count("replaced"), err), (0, 3, ""))
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
    """Stops a monitor that has the small buffer of users other than the host's root."""
    parameter = "/sys/module/nflua/parameters/unprivileged_userns"
    sh("echo Y >" + parameter)
    run = lambda *options: subprocess.run(
        ["unshare", "-Urn", "/usr/bin/python3", "-c", GAP, *options], text=True,
        capture_output=True, check=False)
    r = run()
    events, lost = r.stdout.count("\n"), re.findall(r"lost (\d+) events", r.stderr)
    ok(r.returncode == 0 and len(lost) == 1 and events + int(lost[0]) == 1001 and
       "events were lost because the buffer was full" in r.stderr,
       "monitor prints how many events were lost because its buffer was full",
       (events, r.stderr[-500:]))
    r = run("-j")
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    equal("monitor -j prints how many events were lost because its buffer was full",
          (len([x for x in lines if x["type"] == "lost"]),
           sum(x["lost"] or 0 for x in lines) + len(lines) - 1), (1, 1001))
    ok(all(list(x) == KEYS for x in lines), "monitor -j prints a loss with the keys of an event")
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
       "top -j -n 3 prints three tables with the same keys", out)
    last = tables[-1]
    equal("top -j prints the busiest state first", [row["name"] for row in last], ["busy", "idle"])
    ok(0 < last[0]["cpu_percent"] <= 100 and last[0]["calls_per_s"] > 1 and
       last[0]["matches_per_s"] > 1 and last[0]["errors_per_s"] == 0 and
       last[0]["ns_per_call"] > 1000, "top -j prints the rates of a busy state", last[0])
    ok(9e8 < last[0]["interval_ns"] < 60e9, "top -j prints the time between two tables",
       last[0]["interval_ns"])
    equal("top -j prints rates of 0 for an idle state", [last[1][k] for k in RATES[1:]],
          [0.0, 0.0, 0.0, 0.0, 0])
    text = sh("nfluactl top -n 1").split("\n")
    ok(text[0].split() == ["NAME", "%CPU", "CALLS/S", "MATCHES/S", "ERRORS/S", "CALL", "MEMORY",
                           "LIMIT", "LAST", "ERR"] and
       [line.split()[0] for line in text[1:]] == ["busy", "idle"],
       "top prints a header and a row for each state", text)
    equal("top -q prints no header", sh("nfluactl top -q -n 1").count("\n"), 1)
    process = subprocess.Popen(["nfluactl", "top", "-d", "1"], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    equal("SIGINT ends top with status 0", (process.returncode, err), (0, ""))
    udp.close()
    sh("nfluactl destroy busy idle")
    equal("top prints no rows when there are no states",
          (sh("nfluactl top -n 1 -j"), sh("nfluactl top -q -n 1")), ("[]", ""))


def top_on_a_terminal(_):
    """top prints as many rows, and as much of each, as the terminal has room for."""
    names = ["short", "a-name-of-twenty-four-xx"] + ["s%d" % i for i in range(10)]
    sh("; ".join("nfluactl create " + name for name in names))
    for rows, columns, quiet, lines, more in ((20, 100, False, 13, None), (14, 60, False, 13, None),
                                              (13, 100, False, 12, 2), (6, 30, False, 5, 9),
                                              (6, 100, True, 5, 8), (0, 0, False, 13, None)):
        out = in_terminal("nfluactl", "top", "-n", "1", *["-q"] * quiet, rows=rows, columns=columns)
        out = out.replace("\033[H\033[J", "").split("\n")[:-1]
        name = "top on a terminal of %d rows and %d columns" % (rows, columns)
        ok(len(out) == lines and all(len(line) <= (columns or 100) for line in out),
           name + " prints the lines that fit", out)
        equal(name + " prints how many states it left out",
              [line for line in out if line.startswith("and ")],
              ["and %d more" % more] if more else [])
    lines = sh("nfluactl top -n 1").split("\n")
    equal("top aligns the columns of all lines",
          ({len(line) for line in lines}, lines[0].split()[-1]), ({24 + 75}, "ERR"))
    out = in_terminal("nfluactl", "top", "-d", "600", "-n", "2", rows=20, then=[
        (b"short ", lambda fd: set_size(fd, 7, 80)),
        (b"and 8 more", lambda fd: set_size(fd, 6, 80)),
        (b"and 9 more", lambda fd: os.write(fd, b"\3"))])
    equal("top -n prints a new table when the terminal is resized, and does not count it",
          re.findall("and [0-9]+ more", out), ["and 8 more", "and 9 more"])
    sh("nfluactl destroy " + " ".join(names))


def elsewhere(_):
    """Commands work in another namespace. After top, -n is an option of its own."""
    sh("ip netns add there && nfluactl -n there create far && nfluactl create near")
    monitor = Monitor("-n", "there")
    sh("nfluactl create near2 && nfluactl destroy near2")
    sh("nfluactl --netns there create far2 && nfluactl destroy far2 -n there")
    _, out, _ = monitor.end()
    equal("monitor -n prints only events of the other namespace",
          [line.split(" (")[0] for line in out.splitlines()], ["far2 created", "far2 destroyed"])
    names = lambda command: [s["name"] for s in json.loads(sh(command))]
    equal("top -n is the number of tables, not a namespace", names("nfluactl top -j -n 1"),
          ["near"])
    equal("top --netns prints the states of the other namespace",
          names("nfluactl top -j -n 1 --netns there"), ["far"])
    equal("nfluactl -n before top prints the states of the other namespace",
          names("nfluactl -j -n there top --iterations=1"), ["far"])
    equal("list --netns prints the states of the other namespace",
          names("nfluactl list -j --netns=there"), ["far"])
    equal("nfluactl -n before repl runs code in the other namespace",
          sh("echo 1 + 1 | nfluactl -n there repl far"), "2")
    equal("eval -n runs code in the other namespace",
          sh("nfluactl eval -n there far 'nf ~= nil'"), "true")
    ok("network namespace none: No such file" in
       subprocess.run(["nfluactl", "repl", "-n", "none"], capture_output=True, text=True,
                      check=False).stderr, "repl -n of a missing namespace prints the reason")
    sh("ip netns del there && nfluactl destroy near")


def cut(_):
    """Text that is too long for an event is cut and marked."""
    plain, structured = Monitor(), Monitor("-j")
    sh("nfluactl create long && nfluactl load long -e 'nf.receive(function(port, s) "
       "if s == \"print\" then print((\"p\"):rep(6000)) else error((\"e\"):rep(6000), 0) end end) "
       "timer.create(0, function() error((\"e\"):rep(6000), 0) end)'")
    ok(wait_for(lambda: sh("nfluactl list long -j").find('"errors":1') > 0, PATIENCE),
       "a timer fails with an error of 6000 bytes")
    sh("nfluactl send long print")
    _, out, _ = plain.end()
    lines = out.split("\n")
    ok("long error timer: " + "e" * 4096 + " ..." in lines,
       "monitor cuts an error after 4096 bytes and marks it", out[-200:])
    at = lines.index("long print " + "p" * 4096)
    equal("monitor cuts a printed line after 4096 bytes and marks it", lines[at + 1],
          "long print ...")
    _, out, _ = structured.end()
    equal("monitor -j flags an error and output that are cut",
          [json.loads(line)["truncated"] for line in out.splitlines()],
          [[], ["error"], ["output"]])
    sh("nfluactl destroy long")


def unloading(_):
    """Commands that watch the module end with an error when it is unloaded."""
    watchers = Monitor(), Monitor("-j")
    listen = subprocess.Popen(["nfluactl", "-q", "listen", "-g", "1"], stderr=subprocess.PIPE,
                              text=True)
    wait_for(lambda: "signalfd" in sh("ls -l /proc/%d/fd" % listen.pid), PATIENCE)
    unload()
    sh("modprobe nflua")
    for watcher in watchers:
        status, _, err = watcher.result()
        equal("%s has status 1 when the module is unloaded" % " ".join(watcher.process.args),
              (status, err), (1, "nfluactl: monitor: the nflua module was unloaded\n"))
    _, err = listen.communicate(timeout=PATIENCE)
    equal("nfluactl listen has status 1 when the module is unloaded", (listen.returncode, err),
          (1, "nfluactl: listen: the nflua module was unloaded\n"))


main(text, text_of_others, as_json, cut, floods, gaps, top, top_on_a_terminal, elsewhere, unloading)
