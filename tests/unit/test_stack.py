#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts/stack-check finds, on small graphs and pieces of code:
test_stack.py SOURCE_ROOT, prints TAP."""
import os
import sys
import tempfile

ROOT = os.path.abspath(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, ROOT + "/scripts")

from stackcheck.flow import UNKNOWN, Flow, FlowError	# noqa: E402
from stackcheck.graph import Call, Graph		# noqa: E402
from stackcheck.object import Function, Instruction, base_name	# noqa: E402
from stackcheck.table import Table, constants, offered_names	# noqa: E402

count = failures = 0


def equal(name, got, want):
    global count, failures
    count += 1
    failures += got != want
    print("%s %d - %s" % ("ok" if got == want else "not ok", count, name))
    if got != want:
        print("# got %r, wanted %r" % (got, want))


def graph(*calls, frame=16, **more):
    names = {n for c in calls for n in c[:2]}
    return Graph({n: frame for n in names}, [Call(*c) for c in calls], **more)


def graphs():
    equal("a way has no cycle", graph(("a", "b", 16), ("b", "c", 16)).cycles(), [])
    equal("a function that calls itself", graph(("a", "a", 16)).cycles(), [["a"]])
    loop = graph(("a", "b", 16), ("b", "c", 32), ("c", "a", 16), ("c", "d", 8))
    equal("three that call each other", loop.cycles(), [["a", "b", "c"]])
    equal("the cycle is said", len(loop.shortest({"a", "b", "c"})), 3)
    looked = graph(("a", "b", 16), ("b", "a", 40, 16))
    equal("a look cuts a cycle", looked.cycles(), [])
    equal("it is one all the same", looked.cycles(every=True), [["a", "b"]])
    equal("from look to look", looked.stretches()[0][0], 24 + 16 + 16)
    equal("a call before the look counts",
          graph(("a", "b", 16, 16), ("b", "c", 100), ("c", "d", 8, 8)).stretches()[0][0], 116)


def bounds():
    calls = ("a", "b", 16, 0), ("b", "b", 32), ("b", "c", 32), ("c", "d", 64)
    equal("a bound is no cycle", graph(*calls, bounds={("b", "b"): 3}).cycles(), [])
    equal("all its turns count",
          graph(*calls, bounds={("b", "b"): 3}).need("b"), 3 * 32 + 32 + 64 + 16)
    equal("what is excluded within it does not",
          graph(*calls, bounds={("b", "b"): 3},
                excluded={("c", "d"): {("b", "b")}}).need("b"), 3 * 32 + 32 + 16)
    equal("but does before it",
          graph(*calls, bounds={("b", "b"): 1},
                excluded={("c", "d"): {("b", "b")}}).need("b"), 32 + 64 + 16)


class Code:
    """A module of one function, for Flow; lines: 'op args'."""

    def __init__(self, *lines):
        self.functions = {"other": None}
        self.patched, self.warnings = {}, set()
        self.function = Function("f", "f.c", ".text")
        self.function.entry = 0
        for n, line in enumerate(lines):
            op, _, args = line.partition(" ")
            i = Instruction(n, op, args)
            i.place = ".text", n
            if op.startswith("j"):
                i.target = (".text", int(args)) if args.isdigit() else args
            elif op == "call":
                i.target = args
            self.function.code.append(i)

    def callee(self, i):
        return i.target if isinstance(i.target, str) else None

    def run(self, lookers=()):
        return Flow(self, self.function).run({"other"}, lookers)


LOOK = "push %rbp", "mov %rsp,%rbp", "cmp (%rax),%rbp"


def looks():
    code = Code(*LOOK, "jb 5", "call other", "ret").run().code
    equal("after a look", code[4].looked, 16)
    equal("not where it failed", code[5].looked, UNKNOWN)
    code = Code(*LOOK, "jae 5", "call other", "ret").run().code
    equal("a look the other way round", (code[4].looked, code[5].looked), (UNKNOWN, UNKNOWN))
    code = Code("cmp (%rax),%rbp", "jb 3", "call other", "ret").run().code
    equal("a comparison of what is no frame", code[2].looked, UNKNOWN)
    code = Code(*LOOK[:2], "mov %rdi,%rbp", LOOK[2], "jb 6", "call other", "ret").run().code
    equal("a frame pointer that became another", code[5].looked, UNKNOWN)
    code = Code("sub $0x18,%rsp", "call other", "call other", "ret").run({"other"}).code
    equal("after a function that looks", (code[1].looked, code[2].looked), (UNKNOWN, 32))
    code = Code("call endless", "call other", "ret")
    code.functions["endless"] = None
    equal("nothing is behind what never comes back", code.run().code[1].reached, False)
    code.patched[".text", 0] = ".text", 2
    equal("but for what a static branch gets to", [i.reached for i in code.run().code],
          [True, True, True])
    code = Code("ud2", "ret")
    equal("nothing is behind a trap", code.run().code[1].reached, False)
    code.warnings.add((".text", 0))
    equal("but for a warning's", code.run().code[1].reached, True)


def frames():
    def deepest(*lines):
        return max(i.depth or 0 for i in Code(*lines).run().code)

    equal("a frame", deepest("push %rbx", "sub $0x20,%rsp", "call other", "add $0x20,%rsp",
                             "pop %rbx", "ret"), 48)
    equal("a large one", deepest("sub $0x1000,%rsp", "call other", "ret"), 4104)
    equal("an aligned one", deepest("push %rbp", "mov %rsp,%rbp", "and $0xfffffffffffffff0,%rsp",
                                    "call other", "leave", "ret"), 24)
    for name, line in (("alloca", "sub %rax,%rsp"), ("a stack of its own", "mov %rdi,%rsp")):
        try:
            equal(name + " is refused", deepest(line, "ret"), "an error")
        except FlowError:
            equal(name + " is refused", True, True)
    try:
        equal("two depths in one place", deepest("je 2", "push %rbx", "ret"), "an error")
    except FlowError:
        equal("two depths in one place", True, True)


def sources():
    equal("names of copies", [base_name(n) for n in (
        "f.part.0", "f.constprop.0.isra.1", "f.cold", "f")], ["f"] * 4)
    limits = constants(ROOT + "/kernel/runtime/stack.c")
    equal("the constants of stack.c", all(limits.get(n, 0) > 500 for n in (
        "UNUSED", "OVERSHOOT", "RESERVE", "LEAST")), True)
    names = offered_names(ROOT + "/kernel/lua/functions.h")
    equal("the functions of functions.h", {"pcall", "gsub"} <= names and "dofile" not in names,
          True)
    table = Table(ROOT + "/kernel/stack.table")
    equal("each bound has its reason", [b.name for b in table.bounds if len(b.why) < 10], [])
    with tempfile.NamedTemporaryFile("w", suffix=".table") as f:
        f.write("[bounded x]\nturns = 2\ncalls = a > b,\n\tc > *\nwhy = y\n[through]\n"
                "[enter]\n[offered]\nreplaced =\n")
        f.flush()
        bound = Table(f.name).bounds[0]
    equal("a bound is read", (bound.turns, bound.pairs), (2, [("a", "b"), ("c", "*")]))
    equal("and fits its copies", bound.pair_of(Call("c.part.0(x y)", "z", 8), bound.pairs),
          ("c", "*"))


for part in (graphs, bounds, looks, frames, sources):
    part()
print("1..%d" % count)
sys.exit(1 if failures else 0)
