# SPDX-License-Identifier: GPL-2.0-or-later
"""What objects define and what they refer to, by symbol."""
import bisect
import os

from stackcheck.object import (NO_ADDRESSES, SHF_ALLOC, STT_FUNC, STT_OBJECT, Elf,
                               base_name)

UNDEFINED = 0
OF_EACH_MODULE = {"init_module", "cleanup_module"}
CALL = {STT_OBJECT: "", STT_FUNC: "()"}		# what follows a name in reports


class Object:
    """An object: what others can refer to, and its own references outside."""

    def __init__(self, name, path):
        elf = Elf(path)
        self.name = name
        self.defined = {s["name"] for s in elf.symbols
                        if s["name"] and not s["local"] and s["section"] != UNDEFINED
                        and s["name"] not in OF_EACH_MODULE}
        self.references = set()		# (what of this object, symbol of another)
        for number, section in enumerate(elf.sections):
            if section["flags"] & SHF_ALLOC and not NO_ADDRESSES.match(section["name"]):
                self._read(elf, number)

    def _read(self, elf, number):
        own = sorted((s["value"], base_name(s["name"]) + CALL[s["type"]])
                     for s in elf.symbols
                     if s["section"] == number and s["type"] in CALL)
        starts = [value for value, _ in own]
        for offset, _, symbol, _ in elf.relocations(number):
            if symbol["section"] != UNDEFINED or not symbol["name"]:
                continue
            at = bisect.bisect_right(starts, offset) - 1
            self.references.add((own[at][1] if at >= 0 else "?", symbol["name"]))


def has_source(name, sources):
    return not sources or any(os.path.exists(os.path.join(s, name + suffix))
                              for s in sources for suffix in (".c", ".S"))


def read_objects(directory, sources, rules):
    """Returns the objects below a directory that have a source, if there is a list of
    directories with these, and that the rules do not leave out."""
    objects = []
    for folder, _, files in sorted(os.walk(directory)):
        for file in sorted(files):
            path = os.path.join(folder, file)
            name = os.path.relpath(path, directory)
            if not name.endswith(".o"):
                continue
            name = name[:-len(".o")]
            name = name[:-len(".c")] if name.endswith(".c") else name
            if has_source(name, sources) and not rules.is_ignored(name):
                objects.append(Object(name, path))
    if not objects:
        raise ValueError("no objects in " + directory)
    return objects
