#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""spec/nflua.yaml says what include/uapi/linux/nflua.h says, and nothing else:
test_spec.py SOURCE_ROOT, prints TAP."""
import os
import re
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("1..0 # SKIP there is no python3-yaml")
    sys.exit(0)

ROOT = os.path.abspath(sys.argv[1])
YNL = ROOT + "/build/ynl"
TYPES = {"u8", "u16", "u32", "u64", "s32", "s64", "string", "binary", "flag", "nest"}
# One number, and one name of the header, for what goes to the kernel and what
# comes from it; a spec has two operations for that.
TWICE = {"NFLUA_CMD_MSG_NTF": "NFLUA_CMD_MSG"}
# The license that ynl-gen-c wants of a spec, which is that of the kernel's.
KERNELS = "# SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)\n"
count = failures = 0


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def ok(passed, name, detail=""):
    global count, failures
    count += 1
    failures += not passed
    print("%s %d - %s" % ("ok" if passed else "not ok", count, name))
    if not passed:
        print("# %s" % (detail,))


def same(name, got, want):
    """Two dicts, or two sets, hold the same; what only one has is said."""
    if isinstance(got, dict):
        got, want = set(got.items()), set(want.items())
    ok(got == want and want, name, "spec: %s, header: %s" % (
        sorted(got - want, key=str), sorted(want - got, key=str)))


def skip(name, reason):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, name, reason))


class Header:
    """enums: names and numbers of each; defines; docs: comments of enumerators
    and of enums."""

    def __init__(self, text):
        self.docs = {}
        for block in re.findall(r"/\*\*(.*?)\*/", text, re.S):
            block = re.sub(r"\n \* ?\t?", "\n", block)
            for name, doc in re.findall(r"^@(\w+): (.*?)(?=\n@|\n\n|\Z)", block, re.S | re.M):
                self.docs[name] = " ".join(doc.split())
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        self.defines = {}
        for name, value in re.findall(r"^#define[ \t]+(\w+)[ \t]+(\S.*?)\s*$", text, re.M):
            value = re.sub(r"(?i)\b(\d+)u?ll\b", r"\1", value)
            if re.fullmatch(r'[\d\s()<]+|".*"', value):
                self.defines[name] = eval(value)  # pylint: disable=eval-used
        self.enums = {name: self.enumerators(body) for name, body in
                      re.findall(r"enum (\w+) \{(.*?)\}", text, re.S)}

    @staticmethod
    def enumerators(body):
        numbers, n = {}, 0
        for item in filter(None, (i.strip() for i in body.split(","))):
            name, _, value = (part.strip() for part in item.partition("="))
            n = eval(value, {}, numbers) if value else n  # pylint: disable=eval-used
            numbers[name] = n
            n += 1
        return numbers


def c_name(*parts):
    return "".join(parts).upper().replace("-", "_")


def numbered(items, first=0):
    """(item, number) of a list of a spec, where `value` begins anew."""
    n = first
    for item in items:
        n = item.get("value", n)
        yield item, n
        n += 1


class Spec:
    """The spec, with what it says by the names that C has for it."""

    def __init__(self, path):
        self.yaml = yaml.safe_load(read(path))
        self.sets = {s["name"]: s for s in self.yaml["attribute-sets"]}
        self.ops = self.yaml["operations"]["list"]
        self.enums = {}
        self.foreign = {}
        for d in self.yaml["definitions"]:
            if d["type"] != "const":
                self.add_definition(d)
        for s in self.sets.values():
            self.enums[c_name(s["enum-name"]).lower()] = self.with_max(
                {c_name(s["name-prefix"], a["name"]): n for a, n in numbered(s["attributes"])},
                s["attr-cnt-name"], s["attr-max-name"])
        ops = self.yaml["operations"]
        self.enums[c_name(ops["enum-name"]).lower()] = self.with_max(
            {c_name(ops["name-prefix"], o["name"]): n for o, n in numbered(ops["list"])},
            self.yaml["cmd-cnt-name"], self.yaml["cmd-max-name"])

    def add_definition(self, d):
        prefix = d["name-prefix"]
        numbers = {c_name(prefix, e["name"]): 1 << n if d["type"] == "flags" else n
                   for e, n in numbered(d["entries"])}
        if d.get("render-max"):
            self.with_max(numbers, "--" + prefix + "max", prefix + "max")
        where = self.foreign if "header" in d else self.enums
        where[c_name(d["enum-name"]).lower()] = numbers

    @staticmethod
    def with_max(numbers, counter, last):
        top = max(numbers.values())
        numbers.update({c_name(counter): top + 1, c_name(last): top})
        return numbers

    def defines(self):
        y = self.yaml
        out = {c_name(y["name"], "-", d["name"]): d["value"]
               for d in y["definitions"] if d["type"] == "const"}
        out[c_name(y["c-family-name"])] = y["name"]
        out[c_name(y["c-version-name"])] = y["version"]
        return out

    def enum_of(self, attribute):
        """C's name of the enum that an attribute is described by, or None."""
        for d in self.yaml["definitions"]:
            if d["name"] == attribute.get("enum"):
                return c_name(d["enum-name"]).lower()
        nested = self.sets.get(attribute.get("nested-attributes"))
        return nested and c_name(nested["enum-name"]).lower()

    def attributes_of(self, op):
        """Names of all attributes that an operation has in any direction."""
        out = []
        for mode in ("do", "dump"):
            for way in op.get(mode, {}).values():
                out += way["attributes"]
        return set(out + op.get("event", {}).get("attributes", []))


def check_numbers(spec, header):
    same("enums", set(spec.enums), set(header.enums))
    for name, numbers in header.enums.items():
        got = dict(spec.enums.get(name, {}))
        for alias, of in TWICE.items():
            if of in numbers and alias in got:
                ok(got.pop(alias) == numbers[of], "%s is %s" % (alias, of))
        same(name, got, numbers)
    groups = [g["name"] for g in spec.yaml["mcast-groups"]["list"]]
    want = [header.defines["NFLUA_MCGRP_EVENTS"]] + [
        "%s%d" % (header.defines["NFLUA_MCGRP_DATA_PREFIX"], i)
        for i in range(header.defines["NFLUA_DATA_GROUPS"])]
    ok(groups == want, "groups", groups)
    want = {k: v for k, v in header.defines.items() if k != "NFLUA_MCGRP_EVENTS"}
    same("constants", spec.defines(), want)


def check_foreign(spec):
    """What is said of enums of other headers."""
    for d in spec.yaml["definitions"]:
        if "header" in d:
            other = Header(read("/usr/include/" + d["header"]))
            name = c_name(d["enum-name"]).lower()
            got, want = spec.foreign[name], other.enums[name]
            wrong = {k: v for k, v in got.items() if want.get(k) != v}
            ok(got and not wrong, "%s is that of %s" % (name, d["header"]), wrong)


def type_of(doc):
    """What a comment of the header begins with."""
    if doc.startswith("padding"):
        return "pad"
    word = re.match(r"\w*", doc)[0]
    return word if word in TYPES else "no type: " + doc


def check_types(spec, header):
    for s in spec.sets.values():
        attributes = {c_name(s["name-prefix"], a["name"]): a for a in s["attributes"]
                      if a["name"] != "unspec"}
        docs = {name: header.docs[name] for name in attributes if name in header.docs}
        same("types in %s" % s["enum-name"], {n: a["type"] for n, a in attributes.items()},
             {n: type_of(d) for n, d in docs.items()})
        wrong = [n for n, a in attributes.items() if a.get("multi-attr", False) !=
                 bool(re.search(r"\brepeated\b|several times", docs.get(n, "")))]
        ok(not wrong, "and which may come several times", wrong)
        wrong = [n for n, a in attributes.items() if a["type"] in ("u32", "nest") and
                 spec.enum_of(a) != (re.findall(r"^(?:u32,|nest of one) &enum (\w+)",
                                                docs.get(n, "")) or [None])[0]]
        ok(not wrong, "and their enums", wrong)


def check_docs(spec, header):
    things = list(spec.yaml["definitions"]) + list(spec.sets.values()) + spec.ops
    for d in spec.yaml["definitions"]:
        things += d.get("entries", [])
    for s in spec.sets.values():
        things += s["attributes"]
    silent = [t["name"] for t in things if not t.get("doc", "").strip()]
    ok(len(things) > 100 and not silent, "everything is described", silent)

    have = {}
    for op in spec.ops:
        name = c_name(spec.yaml["operations"]["name-prefix"], op["name"])
        have.setdefault(TWICE.get(name, name), set()).update(
            c_name("nflua-a-", a) for a in spec.attributes_of(op))
    missing = [(name, a) for name, attributes in have.items() for a in
               re.findall(r"%(NFLUA_A_\w+)", header.docs.get(name, "")) if a not in attributes]
    ok(not missing, "commands have the attributes that the header names at them", missing)


def check_schema(spec):
    name = "valid by the schema genetlink-legacy"
    path = YNL + "/Documentation/netlink/%s.yaml" % spec.yaml["protocol"]
    if not os.path.exists(path):
        return skip(name, "there is no %s: see scripts/setup" % path)
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        return skip(name, "there is no python3-jsonschema")
    validator = jsonschema.Draft7Validator(yaml.safe_load(read(path)))
    errors = ["%s: %s" % ("/".join(map(str, e.absolute_path)), e.message)
              for e in validator.iter_errors(spec.yaml)]
    return ok(not errors, name, errors)


def generate():
    """The header that the kernel's own generator makes of the spec, and stderr."""
    with tempfile.TemporaryDirectory() as top:
        # It takes the directory that has this file for the kernel's.
        open(top + "/MAINTAINERS", "w", encoding="utf-8").close()
        for part in ("Documentation", "Documentation/netlink", "Documentation/netlink/specs"):
            os.mkdir("%s/%s" % (top, part))
        schemas = "/Documentation/netlink/"
        for name in os.listdir(YNL + schemas):
            if name.endswith(".yaml"):
                os.symlink(YNL + schemas + name, top + schemas + name)
        path = top + "/Documentation/netlink/specs/nflua.yaml"
        text = read(ROOT + "/spec/nflua.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(KERNELS + text.partition("\n")[2])
        done = subprocess.run(
            ["/usr/bin/python3", YNL + "/tools/net/ynl/ynl-gen-c.py", "--mode", "uapi",
             "--header", "--spec", path, "-o", top + "/nflua.h"],
            capture_output=True, text=True, check=False, timeout=60)
        return read(top + "/nflua.h") if done.returncode == 0 else "", done.stdout + done.stderr


def check_generated(header):
    """ynl-gen-c gives everything the names and numbers of the header."""
    name = "the header that ynl-gen-c makes is ours"
    if not os.path.exists(YNL + "/tools/net/ynl/ynl-gen-c.py"):
        return skip(name, "there is no %s: see scripts/setup" % YNL)
    text, said = generate()
    got = Header(text)
    if not got.enums:
        return ok(False, name, said)
    for numbers in got.enums.values():
        for alias in TWICE:
            numbers.pop(alias, None)
    for i in range(header.defines["NFLUA_DATA_GROUPS"]):
        got.defines.pop("NFLUA_MCGRP_DATA%d" % i, None)
    same(name + ": constants", got.defines, header.defines)
    for enum, numbers in header.enums.items():
        same("%s: %s" % (name, enum), got.enums.get(enum, {}), numbers)
    return same(name + ": no other enums", set(got.enums), set(header.enums))


def main():
    header = Header(read(ROOT + "/include/uapi/linux/nflua.h"))
    spec = Spec(ROOT + "/spec/nflua.yaml")
    check_numbers(spec, header)
    check_foreign(spec)
    check_types(spec, header)
    check_docs(spec, header)
    check_schema(spec)
    check_generated(header)
    print("1..%d" % count)
    return failures != 0


sys.exit(main())
