-- SPDX-License-Identifier: GPL-2.0-or-later
-- Tests hooks.
local nflua = require "nflua"
local tap = require "tap"
local equal, fails, ok, raises = tap.equal, tap.fails, tap.ok, tap.raises
local E = nflua.errno

local function attaching(nf, fw)
	assert(fw:load "function f() end")
	local id = assert(fw:attach("f", {hook = "input"}))
	equal("hooks returns a hook with its defaults", fw:hooks(), {{id = id, state = "hooked",
		func = "f", family = "inet", hook = "input", priority = 0, priority_name = "filter"}})
	local second = assert(fw:attach("f", {hook = "forward", family = "ip6",
		priority = "mangle + 1", mark = 0x30, mask = 0xf0, iif = "lo", oif = "eth9", protocol = 17,
		on_error = "drop"}))
	ok(second > id, "a newer hook has a higher number")
	equal("hooks returns what a hook was given", nf:hooks()[2], {id = second, state = "hooked",
		func = "f", family = "ip6", hook = "forward", priority = -149,
		priority_name = "mangle + 1", mark = 0x30, mask = 0xf0, iif = "lo", oif = "eth9",
		protocol = 17, on_error = "drop"})
	ok(fw:set_hook(second, {owner = "me"}), "set_hook changes a hook")
	local changed = nf:hooks()[2]
	equal("set_hook sets owner and on_error", {changed.owner, changed.on_error, changed.id},
		{"me", nil, second})
	fails("set_hook of a hook that is not there fails", E.ENOENT, "no such hook",
		fw:set_hook(second + 1))
	local f = nf:get(fw)
	equal("get returns the number of hooks", {f.refs, f.hooks}, {2, 2})
	fails("attach of the same hook fails", E.EEXIST, "such a hook",
		fw:attach("f", {hook = "input", on_error = "accept"}))
	fails("attach of a function that is missing fails", E.ENXIO, "no such function",
		fw:attach("g", {hook = "input"}))
	equal("attach with force attaches a missing function",
		math.type(fw:attach("g", {hook = "input", priority = -1, force = true})), "integer")
	fails("attach to a state that does not exist fails", E.ENOENT, "no state",
		nf:state("none"):attach("f", {hook = "input"}))
	fails("destroy of a state with hooks fails", E.EBUSY, "hooks refer", fw:destroy())
	ok(fw:detach(second), "detach removes the hook of a number")
	fails("detach of a hook that is gone fails", E.ENOENT, "no such hook", fw:detach(second))
	ok(fw:detach("f"), "detach removes the hooks of a function")
	equal("hooks returns the hooks that are left", {#fw:hooks(), fw:hooks()[1].func}, {1, "g"})
	ok(fw:detach("g"), "detach removes the last hook")
	id = assert(fw:attach("f", {hook = "egress", oif = "later0"}))
	equal("hooks returns that a hook waits for its device", fw:hooks(), {{id = id,
		state = "hooked", func = "f", family = "netdev", hook = "egress", priority = 0,
		priority_name = "filter", oif = "later0", waits = true}})
	assert(fw:detach(id))
	id = assert(fw:attach("f", {hook = "ingress", iif = "lo", proto = "arp,0x88cc,ip,ip"}))
	equal("hooks returns types of frames in their order", fw:hooks()[1].proto, "ip,arp,0x88cc")
	assert(fw:detach(id))
	id = assert(fw:attach("f", {hook = "output", family = "arp"}))
	equal("hooks returns a hook of ARP", {fw:hooks()[1].family, fw:hooks()[1].hook},
		{"arp", "output"})
	assert(fw:detach(id))
	fails("attach with types of frames to input fails", E.EINVAL, "types of frames are for",
		fw:attach("f", {hook = "input", proto = "all"}))
	equal("hooks returns an empty table without hooks", {nf:hooks(), nf:state("none"):hooks()},
		{{}, {}})
end

local function arguments(fw)
	for _, case in ipairs{
			{"option 'hook' is missing", "f", {}},
			{"option 'hook': unknown hook 'lo'", "f", {hook = "lo"}},
			{"option 'family': unknown family 'decnet'", "f", {hook = "input", family = "decnet"}},
			{"option 'proto' must be 'all' or types of frames", "f", {hook = "input", proto = "x"}},
			{"option 'proto': string expected, got table", "f", {hook = "input", proto = {}}},
			{"option 'priority': no priority: 'x'", "f", {hook = "input", priority = "x"}},
			{"option 'priority': 2147483648 out of range", "f",
				{hook = "input", priority = 1 << 31}},
			{"option 'priority': string expected, got boolean", "f",
				{hook = "input", priority = true}},
			{"option 'mask' needs 'mark'", "f", {hook = "input", mask = 1}},
			{"option 'mask': 0 out of range", "f", {hook = "input", mark = 1, mask = 0}},
			{"option 'protocol': 256 out of range", "f", {hook = "input", protocol = 256}},
			{"option 'on_error' must be", "f", {hook = "input", on_error = "continue"}},
			{"unknown option 'device'", "f", {hook = "input", device = "lo"}},
			{"string expected", nil, {hook = "input"}}} do
		raises("attach: " .. case[1], case[1], fw.attach, fw, case[2], case[3])
	end
	raises("detach: a number that is too large", "number out of range", fw.detach, fw, 1 << 32)
	raises("detach: nothing", "string expected", fw.detach, fw)
	fails("attach with a name of 64 bytes fails", E.EINVAL, "too long",
		fw:attach(("f"):rep(64), {hook = "input"}))
	fails("attach with a device of 16 bytes fails", E.EINVAL, "1 to 15 bytes",
		fw:attach("f", {hook = "input", iif = ("d"):rep(16)}))
	fails("attach to a hook that the family does not have fails", E.EINVAL,
		"the family ip has no hook egress", fw:attach("f", {hook = "egress", family = "ip"}))
	fails("attach to ingress without a device fails", E.EINVAL, "needs the name of a device",
		fw:attach("f", {hook = "ingress"}))
	fails("attach with a mark outside its mask fails", E.EINVAL, "mask",
		fw:attach("f", {hook = "input", mark = 3, mask = 1}))
end

local function events(nf, fw)
	local w <close> = assert(nf:watch())
	local id = assert(fw:attach("f", {hook = "output", priority = -7}))
	assert(fw:detach(id))
	for _, kind in ipairs{"attached", "detached"} do
		local event = assert(w:receive(10))
		equal("a watch receives that a hook was " .. kind,
			{event.type, event.state, event.hook and event.hook.id, event.hook.priority},
			{kind, "hooked", id, -7})
	end
end

return function()
	local nf <close> = assert(nflua.open())
	local fw = assert(nf:create("hooked"))
	attaching(nf, fw)
	arguments(fw)
	events(nf, fw)
	assert(fw:destroy())
end
