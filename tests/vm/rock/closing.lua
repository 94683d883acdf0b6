-- SPDX-License-Identifier: GPL-2.0-or-later
-- closing.lua CASE: closes objects while a function uses them. Runs with a sanitizer,
-- which finds uses of freed memory. The state "closing" must exist. Without CASE it
-- prints the names of all cases.
local nflua = require "nflua"

-- UDP from 192.0.2.1 to 192.0.2.2
local packet = "\x45\0\0\33\0\1\0\0\64\17\0\0\192\0\2\1\192\0\2\2\4\87\0\53\0\13\0\0hello"
local path = arg[0]

local function open()
	local nf = assert(nflua.open())
	nf:state("x"):destroy()
	local o = {nf = nf, fw = nf:state("closing"), w = assert(nf:watch())}
	o.ch = assert(nf:listen{groups = {0}})
	return o
end

local function close(o)
	o.nf:close()
	o.ch:close()
	o.w:close()
end

local function gone(message)
	return tostring(message):find("attempt to use .*closed")
end

-- Makes a call with a table whose metamethods close all objects and return value.
local function by_table(call, value)
	local o = open()
	local function act()
		close(o)
		return value
	end
	local good, message = pcall(call, o, setmetatable({}, {__index = act, __len = act}))
	assert(not good and gone(message), message)
end

-- Makes a call again and again, with act(o) in a finalizer at the first place where one
-- can run, at the second, and so on. check() is given what the call returned.
local function by_finalizers(call, act, check)
	local n, done = 0
	repeat
		n, done = n + 1, false
		local o, left, on = open(), n, true
		local function plant()
			setmetatable({}, {__gc = function()
				left = left - 1
				if left == 0 and on then
					done = true
					act(o)
				elseif on then
					plant()
				end
			end})
		end
		assert(o.fw:send(""))
		assert(o.nf:create("x", {script = "print 'text'"}))
		-- Collects a whole cycle whenever anything is allocated.
		collectgarbage("incremental", 4, 1000, 100)
		collectgarbage()
		plant()
		local got = table.pack(pcall(call, o))
		on = false
		collectgarbage("incremental", 200, 100, 13)
		check(got, o)
		close(o)
	until not done
	assert(n > 2, "hardly a finalizer was run")
	print(n - 1 .. " places")
end

local function closes(call)
	by_finalizers(call, close, function(got)
		assert(got[1] or gone(got[2]), got[2])
	end)
end

local tables = {
	create = function(o, t) return o.nf:create("y", t) end,
	destroy = function(o, t) return o.fw:destroy(t) end,
	listen = function(o, t) return o.nf:listen(t) end,
	run = function(o, t) return o.fw:run("f", packet, t) end,
}

-- Numbers are converted to strings, which allocates memory.
local calls = {
	version = function(o) return o.nf:version() end,
	create = function(o) return o.nf:create(1, {file = path, chunk_name = "=x"}) end,
	create_fails = function(o) return o.nf:create("x", {script = "error 'x'"}) end,
	list = function(o) return o.nf:list() end,
	get = function(o) return o.nf:get("x") end,
	get_fails = function(o) return o.nf:get(1) end,
	listen = function(o) return o.nf:listen{groups = {1, 2}, buffer = 1 << 16} end,
	watch = function(o) return o.nf:watch() end,
	load = function(o) return o.fw:load(1, 2) end,
	load_file = function(o) return o.fw:load_file(1) end,
	eval = function(o) return o.fw:eval(1, 2) end,
	eval_fails = function(o) return o.fw:eval("error 'x'") end,
	complete = function(o) return o.fw:complete(1) end,
	run = function(o) return o.fw:run("f", packet, {hook = "input", times = 2}) end,
	send = function(o) return o.fw:send(1) end,
	destroy = function(o) return o.nf:state("x"):destroy{force = true} end,
	channel_send = function(o) return o.ch:send("closing", 1) end,
	channel_send_fails = function(o) return o.ch:send(1, 2) end,
	receive = function(o) return o.ch:receive(0) end,
	receive_fails = function(o) return o.ch:receive(0), o.ch:receive(0) end,
	event = function(o) return o.w:receive(5), o.w:receive(5), o.w:receive(0) end,
}

local function descriptors()
	local n = 0
	local pipe <close> = io.popen("ls /proc/$PPID/fd")
	for _ in pipe:lines() do n = n + 1 end
	return n
end

local cases = {}
for name, call in pairs(tables) do
	cases["table_" .. name] = function() by_table(call) end
end
for name, call in pairs(calls) do
	cases["finalizer_" .. name] = function() closes(call) end
end

function cases.table_groups()
	by_table(function(o, t) return o.nf:listen{groups = t} end, 1)
end

function cases.arrives()
	by_finalizers(function(o) return o.w:receive(5) end, close, function(got, o)
		assert(got[1] and got[2].type == "created" and got[2].figures.name == "x" or
			gone(got[2]), got[2])
		local good, message = pcall(o.w.receive, o.w, 0)
		assert(good or gone(message), message)
	end)
end

function cases.nested_events()
	local refused = false
	by_finalizers(function(o) return o.w:receive(5) end, function(o)
		local good, message = pcall(o.w.receive, o.w, 0)
		assert(good or message == "attempt to use a watch while it returns an event")
		refused = refused or not good
	end, function(got, o)
		local e = got[2]
		assert(got[1], e)
		assert(e.type == "created" and e.figures.name == "x" and not e.output or
			e.type == "print" and e.output == "text\n" and not e.figures, e.type)
		assert(o.w:fd() >= 0)
	end)
	assert(refused, "no receive in the middle of a receive")
end

function cases.nested_messages()
	by_finalizers(function(o)
		for _ = 1, 3 do assert(o.fw:send("")) end
		return o.ch:receive(1)
	end, function(o)
		o.ch:receive(0)
	end, function(got)
		local payload, from = got[2], got[3]
		assert(got[1] and from.state == "closing" and from.group == 0, payload)
		assert(payload == tostring(from.seq), payload)
	end)
end

if arg[1] then
	cases[arg[1]]()
	collectgarbage()
	local before = descriptors()
	cases[arg[1]]()
	collectgarbage()
	assert(descriptors() == before, "descriptors are left")
else
	for name in pairs(cases) do print(name) end
end
