# SPDX-License-Identifier: GPL-2.0-or-later
"""The paths through a function: how deep the stack is at each instruction, and whether
a look at the stack has succeeded on the way there."""
from .machine import UNKNOWN, FlowError

# Never come back. Functions of the module that never do are found.
ENDINGS = {"nflua_longjmp", "__stack_chk_fail", "panic", "__fortify_panic", "fortify_panic"}
NEAR = 4	# instructions before a jump that may have compared


class Flow:
    """One function. The state of an instruction is (depth, depth of the frame
    pointer, depth of the last look)."""

    def __init__(self, module, function):
        self.module, self.function = module, function
        self.code = sorted(function.code, key=lambda i: i.place)
        self.index = {i.place: n for n, i in enumerate(self.code)}

    def _moved(self, i, depth, frame):
        try:
            return i.moved(depth, frame)
        except FlowError as e:
            raise FlowError("%s: %s" % (self.function, e)) from None

    def _next(self, n):
        i = self.code[n]
        if n + 1 < len(self.code) and self.code[n + 1].place[0] == i.place[0]:
            return n + 1
        return None

    def _after_jump(self, n, state):
        i = self.code[n]
        depth, frame, looked = state
        taken = falls = state
        look = i.look(self.code[max(n - NEAR, 0):n])
        if look:
            taken_below, of_frame = look
            passed = depth, frame, max(looked, frame if of_frame else depth)
            if taken_below:
                falls = passed
            else:
                taken = passed
            self.has_look |= passed[2] != UNKNOWN
        ways = []
        inside = self.index.get(i.target) if not isinstance(i.target, str) else None
        if inside is not None:
            ways.append((inside, taken))
        if i.may_fall_through or i.place in self.module.alternatives:
            ways.append((self._next(n), falls))
        return ways

    def _after(self, n, state, returning, lookers):
        """[(where it goes within the function, state)]"""
        ways, i = self._unpatched(n, state, returning, lookers), self.code[n]
        if i.place in self.module.patched:
            ways = [(self._next(n), state), (self.index.get(self.module.patched[i.place]), state)]
        return ways

    def _unpatched(self, n, state, returning, lookers):
        i = self.code[n]
        if i.is_trap and i.place in self.module.warnings:
            return [(self._next(n), state)]
        if i.is_return or i.is_trap or self.function.name in ENDINGS:
            return []
        if i.is_jump:
            return self._after_jump(n, state)
        depth, frame, looked = state
        if i.is_call:
            name = str(self.module.callee(i))
            if name in ENDINGS or name in self.module.functions and name not in returning:
                return []
            if name in lookers:
                looked = max(looked, depth)
            return [(self._next(n), (depth, frame, looked))]
        depth, frame = self._moved(i, depth, frame)
        return [(self._next(n), (depth, frame, looked))]

    def run(self, returning, lookers):
        """Fills in depth and looked of the instructions that are reached."""
        first = self.index[self.function.section, self.function.entry]
        states = {first: (self.code[first].pushed, UNKNOWN, UNKNOWN)}
        todo = list(states)
        self.has_look = False
        while todo:
            n = todo.pop()
            for to, state in self._after(n, states[n], returning, lookers):
                if to is None:
                    continue	# a computed goto, or behind what ends
                old = states.get(to)
                new = state if old is None else self._joined(to, old, state)
                if new != old:
                    states[to] = new
                    todo.append(to)
        for n, i in enumerate(self.code):
            i.reached = n in states
            i.depth, _, i.looked = states.get(n, (None, None, UNKNOWN))
        return self

    def _joined(self, n, old, new):
        if old[0] != new[0]:
            raise FlowError("%s: two depths at %x: %d, %d" % (
                self.function, self.code[n].address, old[0], new[0]))
        return old[0], old[1] if old[1] == new[1] else UNKNOWN, min(old[2], new[2])

    def leaves(self):
        """(instruction, name of what it goes on in, or None for a return)."""
        for i in self.code:
            if not i.reached:
                continue
            if i.is_return:
                yield i, None
            elif i.is_jump and i.target is not None and i.target not in self.index:
                yield i, str(self.module.callee(i))
            elif i.is_jump and i.is_indirect and i.depth == i.pushed:
                yield i, "*"


class Flows:
    """All functions of a module, with what is known of each from the others."""

    def __init__(self, module):
        self.module = module
        self.flows = {f.name: Flow(module, f) for f in set(module.functions.values())}
        self.returning, self.lookers = set(), set()
        self._settle_returning()
        self._settle_lookers()
        self._check_depths()

    def _settle_returning(self):
        """A function comes back when some way leads to a return, past calls that come
        back."""
        todo = set(self.flows)
        while todo:
            found = set()
            for name in todo:
                flow = self.flows[name].run(self.returning, ())
                for _, to in flow.leaves():
                    if to is None or to == "*" or to in self.returning or \
                            to not in self.flows and to not in ENDINGS:
                        found.add(name)
                        break
            if not found:
                break
            self.returning |= found
            todo = {n for n in self.flows if n not in self.returning}
        for flow in self.flows.values():
            flow.run(self.returning, ())

    def _settle_lookers(self):
        """A looker comes back only if it has looked, or what it goes on in has."""
        self.look_functions = {n for n, f in self.flows.items() if f.has_look}
        changed = True
        while changed:
            changed = False
            for name, flow in self.flows.items():
                if name in self.lookers or name not in self.returning:
                    continue
                flow.run(self.returning, self.lookers)
                leaves = [(i, to) for i, to in flow.leaves()
                          if to is None or to not in self.flows or to in self.returning]
                if all(i.looked != UNKNOWN or to in self.lookers for i, to in leaves) \
                        and leaves:
                    self.lookers.add(name)
                    changed = True
        for flow in self.flows.values():
            flow.run(self.returning, self.lookers)

    def _check_depths(self):
        """What the unwinder is told has to be the same; it fills in what no way was
        found to, as behind a computed goto."""
        for flow in self.flows.values():
            orc = [self.module.orc_depth(i) for i in flow.code]
            deepest = max([i.depth or 0 for i in flow.code] + [d or 0 for d in orc])
            for i, known in zip(flow.code, orc):
                if i.depth is None:
                    i.depth = known or deepest
                elif known and known != i.depth:
                    raise FlowError("%s: depth %d at %x, the unwinder has %d" % (
                        flow.function, i.depth, i.address, known))
