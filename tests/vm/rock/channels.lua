-- SPDX-License-Identifier: GPL-2.0-or-later
-- Messages in both directions.
local nflua = require "nflua"
local uv = require "luv"
local tap = require "tap"
local equal, fails, like, ok = tap.equal, tap.fails, tap.like, tap.ok
local E = nflua.errno

local function seconds()
	return uv.hrtime() / 1e9
end

local function sending(fw)
	fails("send: no handler", E.ENOTCONN, "handler", fw:send("x"))
	assert(fw:load[[
		nf.receive(function(port, s)
			last, from = s, port
			if s == "fail" then error("oh") end
			if s == "loop" then while true do end end
			if s == "answer" then nf.netlink(port, 0, "answered") end
		end)]])
	equal("send", fw:send("a\0b"), true)
	equal("send: any bytes", fw:eval("last"), "a\0b")
	ok(fw:send(""), "send: an empty one")
	equal("send: it came", fw:eval("last"), "")
	ok(fw:send(("x"):rep(nflua.MESSAGE_MAX)), "send: the longest")
	equal("send: all of it", fw:eval("#last"), nflua.MESSAGE_MAX)
	fails("send: a longer one", E.E2BIG, "65531", fw:send(("x"):rep(nflua.MESSAGE_MAX + 1)))
	local r = fails("send: an error of the handler", E.ECANCELED, ":3: oh$", fw:send("fail"))
	equal("send: its kind", r.kind, "runtime")
	r = fails("send: one without end", E.ETIME, ".", fw:send("loop"))
	equal("send: its kind", r.kind, "budget")
end

local function receiving(nf, fw)
	local ch <close> = assert(nf:listen{groups = {0, 5}})
	ok(math.type(ch:port()) == "integer" and ch:port() > 0, "port", ch:port())
	equal("text of a channel", tostring(ch), "nflua channel (port " .. ch:port() .. ")")
	fw:eval("nf.netlink(0, 1, 'zero')")
	fw:eval("nf.netlink(0, 1 << 5, 'a\\0b')")
	fw:eval("nf.netlink(0, 1 << 7, 'elsewhere')")
	fw:eval("nf.netlink(" .. ch:port() .. ", 0, '')")
	equal("receive: a group", {ch:receive()},
		{"zero", {state = "fw", group = 0, seq = 1, lost = 0}})
	equal("receive: another", {ch:receive(1)},
		{"a\0b", {state = "fw", group = 5, seq = 1, lost = 0}})
	equal("receive: the port", {ch:receive(0)}, {"", {state = "fw", seq = 1, lost = 0}})
	equal("receive: nothing is there", {ch:receive(0)}, {nil, "timeout", E.EAGAIN})
	local begin = seconds()
	equal("receive: nothing comes", {ch:receive(0.25)}, {nil, "timeout", E.EAGAIN})
	local took = seconds() - begin
	ok(took >= 0.25 and took < 5, "receive: after a fraction of a second", took)
	begin = seconds()
	ch:receive(0.0001)
	ok(seconds() - begin >= 0.0001, "receive: short is not none")
	equal("join", ch:join(7), ch)
	fw:eval("nf.netlink(0, 1 << 7, 'now')")
	equal("join: and receive", (ch:receive(1)), "now")
	equal("leave", ch:leave(7), ch)
	fw:eval("nf.netlink(0, 1 << 7, 'no more')")
	equal("leave: and receive nothing", (ch:receive(0.1)), nil)
	for _, forever in ipairs{math.huge, 1e9} do
		fw:eval("nf.netlink(0, 1, 'long')")
		equal("receive: with " .. forever .. " s", (ch:receive(forever)), "long")
	end
	equal("send from a channel, to a state", ch:send(fw, "answer"), true)
	equal("to which it answers", (ch:receive(1)), "answered")
	equal("as it was given the port", fw:eval("from"), ch:port())
	ok(ch:send("fw", "answer") and ch:receive(1) == "answered", "and by name")
	local r = fails("send: an error", E.ECANCELED, "oh", ch:send(fw, "fail"))
	equal("send: its kind", r.kind, "runtime")
	fails("send: no such state", E.ENOENT, ".", ch:send("none", "x"))
end

local function polled(nf, fw)
	local ch <close> = assert(nf:listen{groups = {3}})
	local poll, timer, got = uv.new_poll(ch:fd()), uv.new_timer(), {}
	poll:start("r", function()
		got[#got + 1] = ch:receive(0)
		if #got == 2 then poll:close() timer:close() end
	end)
	timer:start(50, 50, function() fw:eval("nf.netlink(0, 1 << 3, 'tick')") end)
	uv.run()
	equal("fd: in an event loop", got, {"tick", "tick"})
end

local function losing(nf, fw)
	local ch <close> = assert(nf:listen{groups = {1}, buffer = 1 << 16})
	equal("listen: the size of the buffer", ch:buffer(), 1 << 16)
	fw:eval("nf.netlink(0, 2, 'first')")
	local sent = 1
	repeat
		sent = sent + 1
	until not fw:eval("nf.netlink(0, 2, ('x'):rep(30000))")
	local got = 0
	local payload, what, code
	repeat
		payload, what, code = ch:receive(0)
		if payload then got = got + 1 end
	until not payload
	equal("lost messages are told", {what, code}, {"lost", E.ENOBUFS})
	equal("lost: once", {ch:receive(0)}, {nil, "timeout", E.EAGAIN})
	fw:eval("nf.netlink(0, 2, 'behind')")
	local text, from = ch:receive(1)
	equal("lost: and the next counts them", {text, from.lost, from.seq},
		{"behind", sent - got, sent + 1})
	equal("set_buffer", ch:set_buffer(1 << 20), 1 << 20)
	equal("set_buffer: buffer", ch:buffer(), 1 << 20)
	for _ = 1, 5 do fw:eval("nf.netlink(0, 2, ('x'):rep(30000))") end
	for i = 1, 5 do
		equal("set_buffer: room for " .. i, select(2, ch:receive(0)).lost, 0)
	end
end

local function outliving()
	local nf = assert(nflua.open())
	local fw, ch = assert(nf:state("fw")), assert(nf:listen{groups = {2}})
	fw:eval("nf.netlink(0, 4, 'still')")
	nf:close()
	equal("a channel outlives its connection", (ch:receive(1)), "still")
	ch:close()
	ch:close()
	equal("text of a closed channel", tostring(ch), "nflua channel (closed)")
end

return function()
	local nf <close> = assert(nflua.open())
	local fw = assert(nf:create("fw", {budget = 1000000}))
	sending(fw)
	receiving(nf, fw)
	polled(nf, fw)
	losing(nf, fw)
	outliving()
	like("listen: no option is needed", tostring(assert(nf:listen())), "port")
	fw:destroy()
end
