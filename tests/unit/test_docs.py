#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nflua(7) names every function and field that scripts have, and docs/nflua.md
is the same text; docs/overview.svg was drawn from its source; each function of
libnflua has a page, and libnflua(3) leads to them: test_docs.py SOURCE_ROOT,
prints TAP."""
import hashlib
import re
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
count = failures = 0


def read(path):
    with open("%s/%s" % (ROOT, path), encoding="utf-8") as f:
        return f.read()


def ok(passed, name, detail=""):
    global count, failures
    count += 1
    failures += not passed
    print("%s %d - %s" % ("ok" if passed else "not ok", count, name))
    if not passed:
        print("# %s" % detail)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def fields(path):
    """Table of a kind of views: names."""
    found = {}
    for kind, body in re.findall(r"nflua_(\w+)_fields\[\] = \{\n(.*?)\n\};", read(path), re.S):
        found[kind] = re.findall(r'^\t\{ "(\w+)"', body, re.M)
    return found


def library():
    header = ROOT + "/include/nflua/nflua.h"
    pages = run(ROOT + "/scripts/man-functions", "-l", header).split()
    exported = re.findall(r"^\t(nflua_\w+);", read("libnflua/libnflua.map"), re.M)
    ok(sorted(pages) == sorted(name + ".3" for name in exported) and len(exported) > 80,
       "each function that libnflua exports has a page",
       set(pages) ^ {name + ".3" for name in exported})
    with tempfile.TemporaryDirectory() as out:
        run(ROOT + "/scripts/man-functions", header, out)
        texts = {name: open("%s/%s" % (out, name), encoding="utf-8").read() for name in pages}
        groups = sorted(name for name, text in texts.items() if not text.startswith(".so "))
        faults = run("mandoc", "-T", "lint", "-W", "error",
                     *("%s/%s" % (out, name) for name in groups))
    ok(len(groups) > 5 and not faults, "the pages are sound", faults)
    leads = re.findall(r"^\.It Xr (nflua_\w+) 3 Ta", read("man/libnflua.3"), re.M)
    ok(sorted(name + ".3" for name in leads) == groups, "libnflua(3) leads to each group",
       set(name + ".3" for name in leads) ^ set(groups))


def main():
    page = run("mandoc", "-T", "ascii", "-O", "width=200", ROOT + "/man/nflua.7")
    page = re.sub(".\b", "", page)
    rows = re.findall(r'^BOUND\("(\w+)", (\w+),', read("kernel/lua/functions.h"), re.M)
    own = [(lib, name) for lib, name in rows if lib in ("nf", "timer", "copy", "view")]
    ok(len(own) > 25, "functions of ours", own)
    missing = [row for row in own if not re.search(
        r"%s\(" % (".".join(row) if row[0] in ("nf", "timer") else ":" + row[1]), page)]
    ok(not missing, "nflua(7) names them all", missing)
    known = {lib + "." + name for lib, name in own}
    unknown = [name for name in re.findall(r"\b((?:nf|timer)\.\w+)\(", page) if name not in known]
    ok(not unknown, "and no others", unknown)

    tables = {}
    for name in ("arp", "ethernet", "ip", "transport"):
        tables.update(fields("kernel/packet/%s.c" % name))
    tables["packet"] = tables.pop("ip")
    other = set(tables.pop("other", []))
    ok(other == set(tables["packet"]), "frames that are no IP have the fields of packets",
       other ^ set(tables["packet"]))
    ok(sorted(tables) == ["arp", "frame", "icmp", "packet", "tcp", "udp"], "views with fields",
       sorted(tables))
    missing = ["%s.%s" % (kind, name) for kind, names in tables.items() for name in names
               if not re.search(r"\b%s\.%s\b" % (kind, name), page)]
    ok(not missing, "nflua(7) names all fields", missing)
    ok(read("docs/nflua.md") == run(ROOT + "/scripts/docs"),
       "docs/nflua.md is what scripts/docs prints")
    digest = hashlib.sha256(read("docs/overview.dot").encode()).hexdigest()
    ok(digest in read("docs/overview.svg"), "docs/overview.svg was drawn from docs/overview.dot",
       "scripts/picture > docs/overview.svg")
    library()
    print("1..%d" % count)
    return failures != 0


sys.exit(main())
