# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
"""NFLUA_EXEC_SHOW returns values for people to read: tables with their contents."""
import re
import time

from nflua_nl import N, attr, chunk, u32
from tap import DEBUG_KERNEL, equal, main, ok

SHOW = N["NFLUA_EXEC_EVAL"] | N["NFLUA_EXEC_SHOW"]


def shown(c, code):
    return c.exec("fw", code, SHOW).values()


def tables(c):
    c.create("fw", "base = {1, 2}")
    for code, want in (
            ("{}", ["{}"]), ("{1, 2, 3}", ["{1, 2, 3}"]), ("{true, false}", ["{true, false}"]),
            ("{c = 1, a = 2, b = 3}", ["{a = 2, b = 3, c = 1}"]),
            ("{1, 2, x = {y = {}}}", ["{1, 2, x = {y = {}}}"]),
            ("{a = {b = {c = 1}}}", ["{a = {b = {c = 1}}}"]),
            ("{a = {b = {c = {}}}}", ["{a = {b = {c = {}}}}"]),
            ("{a = {b = {c = {1}}}}", ["{a = {b = {c = {...}}}}"]),
            ("{['odd key'] = 1, [''] = 2, ['1x'] = 3}",
             ['{[""] = 2, ["1x"] = 3, ["odd key"] = 1}']),
            ("{['end'] = 1, ending = 2}", ['{["end"] = 1, ending = 2}']),
            ("{[10] = 1}", ["{[10] = 1}"]), ("{[-1] = 1}", ["{[-1] = 1}"]),
            ("{[true] = 1}", ["{[true] = 1}"]), ("{[{}] = 1}", ["{[{}] = 1}"]),
            ("{[{1}] = 1}", ["{[{...}] = 1}"]), ("{1, nil, 3}", ["{1, [3] = 3}"]),
            ("{print, coroutine.create(print)}", ["{<function>, <thread>}"]),
            ("{'a\"b\\\\c\\n\\1\\127'}", ['{"a\\"b\\\\c\\n\\001\\127"}']),
            ("{math.mininteger, math.maxinteger}",
             ["{-9223372036854775808, 9223372036854775807}"]),
            ("1, 'x', nil, true, {1}", [1, "x", None, True, "{1}"]),
            ("setmetatable({1}, {__tostring = function() return 'mine' end})", ["mine"]),
            ("setmetatable({}, {__index = function() error('ran') end, "
             "__pairs = function() error('ran') end, __len = function() error('ran') end})",
             ["{}"]),
            ("setmetatable({1}, {__name = 'thing'})", ["{1}"])):
        equal("SHOW gives the right text for %s" % code, shown(c, code), want)
    equal("a table is given as its address without SHOW",
          re.sub("[0-9a-f]{16}", "0", c.eval("fw", "{}")[0]), "table: 0")
    equal("SHOW of a statement gives no values", shown(c, "t = {}"), [])
    ok(re.fullmatch("function: [0-9a-f]{16}", shown(c, "print")[0]),
       "SHOW gives a function as its address", shown(c, "print"))
    equal("SHOW together with REPLACE gives a table's contents",
          c.exec("fw", "return {5}", SHOW | N["NFLUA_EXEC_REPLACE"]).values(), ["{5}"])
    equal("SHOW ends in a table that contains itself",
          shown(c, "(function() local t = {} t.t = t return t end)()"),
          ["{t = {t = {t = {...}}}}"])


def bounds(c):
    c.exec("fw", "long = {} for i = 1, 1000 do long[i] = i end wide = {} "
           "for i = 1, 1000 do wide['k' .. i] = i end text = ('x'):rep(10000) "
           "deep = {} for i = 1, 60 do deep[i] = {text, text, text} end "
           "holes = {} for i = 1, 100000 do holes[i] = i end "
           "for i = 1, 99999 do holes[i] = nil end")
    equal("SHOW gives the first 64 of 1000 numbered entries", shown(c, "long"),
          ["{%s, ...}" % ", ".join(map(str, range(1, 65)))])
    equal("SHOW gives all of 64 numbered entries", shown(c, "{table.unpack(long, 1, 64)}"),
          ["{%s}" % ", ".join(map(str, range(1, 65)))])
    text = shown(c, "wide")[0]
    names = re.findall(r"k\d+", text)
    ok(len(names) == 64 and names == sorted(names) and text.endswith(", ...}"),
       "SHOW gives 64 of 1000 named entries, sorted", text)
    equal("SHOW cuts a key of 1 MiB after 200 bytes",
          shown(c, "{[('a'):rep(1 << 20)] = 1, b = 2}"),
          ['{["%s"...] = 1, b = 2}' % ("a" * 200)])
    equal("SHOW cuts a string in a table after 200 bytes", shown(c, "{text}"),
          ['{"%s"...}' % ("x" * 200)])
    text = shown(c, "deep")[0]
    ok(len(text) == 4096 and text.endswith("..."), "SHOW cuts a value at 4 KiB", len(text))
    equal("SHOW does not search 99999 empty slots", shown(c, "holes"), ["{...}"])
    c.exec("fw", "empty = {} for i = 1, 100000 do empty[i] = i end "
           "for i = 1, 100000 do empty[i] = nil end wall = {} for i = 1, 64 do wall[i] = {} "
           "for j = 1, 64 do wall[i][j] = empty end end")
    took = []
    for _ in range(3):  # the machine may stand still, but not each time
        start = time.monotonic()
        text = shown(c, "wall")[0]
        took.append(time.monotonic() - start)
    ok(min(took) < (5 if DEBUG_KERNEL else 0.5),
       "SHOW is fast for a table that has 4096 times 100000 empty slots", took)
    ok(text.startswith("{{{") and "..." in text, "SHOW marks the empty slots it did not search",
       text[:100])
    # The empty slots of 60 entries use up the steps of the search before it gets to the names.
    c.exec("fw", "names = {a = {}, b = 1, c = 2} for i = 1, 60 do names.a[i] = empty end")
    text = shown(c, "names")[0]
    ok(text.endswith("}, ...}"), "SHOW marks the names that it has no steps left for", text[-40:])
    c.exec("fw", "function weak() local t = setmetatable({}, {__mode = 'v'}) for i = 1, 60 do "
           "t['weak' .. i .. ('w'):rep(20)] = {} end return t end")
    good = all(re.fullmatch(r"\{(weak\d+w{20} = \{\}(, )?)*\}", text)
               for _ in range(100) for text in shown(c, "weak(), weak(), weak(), weak()"))
    ok(good, "SHOW gives only whole entries of a weak table that is being collected")
    m = c.request("EXEC", attr("NAME", "fw"), attr("EXEC_FLAGS", u32(SHOW)),
                  *chunk("return " + ", ".join(["deep"] * 17)))[0]
    ok(m.number("TRUNCATED") == N["NFLUA_TRUNCATED_VALUES"] and len(m.values()) == 16,
       "SHOW cuts all values together at 64 KiB and flags that", len(m.values()))


main(tables, bounds)
