-- SPDX-License-Identifier: GPL-2.0-or-later
-- Tests the events of states.
local nflua = require "nflua"
local uv = require "luv"
local tap = require "tap"
local equal, like, ok = tap.equal, tap.like, tap.ok
local E = nflua.errno

local function events(nf, w)
	equal("tostring of a watch says that it is open", tostring(w), "nflua watch (open)")
	equal("receive(0) of a watch returns nil and 'timeout' without an event", {w:receive(0)},
		{nil, "timeout", E.EAGAIN})
	equal("receive(0.1) of a watch returns nil and 'timeout' without an event",
		{w:receive(0.1)}, {nil, "timeout", E.EAGAIN})
	local fw = assert(nf:create("fw", {maxalloc = 1 << 20, budget = 1000000}))
	local e = assert(w:receive(1))
	equal("creating a state is an event", {e.type, e.state, e.lost, e.dropped},
		{"created", "fw", 0, 0})
	equal("the event of a new state has its figures", {e.figures.name, e.figures.maxalloc},
		{"fw", 1 << 20})
	equal("the event of a new state has no function, output, error or packet",
		{e.func, e.output, e.error, e.packet}, {})
	local seq = e.seq
	assert(fw:replace[[
		function bad(frame, packet) error "bad packet" end
		timer.create(0, function() print "from a timer" error "bad timer" end)]])
	e = assert(w:receive(1))
	equal("replacing a state is an event with the next number",
		{e.type, e.state, e.seq, e.figures.name}, {"replaced", "fw", seq + 1, "fw"})
	e = assert(w:receive(5))
	equal("print in a timer is an event with the output",
		{e.type, e.state, e.output, e.figures}, {"print", "fw", "from a timer\n"})
	e = assert(w:receive(5))
	equal("an error in a timer is an event without a packet",
		{e.type, e.state, e.func, e.kind, e.packet}, {"error", "fw", "timer", "runtime"})
	like("the event of an error has its text", e.error, "bad timer$")
	like("the event of an error has its traceback", e.traceback, "stack traceback")
	assert(os.execute("iptables-legacy -A OUTPUT -p udp --dport 9 -m lua --state fw --function bad"))
	assert(os.execute("bash -c 'echo x >/dev/udp/127.0.0.1/9'"))
	e = assert(w:receive(5))
	equal("an error in a packet's call is an event with the function and the text",
		{e.type, e.func, e.error:match("bad packet$")}, {"error", "bad", "bad packet"})
	local port = e.packet.source_port
	ok(math.type(port) == "integer" and port >= 1024,
		"the event of an error has the packet's source port", port)
	equal("the event of an error has the packet's protocol, addresses and ports", e.packet, {
		protocol = 17, source = "127.0.0.1", destination = "127.0.0.1",
		source_port = port, destination_port = 9})
	assert(os.execute("iptables-legacy -F OUTPUT"))
	assert(fw:destroy())
	e = assert(w:receive(1))
	equal("destroying a state is an event with its last figures",
		{e.type, e.state, e.figures.errors}, {"destroyed", "fw", 2})
end

local function polled(nf, w)
	local poll, timer, got = uv.new_poll(w:fd()), uv.new_timer(), {}
	poll:start("r", function()
		got[#got + 1] = assert(w:receive(0)).type
		if #got == 2 then poll:close() timer:close() end
	end)
	timer:start(50, 0, function()
		assert(nf:create("polled")):destroy()
	end)
	uv.run()
	equal("an event loop can poll the fd of a watch", got, {"created", "destroyed"})
end

return function()
	local nf = assert(nflua.open())
	local w <close> = assert(nf:watch())
	events(nf, w)
	polled(nf, w)
	local script = package.searchpath("lost_events", package.path)
	local switch <close> = assert(io.open("/sys/module/nflua/parameters/unprivileged_userns", "w"))
	assert(switch:write("1\n"):flush())
	ok(os.execute("unshare -Urn lua5.4 " .. script), "a watch reports and counts lost events")
	assert(switch:write("0\n"):flush())
	nf:close()
	equal("receive of a watch still works after its connection was closed", {w:receive(0)},
		{nil, "timeout", E.EAGAIN})
	w:close()
	w:close()
	equal("tostring of a closed watch says so", tostring(w), "nflua watch (closed)")
end
