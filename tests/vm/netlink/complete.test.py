# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
"""Completion offers names out of a live state and runs none of its code."""
from errno import EINVAL, ENOENT

from nflua_nl import N, attr
from tap import equal, main, ok, refused

TRUNCATED = N["NFLUA_TRUNCATED_VALUES"]


def ask(c, prefix, state="fw"):
    return c.request("COMPLETE", attr("NAME", state), attr("PREFIX", prefix))[0]


def names(c, prefix, state="fw"):
    return sorted(set(ask(c, prefix, state).values()))


def looks(c):
    c.create("fw", """
        rules = {drop = true, drop_all = function() end, dropped = 5, ["no name"] = 1, ["end"] = 1,
                 ["1st"] = 1, [7] = 7, ["h\\xe4"] = 1, inner = {deep = {er = 1}}}
        text = "some text"
        _x1, Rules = 1, {}
        local base = {walk = function() end, size = 1}
        local middle = setmetatable({talk = function() end}, {__index = base})
        animal = setmetatable({name = "x"}, {__index = middle})
        ran = 0
        trap = setmetatable({}, {__index = function() ran = ran + 1 end,
                                 __pairs = function() ran = ran + 1 end})
        setmetatable(_G, {__index = function() ran = ran + 1 end})
    """)
    for prefix, want in (
            ("drop", []), ("rul", ["rules"]), ("Ru", ["Rules"]), ("_x", ["_x1"]),
            ("rules.drop", ["drop", "drop_all", "dropped"]),
            ("rules.dropp", ["dropped"]), ("rules.dropped", ["dropped"]),
            ("rules:drop", ["drop_all"]), ("rules:", ["drop_all"]),
            ("rules.", ["drop", "drop_all", "dropped", "inner"]),
            ("rules.inner.deep.e", ["er"]), ("rules.inner.", ["deep"]),
            ("animal.", ["name", "size", "talk", "walk"]), ("animal:", ["talk", "walk"]),
            ("animal.walk.", []), ("text:up", ["upper"]), ("text.", names(c, "string.")),
            ("string.up", ["upper"]), ("nf.tra", ["traffic"]),
            ("timer.", ["create", "destroy", "every"]),
            ("trap.x", []), ("missing", []), ("missing.x", []), ("missing.x.y", []),
            ("rules.dropped.", []), ("1", []), ("rules.1", []), ("rules..", []), (".", []),
            (":", []), ("rules:drop_all.", []), ("rules:inner.d", []), ("rules[1]", []),
            ("a b", []), ("rules.drop ", []), ("f(", []), ("h\u00e4", [])):
        equal("completion of %r offers the names that fit, no others" % prefix,
              names(c, prefix), want)
    everything = names(c, "")
    ok({"rules", "text", "nf", "timer", "print", "string", "_G"} <= set(everything),
       "completion of an empty prefix offers all globals", everything)
    equal("completion calls no metamethod", c.eval("fw", "ran"), [0])
    equal("completion offers no names in a number", names(c, "rules.dropped.x"), [])


def bounds(c):
    c.create("big", """
        many, few = {}, {}
        for i = 1, 100000 do many["n" .. i] = i end
        holes = {}
        for i = 1, 100000 do holes["h" .. i] = i end
        for i = 1, 100000 do holes["h" .. i] = nil end
        for i = 1, 20 do holes = setmetatable(holes, {__index = holes}) end
        for i = 1, 1000 do few["n" .. i] = i end
        long = {[("a"):rep(1023)] = 1, [("a"):rep(1024)] = 1, [("a"):rep(1 << 20)] = 1}
        wide = {}
        for i = 1, 100 do wide[("a"):rep(1000) .. i] = i end
        loop = {} setmetatable(loop, {__index = loop})
        next_ = {}
        for i = 1, 100 do next_ = setmetatable({["l" .. i] = 1}, {__index = next_}) end
    """)
    m = ask(c, "many.", "big")
    ok(m.number("TRUNCATED") == TRUNCATED and 1000 < len(m.values()) < 100000,
       "completion in a table of 100000 names is cut short and flagged", len(m.values()))
    m = ask(c, "holes.", "big")
    equal("completion in a table of 100000 empty slots is cut short and flagged",
          (m.number("TRUNCATED"), m.values()), (TRUNCATED, []))
    m = ask(c, "few.", "big")
    ok(m.get("TRUNCATED") is None and len(m.values()) == 1000,
       "completion in a table of 1000 names offers all of them")
    equal("completion offers a name of 1023 bytes, but no longer one",
          names(c, "long.", "big"), ["a" * 1023])
    m = ask(c, "wide.", "big")
    ok(m.number("TRUNCATED") == TRUNCATED and 60 < len(m.values()) < 67,
       "completion stops at 64 KiB of names and flags it", len(m.values()))
    equal("completion ends in a table that is its own __index", names(c, "loop.x", "big"), [])
    equal("completion looks at the first 16 tables of an __index chain",
          len(names(c, "next_.", "big")), 16)
    c.exec("big", "for i = 1, 1000 do many['m' .. i] = i end")
    ask(c, "many.m", "big")
    equal("the state still runs code after completion in big tables", c.eval("big", "1"), [1])


def requests(c):
    for what, parts, code, text in (
            ("without a prefix", [attr("NAME", "fw")], EINVAL, "lacks the prefix"),
            ("without a state's name", [attr("PREFIX", "x")], EINVAL, "lacks the name"),
            ("for a state that does not exist", [attr("NAME", "none"), attr("PREFIX", "x")],
             ENOENT, "no state"),
            ("with a prefix of 1024 bytes", [attr("NAME", "fw"), attr("PREFIX", "x" * 1024)],
             EINVAL, "policy"),
            ("with two prefixes", [attr("NAME", "fw"), attr("PREFIX", "x"), attr("PREFIX", "y")],
             EINVAL, "only once"),
            ("with a script", [attr("NAME", "fw"), attr("PREFIX", "x"), attr("CHUNK", b"x")],
             EINVAL, None)):
        refused("a completion request %s is refused" % what, code, text, c.request, "COMPLETE",
                *parts)
    equal("a completion request with a prefix of 1023 bytes is answered", names(c, "x" * 1023), [])


main(looks, bounds, requests)
