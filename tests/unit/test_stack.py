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

from stackcheck.flow import Flow				# noqa: E402
from stackcheck.graph import Call, Graph		# noqa: E402
from stackcheck.machine import UNKNOWN, X86, Arm64, FlowError	# noqa: E402
from stackcheck.object import Function, base_name	# noqa: E402
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

    machine = X86

    def __init__(self, *lines):
        self.functions = {"other": None}
        self.patched, self.warnings, self.alternatives = {}, set(), set()
        self.function = Function("f", "f.c", ".text")
        self.function.entry = 0
        for n, line in enumerate(lines):
            i = self.machine.parse(n, line)
            i.place = ".text", n
            to = i.args.split(", ")[-1]
            if i.is_jump and not i.names_no_place:
                i.target = (".text", int(to)) if to.isdigit() else to
            elif i.is_call and not i.names_no_place:
                i.target = to
            self.function.code.append(i)

    @staticmethod
    def callee(i):
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


class ArmCode(Code):
    machine = Arm64


ARM_FRAME = "stp\tx29, x30, [sp, #-32]!", "mov\tx29, sp"


def arm64():
    def depths(*lines):
        return [i.depth for i in ArmCode(*lines).run().code]

    equal("arm64: a frame", depths(*ARM_FRAME, "bl\tother", "ldp\tx29, x30, [sp], #32", "ret"),
          [0, 32, 32, 32, 0])
    equal("arm64: a large frame", depths("sub\tsp, sp, #0x1, lsl #12", "sub\tsp, sp, #0x20",
                                         "add\tx29, sp, #0x10", "bl\tother",
                                         "sub\tsp, x29, #0x10", "add\tsp, sp, #0x20", "ret"),
          [0, 4096, 4128, 4128, 4128, 4128, 4096])
    for name, line in (("alloca", "sub\tsp, sp, x0"), ("a stack of its own", "mov\tsp, x2")):
        try:
            equal("arm64: %s is refused" % name, depths(line, "ret"), "an error")
        except FlowError:
            equal("arm64: %s is refused" % name, True, True)
    # What the code behind the jump, and that at its target, has looked at.
    for name, compare, jump, falls, taken in (
            ("a look", "cmp\tx29, x1", "b.cc\t8  // b.lo, b.ul", 32, UNKNOWN),
            ("a look the other way round", "cmp\tx29, x1", "b.cs\t8", UNKNOWN, 32),
            ("a look with the limit first", "cmp\tx1, x29", "b.hi\t8", 32, UNKNOWN),
            ("a comparison of what is no frame", "cmp\tx2, x1", "b.cc\t8", UNKNOWN, UNKNOWN),
            ("a comparison as signed numbers", "cmp\tx29, x1", "b.lt\t8", UNKNOWN, UNKNOWN)):
        code = ArmCode(*ARM_FRAME, "ldr\tx1, [x0]", compare, "mov\tw0, #0x0", jump,
                       "bl\tother", "b\t10", "bl\tother", "b\t10", "ret").run().code
        equal("arm64: " + name, (code[6].looked, code[8].looked), (falls, taken))
    code = ArmCode(*ARM_FRAME, "cmp\tx29, x1", "cmp\tx2, x3", "b.cc\t6", "bl\tother", "ret")
    equal("arm64: another comparison came in between", code.run().code[5].looked, UNKNOWN)
    code = ArmCode("b\t2", "bl\tother", "ret")
    equal("arm64: nothing is behind a branch", code.run().code[1].reached, False)
    code.alternatives.add((".text", 0))
    equal("arm64: but for one that may become a nop", code.run().code[1].reached, True)


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


for part in (graphs, bounds, looks, frames, arm64, sources):
    part()
print("1..%d" % count)
sys.exit(1 if failures else 0)
