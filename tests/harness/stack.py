#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether scripts/stack-check finds what is wrong in a built module: the module as it
is, but for a look at the stack, some of the reserve, or a row of the table.

usage: tests/harness/stack.py MODULE; prints TAP"""
import contextlib
import io
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, TOP + "/scripts")

from stackcheck.calls import Calls			# noqa: E402
from stackcheck.flow import NEAR, Flows			# noqa: E402
from stackcheck.object import Module			# noqa: E402
from stackcheck.report import Report			# noqa: E402
from stackcheck.table import Table, constants, offered_names	# noqa: E402

# Some looks that nothing else stands in for.
NEEDED = "luaC_step", "luaE_incCstack", "nflua_look_at_stack", "nflua_look_before_text"

count = failures = 0


def ok(passed, name, text=""):
    global count, failures
    count += 1
    failures += not passed
    print("%s %d - %s" % ("ok" if passed else "not ok", count, name))
    if not passed:
        print("# " + text.replace("\n", "\n# "))


def verdict(module, table, limits):
    """The lines of scripts/stack-check that begin with "not ok"."""
    out = io.StringIO()
    flows = Flows(module)
    calls = Calls(module, flows, table, offered_names(TOP + "/kernel/lua/functions.h"))
    with contextlib.redirect_stdout(out):
        Report(calls, limits).run(False)
    return [line for line in out.getvalue().splitlines() if line.startswith("not ok")]


def looks(function):
    """The jumps of its looks at the stack."""
    code = function.code
    return [i for n, i in enumerate(code) if i.look(code[max(n - NEAR, 0):n])]


@contextlib.contextmanager
def blinded(jumps):
    """The jumps are not there: what a look finds is not looked at."""
    ops = [i.op for i in jumps]
    for i in jumps:
        i.op = "nop"
    yield
    for i, op in zip(jumps, ops):
        i.op = op


def main(path):
    module, table = Module(path), Table(TOP + "/kernel/stack.table")
    limits = constants(TOP + "/kernel/runtime/stack.c")
    ok(not verdict(module, table, limits), "the module as it is")
    for name in NEEDED:
        with blinded(looks(module.functions[name])):
            found = verdict(module, table, limits)
        ok(found, "without the look of %s" % name, "nothing was found")
    found = verdict(module, table, dict(limits, OVERSHOOT=1024))
    ok(any("from a look to the next" in line for line in found), "with less reserve", str(found))
    table.classes = [c for c in table.classes if c.name != "lua_Reader"]
    found = verdict(module, table, limits)
    ok(any("has its class" in line for line in found), "without a class", str(found))
    print("1..%d" % count)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
