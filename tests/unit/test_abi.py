#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What libnflua.so exports, what libnflua.map lists and what nflua/nflua.h
declares are the same functions; and the header serves C++ and strict C:
test_abi.py LIBRARY SOURCE_ROOT, prints TAP."""
import os
import re
import subprocess
import sys
import tempfile

LIBRARY, ROOT = (os.path.abspath(path) for path in sys.argv[1:])
VERSION = "LIBNFLUA_0.1"
# A program that needs each function to be linked, in what C and C++ share.
USER = """#include <nflua/nflua.h>
typedef void (*function)(void);
int main(int argc, char **argv)
{
	const function all[] = { %s };
	(void)argv;
	return all[argc %% (int)(sizeof(all) / sizeof(*all))] == (function)0;
}
"""
COMPILERS = {
    "g++": ("user.cc", ["-std=c++11"]),
    "gcc": ("user.c", ["-std=c99"]),
}
count = failures = 0


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)


def ok(passed, name, detail=""):
    global count, failures
    count += 1
    failures += not passed
    print("%s %d - %s" % ("ok" if passed else "not ok", count, name))
    if not passed:
        for line in str(detail).splitlines():
            print("# " + line)


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def exported():
    """(name, version) of each symbol that the library defines for others."""
    out = []
    for line in run("nm", "-D", "--defined-only", "--with-symbol-versions", LIBRARY,
                    env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout.splitlines():
        kind, symbol = line.split()[-2:]
        name, _, version = symbol.partition("@@")
        if kind != "A":  # the name of the version itself
            out.append((name, version))
    return out


def declared():
    text = re.sub(r"^\s*#.*$|\bextern \"C\" \{", "", read("include/nflua/nflua.h"), flags=re.M)
    text = re.sub(r"\b(?:enum|struct) \w+ \{.*?\};", "", text, flags=re.S)
    return re.findall(r"\b(\w+)\s*\([^;{]*\)[^;{]*;", text)


def differ(one, other):
    return "only the first: %s\nonly the second: %s" % (
        sorted(set(one) - set(other)), sorted(set(other) - set(one)))


def check_symbols(names):
    symbols = exported()
    mapped = re.findall(r"^\t(\w+);", read("libnflua/libnflua.map").partition("local:")[0], re.M)
    ok(len(names) > 60 and len(names) == len(set(names)), "the header declares functions", names)
    ok(sorted(mapped) == sorted(names), "those in the map are those in the header",
       differ(mapped, names))
    ok(mapped == sorted(mapped), "and sorted", mapped)
    library = [name for name, _ in symbols]
    ok(sorted(library) == sorted(names), "those of the library are those in the header",
       differ(library, names))
    wrong = [symbol for symbol in symbols if symbol[1] != VERSION]
    ok(symbols and not wrong, "all of them have the version " + VERSION, wrong)
    ok(not [name for name in names if not name.startswith("nflua_")], "names begin with nflua_",
       names)


def check_nomem():
    """What can fail for want of memory: an int, and an object that may change."""
    names = re.findall(r"^int (nflua_\w+)\(struct", read("include/nflua/nflua.h"), re.M)
    called = re.findall(r"\b(nflua_\w+)\(", read("tests/vm/library/nomem_acts.c"))
    missing = sorted(set(names) - set(called))
    ok(len(names) > 15 and not missing, "tests/vm/library/nomem_acts.c calls all that can fail", missing)


def check_compilers(names):
    text = USER % ", ".join("(function)%s" % name for name in names)
    for compiler, (name, options) in COMPILERS.items():
        with tempfile.TemporaryDirectory() as directory:
            source = os.path.join(directory, name)
            with open(source, "w", encoding="utf-8") as f:
                f.write(text)
            done = run(compiler, *options, "-pedantic", "-Wall", "-Wextra", "-Werror",
                       # that is what the table does
                       "-Wno-cast-function-type", "-I", ROOT + "/include", "-o",
                       directory + "/user", source, LIBRARY,
                       # what a library with sanitizers leaves to the program
                       "-Wl,--allow-shlib-undefined")
            ok(done.returncode == 0, "%s %s compiles and links it" % (compiler, options[0]),
               done.stderr)


def main():
    names = declared()
    check_symbols(names)
    check_nomem()
    check_compilers(names)
    print("1..%d" % count)
    return failures != 0


sys.exit(main())
