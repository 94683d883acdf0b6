#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rock reaches all of the library, and its manual names all of the rock:
test_rock.py SOURCE_ROOT, prints TAP."""
import errno
import glob
import os
import re
import subprocess
import sys

ROOT = sys.argv[1]
ROCK = ROOT + "/bindings/lua/"
# How functions are written, by the file and the name of their table.
TABLES = {("nflua.c", "functions"): "nflua.", ("nflua.c", "connection_methods"): "nf:",
          ("nflua.c", "state_methods"): "fw:", ("channel.c", "methods"): "ch:",
          ("watch.c", "methods"): "w:"}
# What can do the work of another one.
MORE_GENERAL = {"nflua_create": "nflua_create_scripts", "nflua_load": "nflua_load_scripts"}
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


def page():
    text = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=200", ROOT + "/man/nflua-lua.3"],
                          capture_output=True, text=True, check=False).stdout
    return re.sub(".\b", "", text)


def methods():
    """Yields what the tables of functions have."""
    for (path, table), prefix in TABLES.items():
        body = re.search(r"luaL_Reg %s\[\] = \{(.*?)\{ NULL" % table, read(ROCK + path), re.S)[1]
        for name in re.findall(r'\{ "([a-z]\w*)", \w+ \},', body):
            yield prefix + name


def main():
    files = sorted(os.path.basename(path) for path in glob.glob(ROCK + "*.c"))
    sources = "".join(read(ROCK + name) for name in files)
    exported = re.findall(r"^\t(nflua_\w+);", read(ROOT + "/libnflua/libnflua.map"), re.M)
    exported = [MORE_GENERAL.get(name, name) for name in exported]
    missing = [name for name in exported if not re.search(r"\b%s\b" % name, sources)]
    ok(len(exported) > 60, "functions of the library", len(exported))
    ok(not missing, "the rock has them all", missing)

    manual, known = page(), list(methods())
    ok(len(known) > 25, "functions of the rock", known)
    missing = [name for name in known if not re.search(re.escape(name) + r"\(", manual)]
    ok(not missing, "nflua-lua(3) names them all", missing)
    unknown = set(re.findall(r"\b(?:nflua\.|(?:nf|fw|ch|w):)\w+(?=\()", manual)) - set(known)
    ok(not unknown, "and no others", unknown)
    options = re.findall(r'"(\w+)"', "".join(re.findall(r"names\[\] = \{(.*?)\};", sources, re.S)))
    missing = [name for name in options if not re.search(r"\b%s\b" % name, manual)]
    ok(len(options) > 8 and not missing, "and all options", (options, missing))

    codes = set(re.findall(r"\bE\((E\w+)\)", read(ROCK + "codes.c")))
    missing = [name for name in dir(errno) if name[0] == "E" and name not in codes]
    ok(len(codes) > 100 and not missing, "it names all codes", missing)

    for path in ("nflua-scm-1.rockspec", "meson.build"):
        listed = sorted(re.findall(r"""["'](\w+\.c)["']""", read(ROCK + path)))
        ok(listed == files, "%s lists the files that there are" % path, (listed, files))
    print("1..%d" % count)
    return failures != 0


sys.exit(main())
