# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules that scripts/layers checks."""
import fnmatch


class Rules:
    """A file of rules; scripts/layers says what is in it."""

    def __init__(self, path):
        self.folders = False
        self.ignored = []
        self.layers = {}	# by unit: its number, from the ground up
        self.allowed = {}	# by pair of units: symbols
        self.count = 0		# of layers
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                words = line.split()
                if words and not words[0].startswith("#"):
                    self._read(words, "%s:%d" % (path, number))

    def _read(self, words, where):
        kind, rest = words[0], words[1:]
        if kind == "unit" and rest in (["file"], ["folder"]):
            self.folders = rest == ["folder"]
        elif kind == "ignore" and rest:
            self.ignored += rest
        elif kind == "layer" and rest:
            self._add_layer(rest, where)
        elif kind == "allow" and len(rest) > 2:
            self.allowed.setdefault((rest[0], rest[1]), set()).update(rest[2:])
        else:
            raise ValueError("%s: not a rule: %s" % (where, " ".join(words)))

    def _add_layer(self, units, where):
        for unit in units:
            if unit in self.layers:
                raise ValueError("%s: '%s' has a layer already" % (where, unit))
            self.layers[unit] = self.count
        self.count += 1

    def is_ignored(self, name):
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.ignored)

    def unit_of(self, name):
        """The unit of an object, which has a path without its suffix."""
        return name.split("/")[0] if self.folders else name
