# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes files, commands and their output from the code blocks of docs/guide.md.

lua   a file; the first line is a comment with its name: -- NAME.lua
yaml  the same: # NAME
sh    commands, one on each line; each must exit with status 0
text  right after a block of sh: what its commands print on standard output and standard
      error. A number, with its unit, stands for any number, spaces for any spaces, and a
      line "..." for any lines.

Other blocks are ignored.
"""
import os
import re

GUIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/guide.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
NUMBER = re.compile(r"(?<![A-Za-z_])\d+(\.\d+)?(ns|us|ms|s|min|h|d|[BKMGT])?(?![A-Za-z_])")


class Step:
    """A file to write, or commands to run; output is None if the page does not show it."""

    def __init__(self, heading, kind, text):
        self.heading, self.kind, self.text = heading, kind, text
        self.file = self.output = None
        if kind in ("lua", "yaml"):
            name = re.match(r"(?:--|#) (\S+)\n", text)
            self.file = name and name.group(1)

    def commands(self):
        return self.text.splitlines() if self.kind == "sh" else []


def steps(text):
    """Returns the steps of a page, in order."""
    found, end = [], None
    for block in FENCE.finditer(text):
        kind, body = block.groups()
        if kind == "text" and found and not text[end:block.start()].strip():
            found[-1].output = body
        elif kind in ("lua", "yaml", "sh"):
            heading = re.findall(r"^#+ (.*)$", FENCE.sub("", text[:block.start()]), re.M)[-1]
            found.append(Step(heading, kind, body))
        end = block.end()
    return found


def plain(text):
    """Returns the lines of a text without what differs from one run to the next."""
    return [" ".join(NUMBER.sub("N", DIGEST.sub("N", line)).split())
            for line in text.splitlines()]


def is_like(got, want):
    """Returns whether an output is as the page shows it."""
    pattern = "".join(r"(.*\n)*" if line == "..." else re.escape(line) + r"\n"
                      for line in plain(want))
    return re.fullmatch(pattern, "".join(line + "\n" for line in plain(got))) is not None


def read():
    with open(GUIDE, encoding="utf-8") as f:
        return steps(f.read())
