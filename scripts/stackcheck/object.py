# SPDX-License-Identifier: GPL-2.0-or-later
"""A built module as scripts/stack-check sees it: its functions, their
instructions, what they call, and how deep the stack is at each instruction."""
import bisect
import re
import struct
import subprocess

from .machine import MACHINES

SHT_SYMTAB, SHT_RELA = 2, 4
SHF_ALLOC, SHF_EXECINSTR = 2, 4
STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE = 1, 2, 3, 4
ORC_SP = 5

# Sections that name code for the kernel's own use, or for other modules, and take no
# address of it.
NO_ADDRESSES = re.compile(
    r"\.(debug|orc|return_sites|retpoline_sites|call_sites|ibt_endbr|alt|smp_locks"
    r"|static_call_sites|init\.static_call|discard|data\.rel\.ro\.c_jump_table)"
    r"|__(jump_table|ksymtab|bug_table|ex_table|patchable|mcount|versions|tracepoints)"
    r"|\.rodata\.\.c_jump_table|\.altinstr")
SUFFIX = re.compile(r"(\.(cold|isra|part|constprop|lto_priv)(\.\d+)?)+$")


def base_name(name):
    """The name in the source of what the compiler split or copied."""
    return SUFFIX.sub("", name)


class Elf:
    """Sections, symbols and relocations of a relocatable ELF file of 64 bits."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("%s is no ELF file of 64 bits" % path)
        self.machine, = struct.unpack_from("<H", self.data, 0x12)
        if self.machine not in MACHINES:
            raise ValueError("%s is for another processor" % path)
        self.sections = self._sections()
        self.symbols = self._symbols()

    def _string(self, table, at):
        begin = self.sections[table]["offset"] + at
        return self.data[begin:self.data.index(b"\0", begin)].decode()

    def _sections(self):
        offset, = struct.unpack_from("<Q", self.data, 0x28)
        size, count, names = struct.unpack_from("<HHH", self.data, 0x3a)
        fields = ("name", "type", "flags", "addr", "offset", "size", "link", "info")
        self.sections = [dict(zip(fields, struct.unpack_from("<IIQQQQII", self.data,
                                                            offset + i * size)))
                         for i in range(count)]
        for s in self.sections:
            s["name"] = self._string(names, s["name"])
        return self.sections

    def _symbols(self):
        symbols, source = [], ""
        table = next(s for s in self.sections if s["type"] == SHT_SYMTAB)
        for at in range(table["offset"], table["offset"] + table["size"], 24):
            name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            name = self._string(table["link"], name)
            if info & 15 == STT_FILE:
                source = name
            symbols.append({"name": name, "type": info & 15, "local": info >> 4 == 0,
                            "section": section, "value": value, "size": size,
                            "source": source})
        return symbols

    def relocations(self, section):
        """(offset, type, symbol, addend) of the section with that number."""
        for s in self.sections:
            if s["type"] != SHT_RELA or s["info"] != section:
                continue
            for at in range(s["offset"], s["offset"] + s["size"], 24):
                offset, info, addend = struct.unpack_from("<QQq", self.data, at)
                yield offset, info & 0xffffffff, self.symbols[info >> 32], addend

    def number(self, name):
        return next((i for i, s in enumerate(self.sections) if s["name"] == name), None)


class Function:
    def __init__(self, name, source, section):
        self.name, self.source, self.section = name, source, section
        self.code = []
        self.entry = None	# address of the first instruction
        self.is_local = True

    def __repr__(self):
        return self.name


LINE = re.compile(r"^ *([0-9a-f]+):\t(\S.*)$")
HEADING = re.compile(r"^Disassembly of section (\S+):$")


def disassemble(path, machine):
    """{section: [Instruction]}, in the order of the addresses."""
    text = subprocess.run([machine.tools + "objdump", "-d", "--no-show-raw-insn", path],
                          check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    code, section = {}, None
    for line in text.splitlines():
        found = HEADING.match(line)
        if found:
            section = code.setdefault(found.group(1), [])
            continue
        found = LINE.match(line)
        if found:
            section.append(machine.parse(int(found.group(1), 16), found.group(2)))
    return code


class Module:
    """functions: by their names, which hold the file where several have one."""

    def __init__(self, path):
        self.path = path
        self.elf = Elf(path)
        self.machine = MACHINES[self.elf.machine]
        self.code = disassemble(path, self.machine)
        self.functions = {}
        self.at = {}		# (section, offset of the entry): Function
        self._find_functions()
        self._fill_functions()
        self._relocate()
        self._resolve_branches()
        self.patched, self.warnings = self._read_patched(), self._read_warnings()
        self.alternatives = self._read_alternatives()
        self.orc = self._read_orc()

    def _code_symbols(self):
        for s in self.elf.symbols:
            if s["type"] == STT_FUNC and 0 < s["section"] < 0xff00 and s["size"] and \
                    not s["name"].startswith("__pfx_"):
                yield s

    def _find_functions(self):
        symbols = [s for s in self._code_symbols() if ".cold" not in s["name"]]
        count = {}
        for s in symbols:
            count[s["name"]] = count.get(s["name"], 0) + 1
        for s in symbols:
            name = s["name"]
            if count[name] > 1:
                name = s["source"] + ":" + name
            section = self.elf.sections[s["section"]]["name"]
            place = section, s["value"]
            if place in self.at:	# an alias, as init_module
                self.functions[name] = self.at[place]
                continue
            f = Function(name, s["source"], section)
            f.entry, f.is_local = s["value"], s["local"]
            self.functions[name] = self.at[place] = f

    def _owner(self, symbol):
        """The function that a symbol's code is a part of."""
        section = self.elf.sections[symbol["section"]]["name"]
        if ".cold" not in symbol["name"]:
            return self.at[section, symbol["value"]]
        name = symbol["name"].replace(".cold", "")
        return self.functions.get(symbol["source"] + ":" + name) or self.functions[name]

    def _fill_functions(self):
        """ranges: where which function is, by section."""
        self.ranges, done = {}, set()
        for s in self._code_symbols():
            section = self.elf.sections[s["section"]]["name"]
            if (section, s["value"]) in done:
                continue
            done.add((section, s["value"]))
            f = self._owner(s)
            self.ranges.setdefault(section, []).append(
                (s["value"], s["value"] + s["size"], f))
        for ranges in self.ranges.values():
            ranges.sort(key=lambda r: r[:2])
        for section, code in self.code.items():
            for i in code:
                f = self.function_at(section, i.address)
                if f:
                    i.place = section, i.address
                    f.code.append(i)

    def function_at(self, section, offset):
        ranges = self.ranges.get(section, ())
        n = bisect.bisect_right([r[0] for r in ranges], offset) - 1
        if n < 0 or offset >= ranges[n][1]:
            return None
        return ranges[n][2]

    def _relocate(self):
        for section, code in self.code.items():
            starts = [i.address for i in code]
            for offset, kind, symbol, addend in \
                    self.elf.relocations(self.elf.number(section)):
                i = code[bisect.bisect_right(starts, offset) - 1]
                i.relocated.append((kind, symbol, addend))

    def _place(self, symbol, addend):
        """Where a symbol and a number point to: a place, or a name of the kernel's."""
        if not symbol["section"]:
            return symbol["name"]
        section = self.elf.sections[symbol["section"]]["name"] \
            if symbol["section"] < 0xff00 else "*ABS*"
        return section, symbol["value"] + addend

    def _resolve_branches(self):
        for section, code in self.code.items():
            for i in code:
                if not (i.is_call or i.is_jump) or i.names_no_place:
                    continue
                if i.relocated:
                    _, symbol, addend = i.relocated[0]
                    i.target = self._place(symbol, addend + i.branch_addend)
                else:
                    i.target = section, i.destination

    def _places_in(self, name):
        """(number of the section, offset there, place that it names)."""
        number = self.elf.number(name)
        for offset, _, symbol, addend in self.elf.relocations(number) if number else ():
            yield number, offset, self._place(symbol, addend)

    def _read_patched(self):
        """{place: where it goes when patched}, of static branches. struct jump_entry:
        the place, the target, the key (linux/jump_label.h)."""
        fields = {offset: place for _, offset, place in self._places_in("__jump_table")}
        return {place: fields[offset + 4] for offset, place in fields.items()
                if offset % 16 == 0}

    def _read_alternatives(self):
        """{place} of branches that become a nop on some processors of the kind: the first
        word of struct alt_instr names the place (asm/alternative.h)."""
        size = 12
        return {place for _, offset, place in self._places_in(".altinstructions")
                if self.machine.has_alternative_branches and offset % size == 0}

    def _read_warnings(self):
        """{place} of traps that the code goes on behind: struct bug_entry with
        BUGFLAG_WARNING (linux/bug.h)."""
        size, flags, warning = 12, 10, 1
        found = set()
        for number, offset, place in self._places_in("__bug_table"):
            at = self.elf.sections[number]["offset"] + offset + flags
            if offset % size == 0 and self.elf.data[at] & warning:
                found.add(place)
        return found

    def callee(self, i):
        """The Function that a branch goes to the beginning of, a kernel's name, or None."""
        if i.target is None or isinstance(i.target, str):
            return i.target
        return self.at.get(i.target)

    def _read_orc(self):
        """{section: ([offset], [depth or None])}: what the unwinder is told; on some
        processors it is told nothing."""
        if not self.machine.has_orc:
            return {}
        ips, entries = self.elf.number(".orc_unwind_ip"), self.elf.number(".orc_unwind")
        if ips is None or entries is None:
            raise ValueError("%s has no ORC data: CONFIG_UNWINDER_ORC" % self.path)
        base, found = self.elf.sections[entries]["offset"], {}
        for offset, _, symbol, addend in self.elf.relocations(ips):
            section, at = self._place(symbol, addend)
            depth, _, regs = struct.unpack_from("<hhB", self.elf.data,
                                                base + offset // 4 * 6)
            found.setdefault(section, []).append(
                (at, depth if regs & 15 == ORC_SP else None))
        return {section: list(zip(*sorted(pairs, key=lambda p: p[0])))
                for section, pairs in found.items()}

    def orc_depth(self, i):
        if not self.orc:
            return None
        offsets, depths = self.orc[i.place[0]]
        n = bisect.bisect_right(offsets, i.address) - 1
        return depths[n] if n >= 0 else None

    def addresses_taken(self):
        """{function: {(where, name)}} of functions that something may call
        indirectly. name: of one in a table of names and functions, or None."""
        taken = {}

        def note(symbol, addend, where, name=None):
            place = self._place(symbol, addend)
            f = self.at.get(place) if not isinstance(place, str) else None
            # Of a global function by its section: a label at its beginning, as _THIS_IP_.
            if f and (f.is_local or symbol["type"] != STT_SECTION):
                taken.setdefault(f.name, set()).add((where, name))

        for number, s in enumerate(self.elf.sections):
            if not s["flags"] & SHF_ALLOC or NO_ADDRESSES.match(s["name"]):
                continue
            if s["flags"] & SHF_EXECINSTR:
                continue
            there = {r[0]: r[2:] for r in self.elf.relocations(number)}
            for offset, (symbol, addend) in there.items():
                note(symbol, addend, self.object_at(number, offset),
                     self._text(*there.get(offset - 8, (None, 0))))
        for f in set(self.functions.values()):
            for i in f.code:
                if i.is_call or i.is_jump:
                    continue
                for kind, symbol, addend in i.relocated:
                    note(symbol, addend + i.address_addend(kind), f.name)
        return taken

    def _text(self, symbol, addend):
        """The string there, or None."""
        if not symbol or not symbol["section"] or symbol["section"] >= 0xff00:
            return None
        s = self.elf.sections[symbol["section"]]
        # .rodata.str*, which the linker of later kernels' modules puts into .rodata
        if not s["name"].startswith(".rodata"):
            return None
        begin = s["offset"] + symbol["value"] + addend
        return self.elf.data[begin:self.elf.data.index(b"\0", begin)].decode(
            errors="replace")

    def object_at(self, section, offset):
        """The name of the variable there."""
        for s in self.elf.symbols:
            if s["type"] == STT_OBJECT and s["section"] == section and \
                    s["value"] <= offset < s["value"] + s["size"]:
                return s["name"]
        return self.elf.sections[section]["name"]

    def kernel_names(self):
        return {s["name"] for s in self.elf.symbols if not s["section"] and s["name"]}


def source_names(machine, path, section, addresses):
    """{address: (function, file, line)} of the innermost function, as inlined ones have
    their own."""
    if not addresses:
        return {}
    text = subprocess.run([machine.tools + "addr2line", "-f", "-i", "-a", "-e", path, "-j", section] +
                          ["0x%x" % a for a in addresses], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True).stdout
    found, lines = {}, iter(text.splitlines())
    address, rest = None, []
    for line in lines:
        if line.startswith("0x"):
            address, rest = int(line, 16), []
            continue
        rest.append(line)
        if len(rest) == 2:
            file, _, number = rest[1].split(" ")[0].rpartition(":")
            found[address] = rest[0], file.split("/")[-1], number
    return found
