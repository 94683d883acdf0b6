-- SPDX-License-Identifier: GPL-2.0-or-later
-- Tests messages in both directions.
local nflua = require "nflua"
local uv = require "luv"
local tap = require "tap"
local equal, fails, like, ok = tap.equal, tap.fails, tap.like, tap.ok
local E = nflua.errno

local function seconds()
	return uv.hrtime() / 1e9
end

local function sending(fw)
	fails("send to a state without a handler fails", E.ENOTCONN, "handler", fw:send("x"))
	assert(fw:load[[
		nf.receive(function(port, s)
			last, from = s, port
			if s == "fail" then error("oh") end
			if s == "loop" then while true do end end
			if s == "answer" then nf.netlink(port, 0, "answered") end
		end)]])
	equal("send returns true", fw:send("a\0b"), true)
	equal("send sends a zero byte", fw:eval("last"), "a\0b")
	ok(fw:send(""), "send accepts an empty message")
	equal("send sends an empty message", fw:eval("last"), "")
	ok(fw:send(("x"):rep(nflua.MESSAGE_MAX)), "send accepts a message of MESSAGE_MAX bytes")
	equal("send sends all of a message of MESSAGE_MAX bytes",
		fw:eval("#last"), nflua.MESSAGE_MAX)
	fails("send of a message of MESSAGE_MAX + 1 bytes fails", E.E2BIG, "65531",
		fw:send(("x"):rep(nflua.MESSAGE_MAX + 1)))
	local r = fails("send returns the error of the handler",
		E.ECANCELED, ":3: oh$", fw:send("fail"))
	equal("send returns the kind of the handler's error", r.kind, "runtime")
	r = fails("send fails when the handler exceeds its budget", E.ETIME, ".", fw:send("loop"))
	equal("send returns the kind budget when the handler exceeds its budget", r.kind, "budget")
end

local function receiving(nf, fw)
	local ch <close> = assert(nf:listen{groups = {0, 5}})
	ok(math.type(ch:port()) == "integer" and ch:port() > 0, "port returns a positive integer",
		ch:port())
	equal("tostring of a channel has its port", tostring(ch),
		"nflua channel (port " .. ch:port() .. ")")
	fw:eval("nf.netlink(0, 1, 'zero')")
	fw:eval("nf.netlink(0, 1 << 5, 'a\\0b')")
	fw:eval("nf.netlink(0, 1 << 7, 'elsewhere')")
	fw:eval("nf.netlink(" .. ch:port() .. ", 0, '')")
	equal("receive returns a message to a group", {ch:receive()},
		{"zero", {state = "fw", group = 0, seq = 1, lost = 0}})
	equal("receive returns a message to a second group", {ch:receive(1)},
		{"a\0b", {state = "fw", group = 5, seq = 1, lost = 0}})
	equal("receive returns a message to the port", {ch:receive(0)},
		{"", {state = "fw", seq = 1, lost = 0}})
	equal("receive(0) returns nil and 'timeout' without a message", {ch:receive(0)},
		{nil, "timeout", E.EAGAIN})
	local begin = seconds()
	equal("receive(0.25) returns nil and 'timeout' without a message", {ch:receive(0.25)},
		{nil, "timeout", E.EAGAIN})
	local took = seconds() - begin
	ok(took >= 0.25 and took < 5, "receive(0.25) returns after 0.25 s without a message", took)
	begin = seconds()
	ch:receive(0.0001)
	ok(seconds() - begin >= 0.0001, "receive(0.0001) waits for 0.0001 s")
	equal("join returns the channel", ch:join(7), ch)
	fw:eval("nf.netlink(0, 1 << 7, 'now')")
	equal("a channel receives messages to a group that it joined", (ch:receive(1)), "now")
	equal("leave returns the channel", ch:leave(7), ch)
	fw:eval("nf.netlink(0, 1 << 7, 'no more')")
	equal("a channel receives no messages to a group that it left", (ch:receive(0.1)), nil)
	for _, forever in ipairs{math.huge, 1e9} do
		fw:eval("nf.netlink(0, 1, 'long')")
		equal("receive(" .. forever .. ") returns a message", (ch:receive(forever)), "long")
	end
	equal("send of a channel returns true", ch:send(fw, "answer"), true)
	equal("a channel receives the handler's answer", (ch:receive(1)), "answered")
	equal("the handler is given the channel's port", fw:eval("from"), ch:port())
	ok(ch:send("fw", "answer") and ch:receive(1) == "answered",
		"send of a channel accepts a state's name")
	local r = fails("send of a channel returns the error of the handler", E.ECANCELED, "oh",
		ch:send(fw, "fail"))
	equal("send of a channel returns the kind of the handler's error", r.kind, "runtime")
	fails("send of a channel to a state that does not exist fails", E.ENOENT, ".",
		ch:send("none", "x"))
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
	equal("an event loop can poll the fd of a channel", got, {"tick", "tick"})
end

local function losing(nf, fw)
	local ch <close> = assert(nf:listen{groups = {1}, buffer = 1 << 16})
	equal("listen sets the size of the buffer", ch:buffer(), 1 << 16)
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
	equal("receive returns nil and 'lost' when messages were lost", {what, code},
		{"lost", E.ENOBUFS})
	equal("receive reports a loss only once", {ch:receive(0)}, {nil, "timeout", E.EAGAIN})
	fw:eval("nf.netlink(0, 2, 'behind')")
	local text, from = ch:receive(1)
	equal("the message after a loss says how many were lost", {text, from.lost, from.seq},
		{"behind", sent - got, sent + 1})
	equal("set_buffer returns the new size", ch:set_buffer(1 << 20), 1 << 20)
	equal("buffer returns the size that set_buffer set", ch:buffer(), 1 << 20)
	for _ = 1, 5 do fw:eval("nf.netlink(0, 2, ('x'):rep(30000))") end
	for i = 1, 5 do
		equal("a larger buffer has room for message " .. i .. " of 5",
			select(2, ch:receive(0)).lost, 0)
	end
end

local function outliving()
	local nf = assert(nflua.open())
	local fw, ch = assert(nf:state("fw")), assert(nf:listen{groups = {2}})
	fw:eval("nf.netlink(0, 4, 'still')")
	nf:close()
	equal("a channel receives messages after its connection was closed",
		(ch:receive(1)), "still")
	ch:close()
	ch:close()
	equal("tostring of a closed channel says so", tostring(ch), "nflua channel (closed)")
end

return function()
	local nf <close> = assert(nflua.open())
	local fw = assert(nf:create("fw", {budget = 1000000}))
	sending(fw)
	receiving(nf, fw)
	polled(nf, fw)
	losing(nf, fw)
	outliving()
	like("listen needs no options", tostring(assert(nf:listen())), "port")
	fw:destroy()
end
