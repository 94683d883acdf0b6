#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/layers, on small programs that are made here: what it finds and what it
lets pass.
  test_layers.py SOURCE-ROOT CC..."""
import os
import subprocess
import sys
import tempfile

ROOT, CC = sys.argv[1], sys.argv[2:]
results = []

# A is on the ground, b and c above it. All have a static function of one name.
PROGRAM = {
    "a": "static int twin(void) { return 1; }\nint a(void) { return twin(); }\n",
    "b": "int a(void);\nstatic int twin(void) { return a(); }\nint b(void) { return twin(); }\n",
    "c": "int b(void);\nstatic int twin(void) { return b(); }\nint c(void) { return twin(); }\n",
}
CALLS_UP = "int c(void);\nint a(void) { return c(); }\n"
TABLE = "int c(void);\nint (*const table[])(void) = { c };\nint a(void) { return 1; }\n"


def layers(rules, changes=None, sources=None):
    """Builds the program with changed files, of which those in sources still have one,
    with that text. Returns the status and what was said."""
    with tempfile.TemporaryDirectory() as work:
        for name, text in {**PROGRAM, **(changes or {})}.items():
            source, target = work + "/source.c", "%s/%s.o" % (work, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(source, "w", encoding="utf-8") as f:
                f.write(text)
            subprocess.run([*CC, "-O0", "-c", "-o", target, source], check=True)
        with open(work + "/rules", "w", encoding="utf-8") as f:
            f.write(rules)
        for name, text in (sources or {}).items():
            path = "%s/sources/%s.c" % (work, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        done = subprocess.run([ROOT + "/scripts/layers", work + "/rules", work] +
                              ([work + "/sources"] if sources else []),
                              capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def passes(name, rules, changes=None, sources=None):
    status, said = layers(rules, changes, sources)
    results.append((name, status == 0, said))


def fails(name, words, rules, changes=None, sources=None):
    """It fails, and a line of what it says has all of the words."""
    status, said = layers(rules, changes, sources)
    found = any(all(w in line for w in words) for line in said.splitlines())
    results.append((name, status == 1 and found, said))


ORDER = "unit file\nlayer a\nlayer b\nlayer c\n"

passes("calls down the layers pass", ORDER)
passes("units of one layer may call each other", "layer a b c\n")
passes("no layers are needed to look for circles", "unit file\n")
fails("a call up is found, with the function and the symbol",
      ["a -> c", "a() uses c"], "layer a\nlayer c b\n", {"a": CALLS_UP})
fails("a circle is found", ["not ok 4"], "unit file\n", {"a": CALLS_UP})
fails("each arrow of a circle is told", ["b -> a", "twin() uses a"], "unit file\n",
      {"a": CALLS_UP})
fails("a circle in one layer is found", ["not ok 4"], "layer a b c\n", {"a": CALLS_UP})
fails("an address in a table counts", ["a -> c", "table uses c"], ORDER, {"a": TABLE})
passes("an exception passes", ORDER + "allow a c c\n", {"a": CALLS_UP})
fails("an exception is for its symbol only", ["not ok 3"], ORDER + "allow a c b\n",
      {"a": CALLS_UP})
fails("an exception that nothing needs is found", ["a -> c: c is not used"],
      ORDER + "allow a c c\n")
fails("a unit without a layer is found", ["'c' has no layer"], "layer a\nlayer b\n")
fails("a layer without a unit is found", ["no unit 'd'"], ORDER + "layer d\n")

FOLDERS = {"low/d": "int a(void);\nint d(void) { return a(); }\n",
           "low/e": "int f(void);\nint e(void) { return f(); }\n",
           "low/f": "int e(void);\nint f(void) { return e(); }\n"}
passes("in a folder files may call each other", "unit folder\n", FOLDERS)
fails("with files as units they may not", ["low/e -> low/f"], "unit file\n", FOLDERS)
fails("folders are told by object and function", ["low -> a: low/d: d() uses a"],
      "unit folder\nlayer low\nlayer a b c\n", FOLDERS)
fails("a symbol that two objects define is refused", ["'a' is defined in"], ORDER,
      {"z": "int a(void) { return 0; }\n"})
passes("an object can be left out", "ignore z\n", {"z": PROGRAM["a"]})
passes("an object without a source is left out", ORDER, {"z": PROGRAM["a"]},
       dict.fromkeys("abc", ""))
HEADERS = {**dict.fromkeys(("a", "b", "c", "top/t"), ""), "low/d": '#include "top/t.h"\n'}
UNITS = {"low/d": "int d;\n", "top/t": "int t;\n"}
fails("an #include of a folder above is found", ["low -> top", "#include", "top/t.h"],
      "unit folder\nlayer low\nlayer a b c top\n", UNITS, HEADERS)
fails("an #include of a header outside the folders, above, is found",
      ["low -> a", "#include", "a.h"], "unit folder\nlayer low\nlayer a b c top\n", UNITS,
      {**HEADERS, "low/d": '#include "a.h"\n'})
passes("of one below it passes", "unit folder\nlayer a b c top\nlayer low\n", UNITS, HEADERS)
fails("a rule that is none is refused", ["not a rule"], "layers a b c\n")
fails("no objects are no program", ["no objects"], "ignore *\n")

print("1..%d" % len(results))
for i, (name, ok, said) in enumerate(results, 1):
    print("%sok %d - %s" % ("" if ok else "not ", i, name))
    if not ok:
        print("".join("# %s\n" % line for line in said.splitlines()), end="")
sys.exit(not all(ok for _, ok, _ in results))
