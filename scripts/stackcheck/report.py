# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of scripts/stack-check, and its verdict."""
from .table import source_name

WAYS = 10	# that are shown


class Report:
    def __init__(self, calls, limits):
        self.calls, self.graph, self.limits = calls, calls.graph, limits
        self.count = self.failures = 0

    def ok(self, passed, name, details=()):
        self.count += 1
        self.failures += not passed
        print("%s %d - %s" % ("ok" if passed else "not ok", self.count, name))
        if not passed:
            for line in details:
                print("#   %s" % line)

    def run(self, verbose):
        if verbose:
            self.list_places()
            self.list_cycles()
        problems = self.calls.problems
        self.ok(not problems, "each indirect call and each address has its class",
                problems)
        open_cycles = self.graph.cycles()
        self.ok(not open_cycles, "each cycle of calls has a look at the stack, or a bound",
                [" > ".join(self.graph.shortest(set(c))) for c in open_cycles])
        if not open_cycles:
            self.check_stretches(verbose)
            callers = self.check_entries()
            if verbose:
                self.list_kernel(callers)
        print("1..%d" % self.count)
        return 1 if self.failures else 0

    def way(self, call):
        return " ".join("%s %d" % (source_name(name), size)
                        for name, size in self.graph.way(call.callee))

    def check_stretches(self, verbose):
        found = self.graph.stretches()
        limit = self.limits["OVERSHOOT"]
        if verbose:
            print("# the deepest ways from a look at the stack on, in bytes")
            shown = set()
            for size, call in found:
                text = self.way(call)
                if text not in shown and len(shown) < WAYS:
                    shown.add(text)
                    print("#   %d: %s: %s" % (size, source_name(call.caller), text))
        size, call = found[0]
        self.ok(size <= limit, "from a look to the next: %d of %d bytes" % (size, limit),
                ["%s: %s" % (source_name(call.caller), self.way(call))])

    def check_entries(self):
        """The first look is that of nflua_stack_enter()."""
        limit = sum(self.limits[name] for name in ("OVERSHOOT", "RESERVE", "LEAST"))
        enter = self.calls.table.enter
        callers = sorted({name for name, calls in self.graph.calls.items()
                          if source_name(name) not in enter and
                          any(source_name(c.callee) in enter for c in calls)})
        deepest = {}
        for name in callers:
            size, source = self.graph.need(name), source_name(name)
            deepest[source] = max(deepest.get(source, (0, "")), (size, name))
        for source, (size, name) in deepest.items():
            self.ok(size <= limit, "from %s to the first look: %d of %d bytes" % (
                source, size, limit),
                [" ".join("%s %d" % (source_name(n), s) for n, s in self.graph.way(name))])
        return callers

    def list_kernel(self, callers):
        reached = {n.split("(")[0] for n in self.graph.reached(callers)}
        names = sorted(name for name, by in self.calls.kernel.items() if by & reached)
        print("# functions of the kernel that calls of Lua get to: the reserve is %d bytes" %
              self.limits["UNUSED"])
        print("#   %s" % " ".join(names))

    def list_places(self):
        print("# indirect calls, and what they may reach")
        lines = {}
        for place in self.calls.places:
            lines.setdefault(place.source, place)
        for source, place in sorted(lines.items()):
            for c in place.classes:
                members = self.calls.members[c.name]
                print("#   %s (%s): %s" % (source, c.name, " ".join(members)))

    def list_cycles(self):
        print("# functions that call each other, and the looks that they pass")
        looks = self.calls.flows.look_functions
        for part in self.graph.cycles(every=True):
            names = {source_name(n) for n in part}
            if len(part) < 8:
                print("#   %s" % " ".join(sorted(names)))
            else:
                print("#   %d functions; looks: %s" % (len(part), " ".join(
                    sorted({source_name(n) for n in part if n.split("(")[0] in looks}))))
        for b in self.calls.table.bounds:
            print("#   at most %d times: %s: %s" % (b.turns, ", ".join(
                " > ".join(p) for p in b.pairs), b.why))
