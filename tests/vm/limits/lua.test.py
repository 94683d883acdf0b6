# SPDX-License-Identifier: GPL-2.0-or-later
"""Lua in the kernel: what it offers and what limits it."""
import os
import re

from nflua_nl import N, Client, Refused, u64
from tap import TOP, equal, main, ok

LUA = os.path.join(TOP, "tests/lua")


def script(name):
    with open(os.path.join(LUA, name), "rb") as f:
        return f.read()


def run_checks(client, name, least, flags=0):
    client.create("lua")
    m = client.exec("lua", script(name), N["NFLUA_EXEC_EVAL"] | flags,
                    "@" + name)
    passed, failed = m.values()
    equal("%s, exec flags %d: no check fails" % (name, flags), failed, "")
    ok(passed >= least, "%s, exec flags %d: at least %d checks pass" % (name, flags, least),
       passed)
    client.destroy("lua")


def conformance(client):
    run_checks(client, "conformance.lua", 290)


def conformance_while_building(client):
    run_checks(client, "conformance.lua", 290, N["NFLUA_EXEC_REPLACE"])


def kernel(client):
    run_checks(client, "kernel.lua", 70)


def upstream(client):
    run_checks(client, "upstream.lua", 380)


def upstream_while_building(client):
    run_checks(client, "upstream.lua", 380, N["NFLUA_EXEC_REPLACE"])


def upstream_at_the_limit(client):
    """The fault that Lua's 983bc433 mends needs a state that runs out of memory often."""
    client.create("full", maxalloc=u64(300000))
    for _ in range(20):
        try:
            client.exec("full", b"""
                local mt = setmetatable({}, {__mode = "v"})
                local keep = {}
                for i = 1, 1 << 30 do
                    local proxy = setmetatable({}, mt)
                    mt.__newindex = {}
                    for j = 1, 40 do proxy[i * 64 + j] = {} end
                    keep[#keep + 1] = proxy
                end""", 0)
            ok(False, "a script that fills a table without end is refused")
        except Refused:
            pass
    equal("a state works after it ran out of memory 20 times", client.eval("full", "1 + 1"), [2])
    client.destroy("full")


def offered_functions(client):
    """Compares the functions that scripts find with those in kernel/lua/functions.h."""
    text = open(os.path.join(TOP, "kernel/lua/functions.h")).read()
    rows = re.findall(r'^BOUND\("(\w+)", (\w+), (\w+)\)$', text, re.M)
    ok(len(rows) > 70, "functions.h lists more than 70 functions", len(rows))
    kinds = set(re.findall(r"^ \*   ([A-Z]+) ", text, re.M))
    equal("functions.h explains every bound that it uses", {by for _, _, by in rows} - kinds, set())
    client.create("walk")
    found = client.eval("walk", """(function()
        local out = {}
        for name, value in pairs(_G) do
            if type(value) == "function" then
                out[#out + 1] = "_G." .. name
            elseif type(value) == "table" and value ~= _G then
                for field, f in pairs(value) do
                    if type(f) == "function" then
                        out[#out + 1] = name .. "." .. field
                    end
                end
            end
        end
        return table.concat(out, " ")
    end)()""")[0].split()
    listed = ["%s.%s" % (lib, name) for lib, name, _ in rows if lib not in ("view", "copy")]
    equal("scripts find exactly the functions that functions.h lists", sorted(found),
          sorted(listed))
    client.destroy("walk")


# By the words of nflua(7) for what may be nested: code that counts how deep.
NESTED = {
    "calls of pcall": "local function r() n = n + 1 pcall(r) end r()",
    "coroutines": "local function r() n = n + 1 coroutine.wrap(r)() end pcall(r)",
    "calls of string.gsub": "local function r() n = n + 1 string.gsub('x', '.', r) end pcall(r)",
    "calls of table.sort": "local function r() n = n + 1 table.sort({3, 2, 1}, r) end pcall(r)",
    "functions in __index": "local t t = setmetatable({}, {__index = function(_, k) "
        "n = n + 1 return t[k] end}) pcall(function() return t.x end)",
    "blocks": "while load(('do '):rep(n + 1) .. ('end '):rep(n + 1)) do n = n + 1 end",
    "function definitions": "while load(('return function() '):rep(n + 1) .. "
        "('end '):rep(n + 1)) do n = n + 1 end",
    "table constructors": "while load('return ' .. ('{'):rep(n + 1) .. ('}'):rep(n + 1)) do n = n + 1 end",
    "parentheses": "while load('return ' .. ('('):rep(n + 1) .. '1' .. (')'):rep(n + 1)) do n = n + 1 end",
}


def nesting(client):
    """Checks that things can be nested as deep as nflua(7) promises."""
    text = open(os.path.join(TOP, "man/nflua.7")).read()
    promised = {what: int(n) for what, n in re.findall(r"^\.It (.+)\n(\d+)$", text, re.M)}
    equal("nflua(7) promises depths for exactly the things that are tested here",
          sorted(promised), sorted(NESTED))
    client.create("deep")
    for what, code in NESTED.items():
        found = client.eval("deep", "(function() local n = 0 %s return n end)()" % code)[0]
        ok(found >= promised.get(what, 1 << 30),
           "things can be nested as deep as nflua(7) promises: " + what,
           "%d, and %s are promised" % (found, promised.get(what)))
    client.destroy("deep")


def versions(_):
    equal("the netlink family has the header's version", Client().version, N["NFLUA_GENL_VERSION"])


main(conformance, conformance_while_building, kernel, upstream,
     upstream_while_building, upstream_at_the_limit, offered_functions,
     nesting, versions)
