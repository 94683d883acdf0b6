# SPDX-License-Identifier: GPL-2.0-or-later
"""Which unit refers to which other one, and whether it may."""
import os
import re

INCLUDE = re.compile(r'^#include "([\w/]+)\.h"$', re.M)


class Arrows:
    """The references between units, as arrows from the one that needs the other."""

    def __init__(self, objects, rules):
        self.rules = rules
        self.units = {rules.unit_of(o.name) for o in objects}
        self.arrows = {}	# by pair of units: set of (object, function, symbol)
        self.used = {}		# the same, of those that are allowed as exceptions
        owners = self._owners(objects)
        for o in objects:
            for function, symbol in o.references:
                self._add(o.name, function, symbol, owners.get(symbol))

    @staticmethod
    def _owners(objects):
        owners = {}
        for o in objects:
            for symbol in o.defined:
                if owners.setdefault(symbol, o.name) != o.name:
                    raise ValueError("'%s' is defined in %s and in %s" %
                                     (symbol, owners[symbol], o.name))
        return owners

    def _add(self, name, function, symbol, owner):
        if owner is None:
            return
        pair = self.rules.unit_of(name), self.rules.unit_of(owner)
        if pair[0] == pair[1]:
            return
        allowed = symbol in self.rules.allowed.get(pair, ())
        arrows = self.used if allowed else self.arrows
        arrows.setdefault(pair, set()).add((name, function, symbol))

    def add_includes(self, sources):
        """Headers of other folders that a source, or a header, includes."""
        for directory in sources:
            for folder, _, files in sorted(os.walk(directory)):
                for file in sorted(files):
                    name, suffix = os.path.splitext(os.path.join(folder, file))
                    name = os.path.relpath(name, directory)
                    if suffix in (".c", ".h") and not self.rules.is_ignored(name):
                        self._read_includes(name, os.path.join(folder, file))

    def _read_includes(self, name, path):
        with open(path, encoding="utf-8", errors="replace") as f:
            for header in INCLUDE.findall(f.read()):
                if self.rules.unit_of(header) in self.units:
                    self._add(name, "#include", header + ".h", header)

    def all(self):
        return set(self.arrows) | set(self.used)

    def describe(self, pair):
        """Returns who of a unit refers to what of another, on one line."""
        uses = sorted(self.arrows.get(pair, set()) | self.used.get(pair, set()))
        return "%s -> %s: %s" % (pair + (", ".join(
            "%s uses %s" % (("%s: " % name if name != pair[0] else "") + function, symbol)
            for name, function, symbol in uses),))

    def misplaced(self):
        layers = self.rules.layers
        if not layers:
            return []
        return (["unit '%s' has no layer" % u for u in sorted(self.units - set(layers))] +
                ["there is no unit '%s'" % u for u in sorted(set(layers) - self.units)])

    def unused(self):
        problems = []
        for pair, symbols in sorted(self.rules.allowed.items()):
            used = {symbol for _, _, symbol in self.used.get(pair, ())}
            problems += ["%s -> %s: %s is not used" % (pair + (symbol,))
                         for symbol in sorted(symbols - used)]
        return problems

    def upward(self):
        layers = self.rules.layers
        return [self.describe(pair) for pair in sorted(self.arrows)
                if pair[0] in layers and pair[1] in layers and
                layers[pair[0]] < layers[pair[1]]]

    def _reached(self, unit):
        """All units that a unit refers to, through others too."""
        reached, todo = set(), [unit]
        while todo:
            last = todo.pop()
            for source, target in self.arrows:
                if source == last and target not in reached:
                    reached.add(target)
                    todo.append(target)
        return reached

    def circles(self):
        """Describes each arrow that is part of a circle."""
        reached = {u: self._reached(u) for u in self.units}
        return [self.describe(pair) for pair in sorted(self.arrows)
                if pair[0] in reached[pair[1]]]
