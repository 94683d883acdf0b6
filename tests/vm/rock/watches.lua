-- SPDX-License-Identifier: GPL-2.0-or-later
-- Events of states.
local nflua = require "nflua"
local uv = require "luv"
local tap = require "tap"
local equal, like, ok = tap.equal, tap.like, tap.ok
local E = nflua.errno

local function events(nf, w)
	equal("text of a watch", tostring(w), "nflua watch (open)")
	equal("watch: nothing is there", {w:receive(0)}, {nil, "timeout", E.EAGAIN})
	equal("watch: nothing comes", {w:receive(0.1)}, {nil, "timeout", E.EAGAIN})
	local fw = assert(nf:create("fw", {maxalloc = 1 << 20, budget = 1000000}))
	local e = assert(w:receive(1))
	equal("created", {e.type, e.state, e.lost, e.dropped}, {"created", "fw", 0, 0})
	equal("created: figures", {e.figures.name, e.figures.maxalloc}, {"fw", 1 << 20})
	equal("created: nothing else", {e.func, e.output, e.error, e.packet}, {})
	local seq = e.seq
	assert(fw:replace[[
		function bad(frame, packet) error "bad packet" end
		timer.create(0, function() print "from a timer" error "bad timer" end)]])
	e = assert(w:receive(1))
	equal("replaced", {e.type, e.state, e.seq, e.figures.name}, {"replaced", "fw", seq + 1, "fw"})
	e = assert(w:receive(5))
	equal("print", {e.type, e.state, e.output, e.figures}, {"print", "fw", "from a timer\n"})
	e = assert(w:receive(5))
	equal("an error of a timer", {e.type, e.state, e.func, e.kind, e.packet},
		{"error", "fw", "timer", "runtime"})
	like("its text", e.error, "bad timer$")
	like("its traceback", e.traceback, "stack traceback")
	assert(os.execute("iptables-legacy -A OUTPUT -p udp --dport 9 -m lua --state fw --function bad"))
	assert(os.execute("bash -c 'echo x >/dev/udp/127.0.0.1/9'"))
	e = assert(w:receive(5))
	equal("an error for a packet", {e.type, e.func, e.error:match("bad packet$")},
		{"error", "bad", "bad packet"})
	local port = e.packet.source_port
	ok(math.type(port) == "integer" and port >= 1024, "its source port", port)
	equal("its packet", e.packet, {protocol = 17, source = "127.0.0.1", destination = "127.0.0.1",
		source_port = port, destination_port = 9})
	assert(os.execute("iptables-legacy -F OUTPUT"))
	assert(fw:destroy())
	e = assert(w:receive(1))
	equal("destroyed", {e.type, e.state, e.figures.errors}, {"destroyed", "fw", 2})
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
	equal("fd: in an event loop", got, {"created", "destroyed"})
end

return function()
	local nf = assert(nflua.open())
	local w <close> = assert(nf:watch())
	events(nf, w)
	polled(nf, w)
	local script = package.searchpath("lost_events", package.path)
	local switch <close> = assert(io.open("/sys/module/nflua/parameters/unprivileged_userns", "w"))
	assert(switch:write("1\n"):flush())
	ok(os.execute("unshare -Urn lua5.4 " .. script), "lost events are told and counted")
	assert(switch:write("0\n"):flush())
	nf:close()
	equal("a watch outlives its connection", {w:receive(0)}, {nil, "timeout", E.EAGAIN})
	w:close()
	w:close()
	equal("text of a closed watch", tostring(w), "nflua watch (closed)")
end
