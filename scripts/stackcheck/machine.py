# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions of the processors that modules are built for, as objdump prints them: where
they go on, and what they do to the stack pointer and the frame pointer."""
import re

# What is known of a frame pointer or to be below a limit: nothing.
UNKNOWN = -1


class FlowError(Exception):
    pass


class Instruction:
    """One instruction; target: of a branch, a place (section, offset) or a name."""

    tools = ""			# prefix of the binutils
    pushed = 0			# bytes that a call pushes
    branch_addend = 0		# from a relocation to the place that it names
    has_orc = False		# the kernel's unwinder has a table of depths
    has_alternative_branches = False

    def __init__(self, address, op, args):
        self.address, self.op, self.args = address, op, args
        self.target = None
        self.relocated = []	# (type, symbol, addend)
        self.depth = None	# bytes from the caller's stack to the pointer
        self.looked = None	# as deep was a look that let the code get here
        self.reached = False

    @property
    def text(self):
        return self.op + " " + self.args

    @property
    def destination(self):
        """The address that a branch within the section names."""
        return int(self.args.split()[-1].split(",")[-1], 16)


class X86(Instruction):
    pushed = 8
    branch_addend = 4
    has_orc = True
    prefixes = {"cs", "ds", "es", "fs", "gs", "ss", "bnd", "notrack", "data16", "lock",
                "rep", "repz", "repnz", "addr32", "rex.W"}

    _number = r"\$(0x[0-9a-f]+|\$?-?\d+)"
    _moves = ((re.compile(r"^sub " + _number + r",%rsp$"), 1),
              (re.compile(r"^add " + _number + r",%rsp$"), -1))
    _writes_frame = re.compile(r"^(?!cmp|test|push).*[, ]%[re]bp$")
    _align = re.compile(r"^and " + _number + r",%rsp$")
    # host.h: stack_soft and stack_hard are the first members of struct nflua_host.
    _compare = re.compile(r"^(?:0x8)?\(%r\w+\),%r([bs])p$")
    _below, _not_below = {"jb", "jc", "jnae"}, {"jae", "jnb", "jnc"}

    @classmethod
    def parse(cls, address, text):
        words = text.split("#")[0].split()
        while len(words) > 1 and words[0] in cls.prefixes:
            words.pop(0)
        return cls(address, words[0], re.sub(r" <.*", "", " ".join(words[1:])))

    @property
    def is_call(self):
        return self.op == "call"

    @property
    def is_jump(self):
        return self.op.startswith("j")

    @property
    def may_fall_through(self):
        return self.op != "jmp"

    @property
    def is_return(self):
        return self.op == "ret" or self.target == "__x86_return_thunk"

    @property
    def is_trap(self):
        return self.op in ("ud2", "int3")

    @property
    def names_no_place(self):
        return self.args.startswith("*")

    @property
    def is_indirect(self):
        return (self.is_call or self.op == "jmp") and (
            self.names_no_place or
            isinstance(self.target, str) and "_indirect_" in self.target)

    @staticmethod
    def address_addend(kind):
        """From a relocation of this type to the address that the code takes."""
        return 4 if kind == 2 else 0	# relative to the next instruction, or absolute

    @staticmethod
    def _signed(text):
        value = int(text.replace("$", ""), 0)
        return value - (1 << 64) if value >> 63 else value

    def moved(self, depth, frame):
        """The depth and that of the frame pointer after the instruction."""
        if self.op == "push":
            return depth + 8, frame
        if self.op == "pop":
            return depth - 8, UNKNOWN if self.args == "%rbp" else frame
        if self.op == "leave":
            return frame - 8, UNKNOWN
        text = self.text
        if text == "mov %rsp,%rbp":
            return depth, depth
        if text == "mov %rbp,%rsp":
            return frame, frame
        for pattern, sign in self._moves:
            found = pattern.match(text)
            if found:
                return depth + sign * self._signed(found.group(1)), frame
        found = re.match(r"^lea (-?0x[0-9a-f]+)\(%r([bs])p\),%rsp$", text)
        if found:
            return (frame if found.group(2) == "b" else depth) - int(found.group(1), 16), frame
        found = self._align.match(text)
        if found:	# by how much is not known: at most by that
            return depth - self._signed(found.group(1)) - 8, frame
        if re.match(r"^(sub|add|and|mov|lea|xchg)\S* .*,%rsp$", text):
            raise FlowError("a frame of no fixed size: " + text)
        return depth, UNKNOWN if self._writes_frame.match(text) else frame

    def look(self, before):
        """What this jump is, if those before it compared a pointer with a limit of the
        host: (whether it is taken below the limit, whether that was the frame pointer);
        else None."""
        found = before and before[-1].op == "cmp" and self._compare.match(before[-1].args)
        if not found or self.op not in self._below | self._not_below:
            return None
        return self.op in self._below, found.group(1) == "b"


class Arm64(Instruction):
    tools = "aarch64-linux-gnu-"
    has_alternative_branches = True

    _number = r"#(-?(?:0x[0-9a-f]+|\d+))(?:, lsl #(12))?"
    _before = re.compile(r"\[sp, " + _number + r"\]!$")
    _after = re.compile(r"\[sp\], " + _number + "$")
    _offset = re.compile(r"^(add|sub) (sp|x29), (sp|x29), " + _number + "$")
    _loads_frame = re.compile(r"^ld\w+ (x29,|\w+, x29,)")
    # The limit was loaded into a register.
    _compare = {"x29": re.compile(r"^x29, x\d+$"), "limit": re.compile(r"^x\d+, x29$")}
    _below = {"x29": {"b.cc", "b.lo"}, "limit": {"b.hi"}}
    _not_below = {"x29": {"b.cs", "b.hs"}, "limit": {"b.ls"}}
    _sets_flags = re.compile(r"^(cmp|cmn|tst|ccmp|ccmn|adds|subs|ands|bics|negs|msr|bl|blr|b)$")

    @classmethod
    def parse(cls, address, text):
        words = text.split("//")[0].split()
        return cls(address, words[0], re.sub(r" <.*", "", " ".join(words[1:])))

    @property
    def is_call(self):
        return self.op in ("bl", "blr")

    @property
    def is_jump(self):
        return self.op in ("b", "br", "cbz", "cbnz", "tbz", "tbnz") or \
            self.op.startswith("b.")

    @property
    def may_fall_through(self):
        return self.op not in ("b", "br")

    @property
    def is_return(self):
        return self.op == "ret"

    @property
    def is_trap(self):
        return self.op in ("brk", "udf")

    @property
    def names_no_place(self):
        return self.op in ("br", "blr")

    is_indirect = names_no_place

    @staticmethod
    def address_addend(_):
        return 0

    @staticmethod
    def _value(found, group):
        return int(found.group(group), 0) << int(found.group(group + 1) or 0)

    def moved(self, depth, frame):
        """As of X86."""
        text = self.text
        found = self._before.search(text) or self._after.search(text)
        if found:
            depth -= self._value(found, 1)
        found = self._offset.match(text)
        if found:
            value = self._value(found, 4) * (1 if found.group(1) == "add" else -1)
            at = (depth if found.group(3) == "sp" else frame) - value
            return (at, frame) if found.group(2) == "sp" else (depth, at)
        if text == "mov x29, sp":
            return depth, depth
        if text == "mov sp, x29":
            return frame, frame
        if re.match(r"^(add|sub|and|mov) sp,", text):
            raise FlowError("a frame of no fixed size: " + text)
        if self._loads_frame.match(text) or re.match(r"^(mov|add|sub) x29,", text):
            return depth, UNKNOWN
        return depth, frame

    def look(self, before):
        """As of X86."""
        setter = next((i for i in reversed(before) if self._sets_flags.match(i.op) or
                       i.is_jump), None)
        if setter is None or setter.op != "cmp":
            return None
        for first, pattern in self._compare.items():
            if pattern.match(setter.args) and \
                    self.op in self._below[first] | self._not_below[first]:
                return self.op in self._below[first], True
        return None


MACHINES = {62: X86, 183: Arm64}	# by e_machine of ELF
