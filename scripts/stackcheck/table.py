# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads kernel/stack.table, and what the sources say of stack and functions."""
import configparser
import re

from .object import base_name


def words(section, key):
    return section.get(key, "").split()


def pairs(text):
    """[(caller, callee)] of 'caller > callee, ...'"""
    return [tuple(part.strip() for part in pair.split(">"))
            for pair in text.replace("\n", " ").split(",") if pair.strip()]


class Class:
    """What an indirect call may reach."""

    def __init__(self, name, section):
        self.name = name
        self.calls = set(words(section, "calls"))
        self.tables = set(words(section, "tables"))
        self.functions = set(words(section, "functions"))
        self.named = set(words(section, "named"))

    def holds(self, function, places):
        """Whether it has a function whose address is taken in these places."""
        return function in self.functions or \
            bool(self.named & {name for _, name in places}) or \
            all(where in self.tables for where, _ in places)


class Bound:
    """Calls that are made at most so often between two looks at the stack."""

    def __init__(self, name, section):
        self.name, self.why = name, " ".join(section["why"].split())
        self.turns = int(section.get("turns", "0"))
        self.pairs = pairs(section.get("calls", ""))
        self.sometimes = pairs(section.get("sometimes", ""))
        self.excludes = pairs(section.get("excludes", ""))

    @staticmethod
    def pair_of(call, among):
        for pair in among:
            if pair[0] == source_name(call.caller) and \
                    pair[1] in ("*", source_name(call.callee)):
                return pair
        return None


def source_name(node):
    """Of a node of the graph: the function without what tells copies apart."""
    return base_name(node.split("(")[0])


class Table:
    def __init__(self, path):
        parser = configparser.ConfigParser(delimiters="=", comment_prefixes="#",
                                           interpolation=None)
        parser.optionxform = str
        with open(path, encoding="utf-8") as f:
            parser.read_file(f)
        self.classes, self.bounds = [], []
        for name in parser.sections():
            kind, _, rest = name.partition(" ")
            if kind == "class":
                self.classes.append(Class(rest, parser[name]))
            elif kind in ("bounded", "never"):
                self.bounds.append(Bound(rest, parser[name]))
        self.through = set(words(parser["through"], "functions"))
        self.enter = set(words(parser["enter"], "functions"))
        self.libraries = set(words(parser["offered"], "tables"))
        self.replaced = dict(pairs(parser["offered"]["replaced"]))

    def class_of_call(self, function):
        return [c for c in self.classes if function in c.calls]


def offered_names(path):
    """The functions of the libraries that scripts get: of functions.h."""
    with open(path, encoding="utf-8") as f:
        return set(re.findall(r'^BOUND\("\w+", (\w+),', f.read(), re.M))


def constants(path):
    """Of stack.c: the bytes of {UNUSED, OVERSHOOT, ...} for a stack of 16 KB."""
    with open(path, encoding="utf-8") as f:
        return {name: int(value) for name, value in
                re.findall(r"^#define (\w+)\s+\((\d+) \* SCALE\)", f.read(), re.M)}
