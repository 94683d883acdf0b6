# SPDX-License-Identifier: GPL-2.0-or-later
"""Lua in the kernel: what it offers, and what bounds it."""
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
    equal("%s: no check fails" % name, failed, "")
    ok(passed >= least, "%s: all checks ran" % name, passed)
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
    """983bc433 needs a state that runs out of memory again and again."""
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
            ok(False, "the memory has an end")
        except Refused:
            pass
    equal("the state lives", client.eval("full", "1 + 1"), [2])
    client.destroy("full")


def offered_functions(client):
    """The table of bounds and what scripts find are the same."""
    text = open(os.path.join(TOP, "kernel/lua/functions.h")).read()
    rows = re.findall(r'^BOUND\("(\w+)", (\w+), (\w+)\)$', text, re.M)
    ok(len(rows) > 70, "the table has rows", len(rows))
    kinds = set(re.findall(r"^ \*   ([A-Z]+) ", text, re.M))
    equal("every bound is explained", {by for _, _, by in rows} - kinds, set())
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
    equal("functions offered are those of the table", sorted(found),
          sorted(listed))
    client.destroy("walk")


# How deep things may be nested: by the words of nflua(7), what counts it.
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
    """What nflua(7) promises of it."""
    text = open(os.path.join(TOP, "man/nflua.7")).read()
    promised = {what: int(n) for what, n in re.findall(r"^\.It (.+)\n(\d+)$", text, re.M)}
    equal("what may be nested is promised", sorted(promised), sorted(NESTED))
    client.create("deep")
    for what, code in NESTED.items():
        found = client.eval("deep", "(function() local n = 0 %s return n end)()" % code)[0]
        ok(found >= promised.get(what, 1 << 30), "nested: " + what,
           "%d, and %s are promised" % (found, promised.get(what)))
    client.destroy("deep")


def versions(_):
    equal("family version", Client().version, N["NFLUA_GENL_VERSION"])


main(conformance, conformance_while_building, kernel, upstream,
     upstream_while_building, upstream_at_the_limit, offered_functions,
     nesting, versions)
