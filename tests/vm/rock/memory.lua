-- SPDX-License-Identifier: GPL-2.0-or-later
-- Returns the functions that memory.c runs: one that creates every kind of object, and
-- one that cleans up.
local nflua = require "nflua"

-- UDP from 192.0.2.1 to 192.0.2.2
local packet = "\x45\0\0\33\0\1\0\0\64\17\0\0\192\0\2\1\192\0\2\2\4\87\0\53\0\13\0\0hello"
local path = os.tmpname()
do
	local f <close> = assert(io.open(path, "w"))
	f:write("function f() end")
end

local function work()
	local nf <close> = assert(nflua.open{})
	local fw = assert(nf:create("fw", {maxalloc = 1 << 20, budget = 1000000, file = path}))
	assert(fw:load("nf.receive(function(p, s) nf.netlink(p, 0, s) end) print('x')"))
	assert(fw:eval("1, 'a', {}") == 1)
	assert(fw:result("true").n == 1)
	assert(select(4, fw:load("error'x'")).kind == "runtime")
	assert(#nf:list() == 1 and nf:get(fw).name == "fw" and nf:version())
	assert(fw:complete("f")[1] == "f")
	assert(fw:run("f", packet, {hook = "input", times = 2}).calls == 2)
	local w <close> = assert(nf:watch())
	local ch <close> = assert(nf:listen{groups = {0, 1}})
	assert(ch:send(fw, "payload"))
	assert(ch:receive(0) == "payload")
	assert(not ch:receive(0))
	assert(tostring(nf) and tostring(fw) and tostring(ch) and tostring(w))
	assert(fw:destroy{force = true})
	assert(w:receive(0).figures)
	assert(not nflua.open{netns = "nowhere"})
end

local function tidy()
	os.remove(path)
	local nf <close> = assert(nflua.open())
	nf:state("fw"):destroy()
end

return work, tidy
