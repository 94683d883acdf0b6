# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""Completion of nfluactl in bash and in zsh, as it is installed: commands and
options are those of the table in cli/commands.c, states those that are there."""
import os
import re
import tempfile
import time

from shells import ONE, Shell
from tap import TOP, equal, main, ok, sh

NAMES = ["fw", "a:b", "a:c", "a@d", "plain-1"]
SPACES = ["a$(touch pwned)", "b b", "there"]


def table():
    """Commands and their options, short and long, out of the source of nfluactl."""
    with open(TOP + "/cli/commands.c", encoding="utf-8") as f:
        text = f.read()
    options = {}
    for name, body in re.findall(r"cli_option (\w+)\[\] = \{\n(.*?)\n\};", text, re.S):
        rows = re.findall(r"\{ '(\w)', \"([\w-]+)\"", body)
        options[name] = {"-" + letter for letter, _ in rows} | {"--" + long for _, long in rows}
    commands = {}
    body = re.search(r"struct command commands\[\] = \{\n(.*?)\n\};", text, re.S)[1]
    for entry in body.split("}, {"):
        name = re.search(r'"(\w+)"', entry)
        own = re.search(r"\b(\w+_options)\b", entry)
        if name:
            commands[name[1]] = options["global_options"] | (options[own[1]] if own else set())
    return commands, options["global_options"]


def commands_and_options(shell, kind):
    commands, every = table()
    ok(len(commands) > 8 and len(every) == 10, "the table is read", commands)
    equal("%s: commands" % kind, set(shell.complete("nfluactl ")), set(commands))
    equal("%s: of help, too" % kind, set(shell.complete("nfluactl help ")), set(commands))
    equal("%s: after an option with its argument" % kind,
          shell.complete("nfluactl -j -n eval li"), ["list", "listen"])
    equal("%s: options before the command" % kind, offered(shell, "nfluactl "), every)
    for name, options in commands.items():
        equal("%s: options of %s" % (kind, name), offered(shell, "nfluactl %s " % name), options)


def offered(shell, line):
    """The options that are offered: bash and zsh have both forms after a dash."""
    found = shell.complete(line + "-") + shell.complete(line + "--")
    return {word.rstrip("=") for word in found} - {"-", "--"}


def states(shell, kind):
    equal("%s: states" % kind, sorted(shell.complete("nfluactl eval ")), sorted(NAMES))
    equal("%s: that begin so" % kind, shell.complete("nfluactl -j eval pl"), ["plain-1"])
    equal("%s: with a colon" % kind, shell.complete("nfluactl eval a:b", ONE), ["a:b"])
    equal("%s: with an at" % kind, shell.complete("nfluactl eval a@", ONE), ["a@d"])
    equal("%s: one" % kind, shell.complete("nfluactl eval f", ONE), ["fw"])
    equal("%s: none" % kind, shell.complete("nfluactl eval zz", ONE), ["zz"])
    equal("%s: again and again" % kind, sorted(shell.complete("nfluactl list fw a:b ")),
          sorted(NAMES))
    equal("%s: no code" % kind, shell.complete("nfluactl eval fw "), [])
    equal("%s: the name of a new state" % kind, shell.complete("nfluactl create "), [])
    for line in ("nfluactl -n there list ", "nfluactl list --netns there ",
                 "nfluactl --netns=there list ", "nfluactl -qnthere list ",
                 "nfluactl list -jn there "):
        equal("%s: %s" % (kind, line), shell.complete(line), ["inside"])
    for line in ("nfluactl -n ", "nfluactl list -n ", "nfluactl top --netns "):
        equal("%s: namespaces: %s" % (kind, line), sorted(shell.complete(line)), SPACES)
    equal("%s: but not for a letter that is the command's" % kind,
          shell.complete("nfluactl top -n "), [])


def last(shell, line):
    return shell.words(line, ONE)[0][2:]


def odd_names(shell, kind):
    """Names of namespaces may be any text; none of it is run."""
    for begun in ("a", "a\\$", "'a", '"a', "'a$(t"):
        equal("%s: odd names: %s" % (kind, begun), last(shell, "nfluactl -n " + begun), SPACES[:1])
    for begun in ("b", "b\\ ", "'b", '"b'):
        equal("%s: a blank: %s" % (kind, begun), last(shell, "nfluactl -n " + begun), SPACES[1:2])
    ok(not os.path.exists("pwned"), "%s: nothing is run" % kind)


def after_dashes(shell, kind):
    """Behind -- there are arguments only; the tool may be named by a path."""
    for line, want in (("eval -- f", ["fw"]), ("help -- mon", ["monitor"]), ("-- mon", ["monitor"]),
                       ("-q -- help mon", ["monitor"]), ("list fw -- pl", ["plain-1"]),
                       ("-n there list -- in", ["inside"]), ("load fw -- on", ["one.lua"]),
                       ("list -- --q", ["--q"])):
        equal("%s: %s" % (kind, line), shell.complete("nfluactl " + line)[-1:], want)
    shell.run("HOME=" + os.getcwd())
    os.symlink(sh("command -v nfluactl"), "nfluactl")
    equal("%s: a path with a tilde" % kind, shell.complete("~/nfluactl mon"), ["monitor"])
    equal("%s: and states" % kind, shell.complete("~/nfluactl eval f"), ["fw"])
    os.unlink("nfluactl")


def host_names(shell, kind):
    """Where bash completes names of hosts it takes words apart at an @."""
    if kind == "bash":
        shell.run("shopt -s hostcomplete")
    equal("%s: with an at, and with hosts" % kind, shell.complete("nfluactl eval a@", ONE),
          ["a@d"])


def files(shell, kind):
    equal("%s: files" % kind, sorted(shell.complete("nfluactl load fw ")), ["one.lua", "two.lua"])
    equal("%s: several" % kind, shell.complete("nfluactl load fw one.lua tw", ONE),
          ["two.lua"])
    equal("%s: behind options" % kind, shell.complete("nfluactl create fw -m 1M on", ONE),
          ["one.lua"])
    equal("%s: of an option" % kind, shell.complete("nfluactl run fw tell -p on", ONE),
          ["one.lua"])
    equal("%s: no file for a size" % kind, shell.complete("nfluactl create fw -m "), [])


def unloaded(shell, kind):
    """Without the module there are no states, and no word of that."""
    sh("rmmod nflua")
    began = time.monotonic()
    words, text = shell.words("nfluactl eval ", ONE)
    took = time.monotonic() - began
    sh("modprobe nflua")
    ok(words == ["nfluactl", "eval"] and "loaded" not in text,
       "%s: without the module" % kind, (words, text))
    ok(took < 10, "%s: that is quick" % kind, took)


def in_shells(test):
    """The test in both shells."""
    def both(_):
        for kind in ("bash", "zsh"):
            shell = Shell(kind, 60)
            try:
                test(shell, kind)
            finally:
                shell.close()
    both.__name__ = test.__name__
    return both


def set_up(c):
    for name in NAMES:
        c.create(name)
    sh("ip netns add there && nfluactl -n there create inside")
    for name in SPACES[:2]:
        open("/run/netns/" + name, "w", encoding="utf-8").close()


def take_down(c):
    for name in NAMES:
        c.destroy(name)
    sh("ip netns del there")
    for name in SPACES[:2]:
        os.unlink("/run/netns/" + name)


with tempfile.TemporaryDirectory() as directory:
    os.chdir(directory)
    for made in ("one.lua", "two.lua"):
        open(made, "w", encoding="utf-8").close()
    main(in_shells(commands_and_options), set_up, in_shells(states), in_shells(odd_names),
         in_shells(after_dashes), in_shells(host_names), in_shells(files), take_down,
         in_shells(unloaded))
