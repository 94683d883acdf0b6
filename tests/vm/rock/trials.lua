-- SPDX-License-Identifier: GPL-2.0-or-later
-- Tests completion and dry runs.
local nflua = require "nflua"
local tap = require "tap"
local equal, fails, like, ok = tap.equal, tap.fails, tap.like, tap.ok
local E = nflua.errno

-- UDP from 192.0.2.1 to 192.0.2.2, port 53, with "hello".
local DATAGRAM = "\x45\0\0\33\0\1\0\0\64\17\0\0\192\0\2\1\192\0\2\2\4\87\0\53\0\13\0\0hello"
local FRAME = ("\0"):rep(12) .. "\8\0"

-- Returns the verdicts of a dry run that are not 0.
local function verdicts(t)
	local got = {}
	for name, n in pairs(t.verdicts) do
		if n > 0 then got[name] = n end
	end
	return got
end

local function completion(fw)
	assert(fw:load[[
		rules = {drop = 1, drop_all = print, other = 1}
		many = {}
		for i = 1, 20000 do many["n" .. i] = 1 end]])
	equal("complete returns the names that fit, and false", {fw:complete("rules.drop")},
		{{"drop", "drop_all"}, false})
	equal("complete returns only functions after a colon",
		(fw:complete("rules:")), {"drop_all"})
	equal("complete returns an empty table when no name fits", {fw:complete("rules.x")},
		{{}, false})
	local names, more = fw:complete("many.")
	ok(#names > 100 and more == true, "complete returns true when there are more names", #names)
	ok(#fw:complete("") > 20, "complete of an empty prefix returns the globals")
	fails("complete of a prefix of 1024 bytes fails",
		E.E2BIG, ".", fw:complete(("x"):rep(1024)))
end

local function trials(fw)
	assert(fw:load[[
		calls = 0
		function f(frame, packet)
			calls = calls + 1
			print(#frame, packet.hook, packet.udp and packet.udp.dport)
			nf.netlink(0, 1, "note " .. calls)
			nf.reply("udp", "answer")
			return calls % 3 == 0
		end
		function fails() error "on purpose" end
		function drops() return "drop" end
		function prints() print(("x"):rep(60000)) nf.netlink(0, 1, ("x"):rep(60000)) end]])
	local t = assert(fw:run("f", DATAGRAM))
	equal("run makes one call and returns its output", {t.calls, t.output},
		{1, "0\tPREROUTING\t53\n"})
	equal("run returns a count for each verdict", t.verdicts, {
		continue = 0, accept = 0, drop = 0, stolen = 0, queue = 0,
		["repeat"] = 0, stop = 0, ["no match"] = 1, match = 0, error = 0, reject = 0})
	equal("run returns no error when no call fails",
		{t.kind, t.error, t.traceback, t.truncated}, {})
	ok(math.type(t.time_ns) == "integer" and t.time_ns > 0, "run returns the time of its calls",
		t.time_ns)
	equal("run returns the messages that a call sends", t.messages, {n = 1, "note 1"})
	equal("run returns the packets that a call sends",
		{t.packets.n, #t.packets, t.packets[1]:sub(-6)}, {1, 1, "answer"})
	t = assert(fw:run("f", DATAGRAM, {times = 8, hook = "forward", frame = FRAME}))
	equal("run with times = 8 makes eight calls", {t.calls, verdicts(t)},
		{8, {match = 3, ["no match"] = 5}})
	like("run gives the frame and the hook to the function", t.output, "^14\tFORWARD\t53\n")
	equal("run returns the messages that eight calls send", {t.messages.n, t.messages[8]},
		{8, "note 9"})
	for _, hook in ipairs{"prerouting", "input", "forward", "output", "postrouting"} do
		like("run with hook = '" .. hook .. "' gives the function that hook",
			fw:run("f", DATAGRAM, {hook = hook}).output, hook:upper())
	end
	equal("run counts the verdict 'drop'", verdicts(fw:run("drops", DATAGRAM)), {drop = 1})
	t = assert(fw:run("fails", DATAGRAM, {times = 2}))
	equal("run counts calls that fail and returns the kind of the error", {verdicts(t), t.kind},
		{{error = 2}, "runtime"})
	like("run returns the text of an error", t.error, ":9: on purpose$")
	like("run returns the traceback of an error", t.traceback, "^stack traceback")
	t = assert(fw:run("prints", DATAGRAM, {times = 3}))
	equal("run flags output and messages that are cut",
		t.truncated, {output = true, sent = true})
	equal("run counts all messages and returns those that fit",
		{t.messages.n, #t.messages}, {3, 1})
	fails("run with an empty packet fails", E.EINVAL, ".", fw:run("f", ""))
	fails("run with a damaged packet fails", E.EINVAL, ".", fw:run("f", "\x45\0"))
	fails("run of a function name of 64 bytes fails",
		E.E2BIG, "63", fw:run(("f"):rep(64), DATAGRAM))
	fails("run of too many calls fails", E.EINVAL, "10000000",
		fw:run("f", DATAGRAM, {times = 1 << 30}))
	fails("run with a frame of 5 bytes fails", E.EINVAL, ".",
		fw:run("f", DATAGRAM, {frame = "short"}))
end

return function()
	local nf <close> = assert(nflua.open())
	local fw = assert(nf:create("fw", {budget = 1000000}))
	completion(fw)
	trials(fw)
	assert(fw:destroy())
	fails("complete in a destroyed state fails", E.ENOENT, ".", fw:complete("x"))
	fails("run in a destroyed state fails", E.ENOENT, ".", fw:run("f", DATAGRAM))
end
