# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""Tests nfluactl repl in a real terminal. tmux types the keys, and its screen is
compared. All that was on the screen is printed at the end, as comments."""
import os
import re
import subprocess
import time

from tap import TOP, equal, main, note, ok, sh, wait_for

TMUX = "tmux -f /dev/null -L repl"
HOME = "/tmp/repl"
PATIENCE = 30
HISTORY = HOME + "/state/nflua/history"


class Terminal:
    """A shell in tmux. It outlives the repl, to show the status that the repl ended with."""

    def __init__(self):
        sh("mkdir -p " + HOME)
        sh("%s new-session -d -x 120 -y 200 'env HOME=%s XDG_STATE_HOME=%s/state TERM=screen "
           "PS1=shell: bash --norc'" % (TMUX, HOME, HOME))
        self.seen = 0

    def keys(self, *keys):
        subprocess.run(TMUX.split() + ["send-keys", *keys], check=True)

    def type(self, text, *keys):
        """Types text as it is, then presses keys by their names."""
        subprocess.run(TMUX.split() + ["send-keys", "-l", text], check=True)
        if keys:
            self.keys(*keys)

    def screen(self):
        lines = subprocess.run(TMUX.split() + ["capture-pane", "-p", "-S", "-"], check=True,
                               capture_output=True, text=True).stdout
        return lines.rstrip("\n").split("\n")

    def shows(self, name, pattern):
        """Checks that the screen, below what was seen before, ends with the pattern."""
        def looks():
            text = "\n".join(line.rstrip() for line in self.screen()[self.seen:])
            return re.search(pattern + r"\Z", text)
        good = wait_for(looks, PATIENCE)
        ok(good, name, "\n".join(self.screen()[self.seen:]))
        self.seen = max(len(self.screen()) - 1, 0)
        return good

    def end(self):
        note("--- the session:")
        note("\n".join(self.screen()))
        sh(TMUX + " kill-server", check=False)


def says(t, code, wanted, prompt="fw> "):
    """Types a line and compares all that the repl prints for it."""
    t.type(code, "Enter")
    body = "".join(re.escape(line) + "\n" for line in wanted)
    t.shows("the repl prints %s for %r" % (wanted, code),
            re.escape((prompt + code).rstrip()) + "\n" + body + prompt.strip())


def values(t):
    t.type("nfluactl repl fw", "Enter")
    t.shows("the repl prints that it created the state",
            r"created state fw\nnflua \S+, state fw \(try: .help\)\nfw>")
    says(t, "1 + 1", ["2"])
    says(t, "x = 5", [])
    says(t, r'"\u{9b}1m\xff\27"', [r'"\xc2\x9b1m\xff\027"'])
    says(t, r'print("\27[31m") return {"\u{9b}1m"}', [r"\x1b[31m", r'{"\xc2\x9b1m"}'])
    says(t, 'x, "5", nil, true, "a\\"b\\n\\0"', ['5       "5"     nil     true    "a\\"b\\n\\000"'])
    says(t, "return x", ["5"])
    says(t, '{1, 2, name = "x", sub = {true}}', ['{1, 2, name = "x", sub = {true}}'])
    says(t, 'print("a", 1) print("b") return 3', ["a       1", "b", "3"])
    says(t, "nil", ["nil"])
    says(t, "print()", [""])
    says(t, "   ", [])


def continuation(t):
    t.type("function double(n)", "Enter")
    t.shows("the prompt is fw>> after the first line of a function",
            r"fw> function double\(n\)\nfw>>")
    t.type("return 2 * n", "Enter")
    t.shows("the prompt is fw>> after the second line of a function",
            r"fw>> return 2 \* n\nfw>>")
    t.type("end", "Enter")
    t.shows("the prompt is fw> after the last line of a function", r"fw>> end\nfw>")
    says(t, "double(21)", ["42"])
    t.type("text = [[one", "Enter")
    t.shows("the prompt is fw>> within a long string", r"\nfw>>")
    t.type(".two]]", "Enter")
    t.shows("a line with a dot within a long string is no command", r"fw>> .two\]\]\nfw>")
    says(t, "text", ['"one\\n.two"'])


def errors(t):
    t.type('error("on purpose")', "Enter")
    t.shows("the repl prints an error with its traceback",
            r"stdin:1: on purpose\n  stack traceback:\n(.*\n)+fw>")
    t.type("x = = 1", "Enter")
    t.shows("the repl prints a syntax error", r"stdin:1: unexpected symbol near '='\nfw>")
    says(t, "x", ["5"])
    t.type("print('so far') error({})", "Enter")
    t.shows("the repl prints output before the error", r"so far\ntable: \S+\n(.*\n)*fw>")


def breaking_off(t):
    t.type("started = true while true do end", "Enter")
    ok(wait_for(lambda: sh("nfluactl eval fw started") == "true", PATIENCE),
       "an endless loop begins in the repl")
    t.keys("C-c")
    t.shows("Ctrl-C ends an endless loop", r"(\^C)?\ninterrupted\n(.*\n)*fw>")
    t.type("x = 6 this is not")
    # Ctrl-C drops input that was not read yet.
    t.shows("the repl shows a line while it is typed", r"fw> x = 6 this is not")
    t.keys("C-c")
    t.shows("Ctrl-C at the prompt drops the line", r"x = 6 this is not\^C\nfw>")
    says(t, "x", ["5"])
    t.type("function f()", "Enter")
    t.shows("the prompt is fw>> before the incomplete function is dropped", r"fw>>")
    t.type("x = 7")
    t.shows("the repl shows a second line while it is typed", r"fw>> x = 7")
    t.keys("C-c")
    t.shows("Ctrl-C drops an incomplete function", r"x = 7\^C\nfw>")
    says(t, "x, f", ["5       nil"])


def completion(t):
    says(t, "rules = {drop = 1, drop_all = print, other = 2}", [])
    t.type("nf.tra", "Tab")
    t.shows("TAB completes a function of nf", r"fw> nf.traffic")
    t.keys("C-u")
    t.type("rul", "Tab")
    t.shows("TAB completes a global of the live state", r"fw> rules")
    t.type(".d", "Tab")
    t.shows("TAB completes what all choices have in common", r"fw> rules.drop")
    t.keys("Tab", "Tab")
    t.shows("TAB twice prints the choices", r"rules.drop +rules.drop_all *\nfw> rules.drop")
    t.keys("C-u")
    t.type("x = rules:", "Tab", "(", "Enter")
    t.shows("TAB completes a method within an expression", r"fw> x = rules:drop_all\(\nfw>>")
    t.keys("C-c")
    t.type("whi", "Tab")
    t.shows("TAB completes a keyword", r"fw> while")
    t.keys("C-u")
    sh("nfluactl load fw -e 'later_on = 1'")
    t.type("later", "Tab")
    t.shows("TAB completes a global that another command set meanwhile", r"fw> later_on")
    t.keys("C-u")
    t.type(".lo", "Tab")
    t.shows("TAB completes a command of the repl", r"fw> .load")
    t.keys("C-u")


def dots(t):
    with open(HOME + "/a-file.lua", "w") as f:
        f.write("#!/usr/bin/lua\nprint('from a file')\nfile = ...\n")
    with open(HOME + "/bad.lua", "w") as f:
        f.write("\nerror('bad')\n")
    t.type(".load %s/a-f" % HOME, "Tab", "Enter")
    t.shows(".load completes a file's name and runs the file",
            r".load %s/a-file.lua\s*\nfrom a file\nfw>" % HOME)
    t.type(".load %s/bad.lua" % HOME, "Enter")
    t.shows(".load prints the error of a file", r"%s/bad.lua:2: bad\n(.*\n)+fw>" % HOME)
    t.type(".load /none", "Enter")
    t.shows(".load prints that a file does not exist", r"/none: No such file or directory\nfw>")
    t.type(".states", "Enter")
    t.shows(".states prints the states", r"NAME .*\nfw .*\nfw>")
    t.type(".help", "Enter")
    t.shows(".help prints the commands of the repl",
            r".load FILE +run a file in the state\n(.*\n)+.*Ctrl-D leaves.\nfw>")
    for line, text in ((".frob", ".frob: unknown command (try: .help)"),
                       (".load", ".load: missing argument (try: .help)"),
                       (".help me", ".help: unexpected argument (try: .help)")):
        says(t, line, [text])
    says(t, ".use other", ["there is no state of this name"])
    sh("nfluactl create other")
    t.type(".use other", "Enter")
    t.shows(".use changes to another state", r".use other\nother>")
    says(t, "x", ["nil"], "other> ")
    t.type(".use f", "Tab", "Enter")
    t.shows(".use completes a state's name", r"other> .use fw\s*\nfw>")
    says(t, "x", ["5"])
    t.type(".use -bad", "Enter")
    t.shows(".use refuses an invalid name", r"a state's name .*\n(.*\n)?fw>")


def history(t):
    says(t, "remembered = 1", [])
    t.keys("Up")
    t.shows("Up brings back the last line", r"fw> remembered = 1")
    t.keys("C-u")
    t.keys("C-d")
    t.shows("Ctrl-D leaves the repl", r"fw>\nshell:")
    t.type("echo status $?", "Enter")
    t.shows("Ctrl-D leaves the repl with status 0", r"\nstatus 0\nshell:")
    equal("only the user can read the history file", sh("stat -c %%a %s" % HISTORY), "600")
    t.type("nfluactl -q repl fw", "Enter")
    t.shows("repl -q prints only the prompt", r"nfluactl -q repl fw\nfw>")
    t.keys("Up")
    t.shows("Up brings back a line of the last session", r"fw> remembered = 1")
    t.keys("C-u")
    t.type(".quit", "Enter")
    t.shows(".quit leaves the repl", r"fw> .quit\nshell:")


def session(_):
    t = Terminal()
    t.shows("a shell begins in tmux", "shell:")
    for part in (values, continuation, errors, breaking_off, completion, dots, history):
        try:
            part(t)
        except Exception as e:
            ok(False, "%s() raises no exception" % part.__name__, e)
    t.end()
    sh("nfluactl destroy fw other")


def piped(lines, name="piped"):
    r = subprocess.run(["nfluactl", "repl", name], input=lines.encode("latin-1"),
                       capture_output=True, check=False, cwd=TOP)
    return r.returncode, r.stdout.decode("latin-1"), r.stderr.decode("latin-1")


def pipes(_):
    sh("nfluactl create piped")
    equal("the repl runs the lines of a pipe, without a prompt",
          piped("1 + 1\nx = 5\nx, 'a'\nprint('p')\n"), (0, '2\n5\t"a"\np\n', ""))
    equal("the repl runs a function of several lines in a pipe",
          piped("function f()\nreturn 7\nend\nf()"), (0, "7\n", ""))
    status, out, err = piped("error('one')\n2\n")
    ok(status == 1 and out == "2\n" and err.startswith("stdin:1: one\n  stack traceback:"),
       "the repl goes on after an error in a pipe and ends with status 1", (status, out, err))
    status, out, err = piped("print('x')\nfor i = 1, 2 do\n")
    ok(status == 1 and out == "x\n" and "near <eof>" in err,
       "the repl prints an error when a pipe ends within a statement", (status, out, err))
    equal("the repl runs the dot commands of a pipe", piped(".use piped\n.frob\n1\n"),
          (1, "1\n", ".frob: unknown command (try: .help)\n"))
    equal("the repl prints nothing for an empty pipe", piped(""), (0, "", ""))
    status, out, err = piped("1\n2\0\n3\n")
    ok(status == 1 and out == "1\n" and "zero byte" in err,
       "the repl ends with an error at a zero byte in a pipe", (status, out, err))
    equal("the repl prints bytes of a string unchanged into a pipe", piped("'\xe4\xff'\n"),
          (0, '"\xe4\xff"\n', ""))
    equal("the repl creates a state that does not exist, and prints that to standard error",
          piped("1\n", "fresh"), (0, "1\n", "created state fresh\n"))
    ok(not os.path.exists("/root/.local/state/nflua"), "the repl keeps no history of a pipe")
    equal("repl -j is a usage error", subprocess.run(["nfluactl", "-j", "repl"], check=False,
                                                     capture_output=True).returncode, 2)
    script = subprocess.Popen(["nfluactl", "repl", "piped"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    script.stdin.write(b"going = 1 while true do end\nprint('never')\n")
    script.stdin.flush()
    ok(wait_for(lambda: sh("nfluactl eval piped going") == "1", PATIENCE),
       "an endless loop in a pipe begins")
    time.sleep(0.1)
    script.send_signal(2)
    out, err = script.communicate()
    ok(script.returncode == 1 and out == b"" and err.startswith(b"interrupted"),
       "SIGINT ends the repl during a line of a pipe", (script.returncode, out, err))
    sh("nfluactl destroy piped fresh")


main(session, pipes)
