# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""Completion of nfluactl in bash and in zsh, as it is installed. Commands and options
are those of the table in cli/commands.c, states are those that exist."""
import os
import re
import tempfile
import time

from shells import ONE, Shell
from tap import TOP, equal, main, ok, sh, unload

NAMES = ["fw", "a:b", "a:c", "a@d", "plain-1"]
SPACES = ["a$(touch pwned)", "b b", "there"]


def table():
    """Returns the options of each command, short and long, from the source of nfluactl."""
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
    ok(len(commands) > 8 and len(every) == 10,
       "%s: the test finds the commands in nfluactl's source" % kind, commands)
    equal("%s: all commands are completed" % kind, set(shell.complete("nfluactl ")),
          set(commands))
    equal("%s: all commands are completed after help" % kind,
          set(shell.complete("nfluactl help ")), set(commands))
    equal("%s: a command is completed after an option with an argument" % kind,
          shell.complete("nfluactl -j -n eval li"), ["list", "listen"])
    equal("%s: the global options are completed before the command" % kind,
          offered(shell, "nfluactl "), every)
    for name, options in commands.items():
        equal("%s: the options of %s are completed" % (kind, name),
              offered(shell, "nfluactl %s " % name), options)


def offered(shell, line):
    """Returns the options that are offered after one dash and after two."""
    found = shell.complete(line + "-") + shell.complete(line + "--")
    return {word.rstrip("=") for word in found} - {"-", "--"}


def states(shell, kind):
    equal("%s: all states are completed after eval" % kind,
          sorted(shell.complete("nfluactl eval ")), sorted(NAMES))
    equal("%s: the states that begin with pl are completed" % kind,
          shell.complete("nfluactl -j eval pl"), ["plain-1"])
    equal("%s: a state with a colon in its name is completed" % kind,
          shell.complete("nfluactl eval a:b", ONE), ["a:b"])
    equal("%s: a state with an @ in its name is completed" % kind,
          shell.complete("nfluactl eval a@", ONE), ["a@d"])
    equal("%s: the only state that begins with f is completed" % kind,
          shell.complete("nfluactl eval f", ONE), ["fw"])
    equal("%s: a word that begins no state's name is left as it is" % kind,
          shell.complete("nfluactl eval zz", ONE), ["zz"])
    equal("%s: list completes further states" % kind,
          sorted(shell.complete("nfluactl list fw a:b ")), sorted(NAMES))
    equal("%s: eval completes no code" % kind, shell.complete("nfluactl eval fw "), [])
    equal("%s: create does not complete the name of the new state" % kind,
          shell.complete("nfluactl create "), [])
    for line in ("nfluactl -n there list ", "nfluactl list --netns there ",
                 "nfluactl --netns=there list ", "nfluactl -qnthere list ",
                 "nfluactl list -jn there "):
        equal("%s: '%s' completes the states of the namespace" % (kind, line),
              shell.complete(line), ["inside"])
    for line in ("nfluactl -n ", "nfluactl list -n ", "nfluactl top --netns "):
        equal("%s: '%s' completes namespaces" % (kind, line), sorted(shell.complete(line)),
              SPACES)
    equal("%s: top -n, which is no namespace there, completes nothing" % kind,
          shell.complete("nfluactl top -n "), [])


def last(shell, line):
    return shell.words(line, ONE)[0][2:]


def odd_names(shell, kind):
    """The name of a namespace can be any text. None of it may be run."""
    for begun in ("a", "a\\$", "'a", '"a', "'a$(t"):
        equal("%s: -n %s completes a namespace with a $ in its name" % (kind, begun),
              last(shell, "nfluactl -n " + begun), SPACES[:1])
    for begun in ("b", "b\\ ", "'b", '"b'):
        equal("%s: -n %s completes a namespace with a blank in its name" % (kind, begun),
              last(shell, "nfluactl -n " + begun), SPACES[1:2])
    ok(not os.path.exists("pwned"), "%s: no command in a namespace's name is run" % kind)


def after_dashes(shell, kind):
    """After -- there are only arguments. The tool may be named by a path."""
    for line, want in (("eval -- f", ["fw"]), ("help -- mon", ["monitor"]), ("-- mon", ["monitor"]),
                       ("-q -- help mon", ["monitor"]), ("list fw -- pl", ["plain-1"]),
                       ("-n there list -- in", ["inside"]), ("load fw -- on", ["one.lua"]),
                       ("list -- --q", ["--q"])):
        equal("%s: nfluactl %s is completed to %s" % (kind, line, want[0]),
              shell.complete("nfluactl " + line)[-1:], want)
    shell.run("HOME=" + os.getcwd())
    os.symlink(sh("command -v nfluactl"), "nfluactl")
    equal("%s: commands are completed after ~/nfluactl" % kind, shell.complete("~/nfluactl mon"),
          ["monitor"])
    equal("%s: states are completed after ~/nfluactl" % kind,
          shell.complete("~/nfluactl eval f"), ["fw"])
    os.unlink("nfluactl")


def host_names(shell, kind):
    """bash splits words at an @ when it completes host names."""
    if kind == "bash":
        shell.run("shopt -s hostcomplete")
    equal("%s: a state with an @ in its name is completed, not a host name" % kind,
          shell.complete("nfluactl eval a@", ONE), ["a@d"])


def files(shell, kind):
    equal("%s: load completes files" % kind, sorted(shell.complete("nfluactl load fw ")),
          ["one.lua", "two.lua"])
    equal("%s: load completes a second file" % kind,
          shell.complete("nfluactl load fw one.lua tw", ONE), ["two.lua"])
    equal("%s: create completes a file after options" % kind,
          shell.complete("nfluactl create fw -m 1M on", ONE), ["one.lua"])
    equal("%s: run -p completes a file" % kind, shell.complete("nfluactl run fw tell -p on", ONE),
          ["one.lua"])
    equal("%s: attach --hook completes hooks" % kind,
          sorted(shell.complete("nfluactl attach fw f --hook ")),
          ["egress", "forward", "ingress", "input", "output", "postrouting", "prerouting"])
    equal("%s: attach --family completes families" % kind,
          sorted(shell.complete("nfluactl attach fw f --family ")), ["arp", "bridge", "inet", "ip", "ip6", "netdev"])
    equal("%s: attach --l4proto is completed" % kind,
          shell.complete("nfluactl attach fw f --l4", ONE), ["--l4proto"])
    equal("%s: attach --iif completes a device" % kind,
          shell.complete("nfluactl attach fw f --iif l", ONE), ["lo"])
    equal("%s: create -m, which takes a size, completes no file" % kind,
          shell.complete("nfluactl create fw -m "), [])


def unloaded(shell, kind):
    """Without the module no states are completed, and no error is printed."""
    unload()
    began = time.monotonic()
    words, text = shell.words("nfluactl eval ", ONE)
    took = time.monotonic() - began
    sh("modprobe nflua")
    ok(words == ["nfluactl", "eval"] and "loaded" not in text,
       "%s: completion prints no error without the module" % kind, (words, text))
    ok(took < 10, "%s: completion takes less than 10 s without the module" % kind, took)


def in_shells(test):
    """Returns a test that runs this one in both shells."""
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
