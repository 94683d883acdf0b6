# SPDX-License-Identifier: GPL-2.0-or-later
"""The graph of a module's calls, made from its code and the table."""
from .graph import Call, Graph
from .machine import UNKNOWN
from .object import source_names

KERNEL = "kernel"	# the class of what only the kernel calls
ITSELF = "its own frame"	# stands for a callee


class Place:
    """An indirect call: in which function of the object and of the source."""

    def __init__(self, function, source, classes):
        self.function, self.source, self.classes = function, source, classes


class Calls:
    """
    taken: {function: {(where, name)}} whose address is taken where the code gets
    members: {class: [function]}
    kernel: {name of the kernel's: [functions that call it]}
    places: [Place]
    problems: [text]
    """

    def __init__(self, module, flows, table, offered):
        self.module, self.flows, self.table = module, flows, table
        self.problems, self.places, self.kernel = [], [], {}
        for c in table.classes:
            c.functions = {self._name_here(name) for name in c.functions}
        self._name_places()
        self.edges = {f.name: list(self._edges(f)) for f in set(module.functions.values())}
        taken = module.addresses_taken()
        self._note_replaced(taken)
        self.taken = {name: places for name, places in taken.items()
                      if not self._is_withheld(places, offered)}
        self.graph = None
        self._build()
        while self._forget_unreached():
            self._build()
        self._check_table()

    def _name_here(self, name):
        """FILE:NAME of the table is NAME where the compiler left no other of that name."""
        source, _, plain = name.rpartition(":")
        f = self.module.functions.get(plain)
        return plain if source and f and f.source == source else name

    def _note_replaced(self, taken):
        """replaced: {(table, name)} that another table of the library has, too."""
        named = {place for places in taken.values() for place in places}
        self.replaced = {(library, name) for library, by in self.table.replaced.items()
                         for where, name in named if where == by}

    def _is_withheld(self, places, offered):
        """Only in tables of libraries, replaced or under names that functions.h has not."""
        return all(where in self.table.libraries and name and not name.startswith("__") and
                   (name not in offered or (where, name) in self.replaced)
                   for where, name in places)

    def _name_places(self):
        self.sources = {}
        by_section = {}
        for f in set(self.module.functions.values()):
            for i in f.code:
                if i.is_indirect and not self._is_goto(i):
                    by_section.setdefault(f.section, []).append(i.address)
        for section, addresses in by_section.items():
            for address, found in source_names(self.module.machine, self.module.path,
                                               section, addresses).items():
                self.sources[section, address] = found

    @staticmethod
    def _is_goto(i):
        """A jump with a frame on the stack stays in the function."""
        return i.is_jump and i.depth > i.pushed

    def _edges(self, f):
        """(callee or Class, depth, looked) of each call."""
        for i in f.code:
            if not (i.is_call or i.is_jump) or i.is_return:
                continue
            looked = None if i.looked == UNKNOWN else i.looked
            depth = i.depth - (0 if i.is_call else i.pushed)
            if i.is_indirect:
                for to in self._indirect(f, i):
                    yield to, depth, looked
                continue
            callee = self.module.callee(i)
            if i.is_jump and not isinstance(i.target, str) and \
                    self.module.function_at(*i.target) is f:
                continue
            if callee is None:
                self.problems.append("%s branches into the middle of another function" % f)
                continue
            if isinstance(callee, str):
                self.kernel.setdefault(callee, set()).add(f.name)
                for c in self.table.class_of_call(callee):
                    yield c, depth, looked
            else:
                yield callee.name, depth, looked

    def _indirect(self, f, i):
        if self._is_goto(i):
            return
        kernel = [s["name"] for _, s, _ in i.relocated
                  if not s["section"] and "_indirect_" not in s["name"]]
        if kernel:	# a pointer of the kernel's, as pv_ops
            self.kernel.setdefault(kernel[0], set()).add(f.name)
            return
        source = self.sources.get((f.section, i.address), (f.name, "?", "?"))
        classes = self.table.class_of_call(source[0])
        self.places.append(Place(f.name, "%s, %s:%s" % source, classes))
        if not classes:
            self.problems.append("%s has an indirect call in %s, %s:%s, which no class has" %
                                 ((f,) + source))
        yield from classes

    def _build(self):
        self.members = {c.name: sorted(f for f, places in self.taken.items()
                                       if c.holds(f, places))
                        for c in self.table.classes}
        self.takers = {}
        for f, places in self.taken.items():
            for where, _ in places:
                self.takers.setdefault(where, set()).add(f)
        frames, calls = {ITSELF: 0}, []
        todo = [(name, None) for name in self.edges if name not in self.table.through]
        self._seen = set(todo)
        while todo:
            name, given = todo.pop()
            node = node_name(name, given)
            frames[node] = self._frame(name)
            calls += self._below_look(node, name)
            for to, depth, looked in self.edges[name]:
                for callee, indirect in self._callees(name, given, to, todo):
                    calls.append(Call(node, callee, depth, looked, indirect))
        self.graph = self._bounded(frames, calls)

    def _frame(self, name):
        return max((i.depth for i in self.module.functions[name].code
                    if i.looked == UNKNOWN), default=0)

    def _below_look(self, node, name):
        """What the function takes below its looks, as a call."""
        looked = [i for i in self.module.functions[name].code if i.looked != UNKNOWN]
        deepest = max(looked, key=lambda i: i.depth - i.looked, default=None)
        return [Call(node, ITSELF, deepest.depth, deepest.looked)] if deepest else []

    def _callees(self, name, given, to, todo):
        if not isinstance(to, str):
            if to.name != KERNEL:
                for f in self.members[to.name]:
                    if given is None or f in given:
                        yield f, True
            return
        if to not in self.table.through:
            yield to, False
            return
        # What is given on: what the caller takes the address of, and was given.
        taken = self.takers.get(name, set())
        gives = frozenset((given or set()) | {f for f in taken if self._is_body(f)})
        gives = gives or frozenset(f for f in self.taken if self._is_body(f))
        if (to, gives) not in self._seen:
            self._seen.add((to, gives))
            todo.append((to, gives))
        yield node_name(to, gives), False

    def _is_body(self, function):
        return any(function in self.members[c.name] for c in self.table.classes
                   if c.calls & self.table.through)

    def _bounded(self, frames, calls):
        bounds, within, excluded, used = {}, {}, {}, set()
        for call in calls:
            for b in self.table.bounds:
                pair = b.pair_of(call, b.pairs + b.sometimes)
                if pair:
                    bounds[call.caller, call.callee] = b.turns
                    within.setdefault(b, set()).add((call.caller, call.callee))
                other = b.pair_of(call, b.excludes)
                if other:
                    excluded.setdefault((call.caller, call.callee), set()).add(b)
                used |= {pair, other}
        self.unused = sorted({p for b in self.table.bounds
                              for p in b.pairs + b.excludes} - used)
        never = {pair for pair, turns in bounds.items() if not turns}
        return Graph(frames, [c for c in calls if (c.caller, c.callee) not in never],
                     {pair: turns for pair, turns in bounds.items() if turns},
                     {pair: {p for b in bs for p in within.get(b, ())}
                      for pair, bs in excluded.items()})

    def roots(self):
        return self.members[KERNEL]

    def _forget_unreached(self):
        """Addresses that only code takes which nothing gets to; whether there are any."""
        reached = {node.split("(")[0] for node in self.graph.reached(self.roots())}
        kept = {}
        for f, places in self.taken.items():
            places = {(where, name) for where, name in places
                      if where not in self.edges or where in reached}
            if places:
                kept[f] = places
        changed = kept != self.taken
        self.taken = kept
        return changed

    def _check_table(self):
        for f, places in sorted(self.taken.items()):
            if not any(f in members for members in self.members.values()):
                self.problems.append("the address of %s is taken in %s, and no class has it" % (
                    f, ", ".join(sorted({where for where, _ in places}))))
        for c in self.table.classes:
            for f in sorted(c.functions - set(self.taken)):
                self.problems.append("class %s names %s, whose address nothing takes" % (
                    c.name, f))
        for pair in self.unused:
            self.problems.append("the table bounds a call that is not there: %s > %s" % pair)


def node_name(name, given):
    """Of a function that calls what it is given: one node for each such set."""
    return name if given is None else "%s(%s)" % (name, " ".join(sorted(given)))
