-- SPDX-License-Identifier: GPL-2.0-or-later
-- Runs in user space. Bans the hosts that the state "scans" reports, for 60 seconds or
-- the number of seconds given as an argument. The event loop is libuv's (Debian package
-- lua-luv); any loop that can wait for a file descriptor will do.
local nflua = require "nflua"
local uv = require "luv"

local BATCH = 100	-- messages that are taken before timers get their turn

local seconds = math.tointeger(arg[1] or 60) or error("no number of seconds: " .. arg[1])
local nf <close> = assert(nflua.open())
local ch <close> = assert(nf:listen{groups = {0}})
local scans, timers = nf:state("scans"), {}

local function say(text)
	print(text)
	io.flush()
end

local function free(host)
	timers[host]:close()
	timers[host] = nil
	assert(scans:send("free " .. host))
	say("freed " .. host)
end

local function ban(host)
	assert(scans:send("ban " .. host))
	say("banned " .. host)
	timers[host] = timers[host] or uv.new_timer()
	timers[host]:start(seconds * 1000, 0, function() free(host) end)
end

local function receive()
	for _ = 1, BATCH do
		local text, from, code = ch:receive(0)
		if text and from.state == scans:name() then
			ban(text)
		elseif code == nflua.errno.EAGAIN then
			return
		elseif code == nflua.errno.ENOBUFS then
			say("messages were lost")
		elseif code then
			error(from)
		end
	end
end

assert(nf:get(scans))
local poll = uv.new_poll(ch:fd())
local signals = {sigint = uv.new_signal(), sigterm = uv.new_signal()}

-- The loop ends when there is nothing left to wait for.
local function finish()
	poll:close()
	for _, signal in pairs(signals) do
		signal:close()
	end
	while next(timers) do
		free((next(timers)))
	end
end

poll:start("r", receive)
for name, signal in pairs(signals) do
	signal:start(name, finish)
end
say("waiting")
uv.run()
