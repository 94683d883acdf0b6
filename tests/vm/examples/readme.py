# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the commands of examples/README.md on a router."""
import os
import re
import subprocess

from tap import DEBUG_KERNEL, TOP, equal
from topology import Inside, Router, client

SLOW = 8 if DEBUG_KERNEL else 1


def commands(title, block=0):
    """Returns the commands of a block under a heading. A loop is one command."""
    with open(os.path.join(TOP, "examples/README.md")) as f:
        text = re.search(r"^## %s\n(.*?)(^## |\Z)" % title, f.read(), re.M | re.S).group(1)
    text = re.findall(r"^```\n(.*?)^```", text, re.M | re.S)[block]
    return re.findall(r"^for .*?^done$|^[^\n]+$", text, re.M | re.S)


class Example:
    """A router on which the commands of an example were run, except for the last ones."""

    def __init__(self, title, state, leave=0, lines=3):
        self.lines, self.state, self.count = commands(title), state, lines
        self.now = self.lines[:len(self.lines) - leave]

    def __enter__(self):
        self.net = Router()
        self.net.__enter__()
        equal("%s: examples/README.md has %d commands" % (self.state, self.count),
              len(self.lines), self.count)
        for line in self.now:
            self.run(line)
        self.c = client("r")
        return self

    def __exit__(self, *_):
        equal("%s: no call of the example's functions failed" % self.state,
              [self.c.get(self.state).number("ERRORS"),
               self.c.get(self.state).text("LAST_ERROR")], [0, None])
        self.c.close()
        self.net.__exit__()

    def run(self, line):
        """Runs a command as it stands, with a larger budget: this machine may be busy."""
        line = line.replace("nfluactl create ", "nfluactl create -b 1000000 ")
        with Inside("r"):
            r = subprocess.run(["sh", "-ec", line], cwd=TOP, capture_output=True, text=True,
                               check=False)
        equal("%s: the command succeeds: %s" % (self.state, line[:60]), (r.returncode, r.stderr),
              (0, ""))
        return r.stdout

    def eval(self, code):
        return self.c.eval(self.state, code)


def hello(name, padding=100, more=b""):
    """Returns a ClientHello (RFC 8446, 4.1.2) with these extensions before the padding."""
    name = name.encode()
    entry = b"\0" + len(name).to_bytes(2, "big") + name
    sni = len(entry).to_bytes(2, "big") + entry
    extensions = (b"\0\x2b\0\3\2\3\4" + b"\0\0" + len(sni).to_bytes(2, "big") + sni + more +
                  b"\0\x15" + padding.to_bytes(2, "big") + b"\0" * padding)
    body = (b"\3\3" + bytes(range(32)) + b"\x20" + b"s" * 32 + b"\0\4\x13\1\x13\2" + b"\1\0" +
            len(extensions).to_bytes(2, "big") + extensions)
    return b"\1" + len(body).to_bytes(3, "big") + body


def records(message, size=16384, cuts=()):
    """Returns a message in records (RFC 8446, 5.1) of this size, or cut at these places."""
    cuts = [0] + (list(cuts) or list(range(size, len(message), size))) + [len(message)]
    return b"".join(b"\x16\3\1" + (b - a).to_bytes(2, "big") + message[a:b]
                    for a, b in zip(cuts, cuts[1:]))
