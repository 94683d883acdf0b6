# SPDX-License-Identifier: GPL-2.0-or-later
"""Which function calls which, and how much stack the paths take. Does not know where
the graph comes from."""


class Call:
    """
    depth: bytes of the caller's frame below the callee's, return address included
    looked: of these, the bytes above the last look at the stack; None: there was none
    indirect: the callee is one of those that a pointer may have
    """

    def __init__(self, caller, callee, depth, looked=None, indirect=False):
        self.caller, self.callee = caller, callee
        self.depth, self.looked, self.indirect = depth, looked, indirect

    def __repr__(self):
        return "%s -> %s" % (self.caller, self.callee)


class Graph:
    """
    frames: {function: its bytes in all, before any look}
    calls: [Call], to functions of the frames
    bounds: {(caller, callee): turns}: calls made at most so often between two looks
    excluded: {(caller, callee): {(caller, callee)}}: calls that are not made within
	those others, which are bounded
    """

    def __init__(self, frames, calls, bounds=None, excluded=None):
        bounds = bounds or {}
        self.excluded = excluded or {}
        self.bounds = {pair: n for n, pair in enumerate(sorted(bounds))}
        self.turns = tuple(bounds[pair] for pair in sorted(bounds))
        self.frames = frames
        self.calls = {name: [] for name in frames}
        for call in calls:
            self.calls[call.caller].append(call)
        self.needs, self.ways = {}, {}

    def open_calls(self, name):
        """Those that no look came before."""
        return [c for c in self.calls[name] if c.looked is None]

    def cycles(self, every=False):
        """Sets of functions that call each other without a look, and without a bound;
        @every: all."""
        def after(name):
            return [c.callee for c in self.calls[name] if every or
                    c.looked is None and (name, c.callee) not in self.bounds]

        return [sorted(part) for part in components(self.frames, after)
                if len(part) > 1 or next(iter(part)) in after(next(iter(part)))]

    def shortest(self, part):
        """The shortest cycle without a look among the functions @part."""
        best = None
        for start in part:
            ways, todo = {start: None}, [start]
            for at in todo:
                for call in self.open_calls(at):
                    if (at, call.callee) in self.bounds or call.callee not in part:
                        continue
                    if call.callee == start:
                        way = [at]
                        while ways[way[-1]]:
                            way.append(ways[way[-1]])
                        if not best or len(way) < len(best):
                            best = way[::-1]
                    elif call.callee not in ways:
                        ways[call.callee] = at
                        todo.append(call.callee)
        return best

    def _next(self, state, call):
        """The state behind a call: a function, and how often each bounded call may
        still be made. None: it may not."""
        left, pair = state[1], (call.caller, call.callee)
        for other in self.excluded.get(pair, ()):
            n = self.bounds[other]
            if left[n] < self.turns[n]:
                return None
        n = self.bounds.get(pair)
        if n is not None:
            if not left[n]:
                return None
            left = left[:n] + (left[n] - 1,) + left[n + 1:]
        return call.callee, left

    def _ways_on(self, state):
        for call in self.open_calls(state[0]):
            after = self._next(state, call)
            if after:
                yield call, after

    def need(self, name):
        """The bytes that @name and what it calls take up to their next looks."""
        begin = name, self.turns
        todo = [(begin, False)]
        while todo:
            state, done = todo.pop()
            if done:
                self._settle(state)
            elif state not in self.needs:
                self.needs[state] = None
                todo.append((state, True))
                todo.extend((after, False) for _, after in self._ways_on(state)
                            if after not in self.needs)
        return self.needs[begin]

    def _settle(self, state):
        most, way = self.frames[state[0]], None
        for call, after in self._ways_on(state):
            need = self.needs[after]
            if need is None:
                raise ValueError("%s is in a cycle" % state[0])
            if call.depth + need > most:
                most, way = call.depth + need, (call, after)
        self.needs[state], self.ways[state] = most, way

    def way(self, name):
        """[(function, bytes)]: the deepest way from @name on."""
        steps, state = [], (name, self.turns)
        while self.ways[state]:
            call, after = self.ways[state]
            steps.append((state[0], call.depth))
            state = after
        return steps + [(state[0], self.frames[state[0]])]

    def stretches(self):
        """[(bytes, Call)] from each look to the next one, deepest first."""
        found = [(max(c.depth - c.looked, 0) + self.need(c.callee), c)
                 for calls in self.calls.values() for c in calls if c.looked is not None]
        return sorted(found, key=lambda s: (-s[0], str(s[1])))

    def reached(self, roots):
        seen, todo = set(roots), list(roots)
        while todo:
            for call in self.calls[todo.pop()]:
                if call.callee not in seen:
                    seen.add(call.callee)
                    todo.append(call.callee)
        return seen


def components(nodes, after):
    """Strongly connected ones, by Tarjan, without recursion."""
    index, low, stack, on, found = {}, {}, [], set(), []
    for root in nodes:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on.add(root)
        work = [(root, iter(after(root)))]
        while work:
            at, rest = work[-1]
            for to in rest:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    on.add(to)
                    work.append((to, iter(after(to))))
                    break
                if to in on:
                    low[at] = min(low[at], index[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == index[at]:
                    part = set()
                    while at not in part:
                        part.add(stack.pop())
                    on -= part
                    found.append(part)
    return found
