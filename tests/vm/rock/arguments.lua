-- SPDX-License-Identifier: GPL-2.0-or-later
-- Tests wrong arguments, closed objects and the garbage collector.
local nflua = require "nflua"
local tap = require "tap"
local equal, ok, raises = tap.equal, tap.ok, tap.raises

-- The function and the argument that the error names, the rest of the error, the call.
local rows = {
	{"open", 1, "table expected, got string", 'nflua.open("ns")'},
	{"open", 1, "unknown option 'ns'", "nflua.open{ns = 'x'}"},
	{"open", 1, "option names are strings, got number", "nflua.open{'x'}"},
	{"open", 1, "option 'netns': string expected, got number", "nflua.open{netns = 1}"},
	{"open", 1, "option 'netns': string contains a zero byte", "nflua.open{netns = 'a\\0'}"},
	{"create", 1, "nflua.connection expected, got table", "nf.create({}, 'x')"},
	{"create", 1, "nflua.connection expected, got nflua.state", "nf.create(fw, 'x')"},
	{"create", 1, "string expected, got no value", "nf:create()"},
	{"create", 1, "string contains a zero byte", "nf:create('a\\0b')"},
	{"create", 2, "table expected, got string", "nf:create('x', 'script')"},
	{"create", 2, "unknown option 'maxaloc'", "nf:create('x', {maxaloc = 1})"},
	{"create", 2, "option 'maxalloc': number expected, got string",
		"nf:create('x', {maxalloc = '4M'})"},
	{"create", 2, "option 'maxalloc': integer expected", "nf:create('x', {maxalloc = 1.5})"},
	{"create", 2, "option 'maxalloc': -1 out of range (1 to 9223372036854775807)",
		"nf:create('x', {maxalloc = -1})"},
	{"create", 2, "option 'budget': 4294967296 out of range (1 to 4294967295)",
		"nf:create('x', {budget = 1 << 32})"},
	{"create", 2, "option 'budget': 0 out of range (1 to 4294967295)",
		"nf:create('x', {budget = 0})"},
	{"create", 2, "option 'script': string expected, got table",
		"nf:create('x', {script = {}})"},
	{"create", 2, "option 'file': string contains a zero byte",
		"nf:create('x', {file = 'a\\0'})"},
	{"create", 2, "options 'script', 'scripts' and 'file' cannot be combined",
		"nf:create('x', {script = '', file = 'x'})"},
	{"create", 2,
		"option 'chunk_name' needs 'script' or 'file'", "nf:create('x', {chunk_name = '=x'})"},
	{"create", 2, "option 'chunk_name': string expected, got number",
		"nf:create('x', {script = '', chunk_name = 1})"},
	{"state", 1, "string expected, got nil", "nf:state(nil)"},
	{"state", 1, "string contains a zero byte", "nf:state('\\0')"},
	{"get", 1, "string expected, got no value", "nf:get()"},
	{"get", 1, "string contains a zero byte", "nf:get('fw\\0')"},
	{"load", 1, "string expected, got nil", "fw:load(nil)"},
	{"load", 1, "nflua.state expected, got nflua.connection", "fw.load(nf, 'x')"},
	{"load", 2, "string expected, got table", "fw:load('x', {})"},
	{"load", 2, "string contains a zero byte", "fw:load('x', '=a\\0b')"},
	{"check", 1, "string expected, got no value", "fw:check()"},
	{"replace", 1, "string expected, got no value", "fw:replace()"},
	{"load_file", 1, "string expected, got no value", "fw:load_file()"},
	{"check_file", 1, "string expected, got table", "fw:check_file{}"},
	{"replace_file", 1, "string contains a zero byte", "fw:replace_file('a\\0b')"},
	{"eval", 1, "string expected, got no value", "fw:eval()"},
	{"eval", 1, "string contains a zero byte", "fw:eval('1\\0, 2')"},
	{"result", 1, "string expected, got boolean", "fw:result(true)"},
	{"show", 1, "string contains a zero byte", "fw:show('a\\0')"},
	{"send", 1, "string expected, got no value", "fw:send()"},
	{"destroy", 1, "table expected, got boolean", "fw:destroy(true)"},
	{"destroy", 1, "unknown option 'forced'", "fw:destroy{forced = true}"},
	{"destroy", 1, "option 'force': boolean expected, got number", "fw:destroy{force = 1}"},
	{"listen", 1, "option names are strings, got number", "nf:listen{1}"},
	{"listen", 1, "option 'groups': table expected, got number", "nf:listen{groups = 1}"},
	{"listen", 1, "group 32 out of range (0 to 31)", "nf:listen{groups = {0, 32}}"},
	{"listen", 1, "group -1 out of range (0 to 31)", "nf:listen{groups = {-1}}"},
	{"listen", 1, "option 'groups': '1.5' is not a group", "nf:listen{groups = {1.5}}"},
	{"listen", 1, "option 'groups': 'true' is not a group", "nf:listen{groups = {true}}"},
	{"listen", 1, "option 'buffer': 2147483648 out of range (0 to 2147483647)",
		"nf:listen{buffer = 1 << 31}"},
	{"join", 1, "number expected, got no value", "ch:join()"},
	{"join", 1, "group 32 out of range (0 to 31)", "ch:join(32)"},
	{"leave", 1, "group -1 out of range (0 to 31)", "ch:leave(-1)"},
	{"set_buffer", 1, "buffer size out of range (0 to 2147483647)", "ch:set_buffer(1 << 40)"},
	{"set_buffer", 1, "buffer size out of range (0 to 2147483647)", "ch:set_buffer(-1)"},
	{"receive", 1, "timeout must be 0 or more seconds", "ch:receive(-1)"},
	{"receive", 1, "number expected, got string", "ch:receive('soon')"},
	{"receive", 1, "timeout must be 0 or more seconds", "ch:receive(0 / 0)"},
	{"send", 1, "string expected, got no value", "ch:send()"},
	{"send", 2, "string expected, got no value", "ch:send(fw)"},
	{"send", 1, "string expected, got nflua.connection", "ch:send(nf, 'x')"},
	{"complete", 1, "string expected, got no value", "fw:complete()"},
	{"complete", 1, "string contains a zero byte", "fw:complete('a\\0')"},
	{"run", 1, "string expected, got function", "fw:run(function() end, 'x')"},
	{"run", 1, "string contains a zero byte", "fw:run('f\\0', 'x')"},
	{"run", 2, "string expected, got no value", "fw:run('f')"},
	{"run", 3, "unknown option 'repeat'", "fw:run('f', 'x', {['repeat'] = 2})"},
	{"run", 3, "option 'hook': unknown hook 'INPUT'", "fw:run('f', 'x', {hook = 'INPUT'})"},
	{"run", 3, "option 'times': 0 out of range (1 to 4294967295)",
		"fw:run('f', 'x', {times = 0})"},
	{"run", 3, "option 'frame': string expected, got boolean",
		"fw:run('f', 'x', {frame = true})"},
	{"watch", 1, "nflua.connection expected, got nflua.channel", "nf.watch(ch)"},
	{"receive", 1, "timeout must be 0 or more seconds", "w:receive(-0.1)"},
	{"receive", 1, "nflua.watch expected, got nflua.channel", "w.receive(ch)"},
}

local function wrong(nf, fw, ch, w)
	local env = {nflua = nflua, nf = nf, fw = fw, ch = ch, w = w}
	for _, row in ipairs(rows) do
		local func, arg, text, call = table.unpack(row)
		local good, message = pcall(assert(load(call, "=call", "t", env)))
		equal(call .. " is refused", {good, message}, {false,
			("call:1: bad argument #%d to '%s' (%s)"):format(arg, func, text)})
	end
end

local function closed(nf, fw, ch, w)
	nf:close()
	ch:close()
	w:close()
	for _, name in ipairs{"create", "get", "list", "listen", "state", "version",
			"watch"} do
		raises(name .. " of a closed connection raises an error",
			"attempt to use a closed connection", nf[name], nf, "x")
	end
	for _, name in ipairs{"check", "check_file", "complete", "destroy", "eval", "load", "load_file",
			"replace", "replace_file", "result", "run", "send", "show"} do
		raises(name .. " of a closed connection's state raises an error",
			"attempt to use state 'fw' of a closed connection", fw[name], fw, "x")
	end
	equal("a closed connection's state still has its name", {tostring(fw), fw:name()},
		{"nflua state fw", "fw"})
	for _, name in ipairs{"buffer", "fd", "join", "leave", "port", "receive", "send", "set_buffer"} do
		raises(name .. " of a closed channel raises an error",
			"attempt to use a closed channel", ch[name], ch, 1, "x")
	end
	for _, name in ipairs{"fd", "receive"} do
		raises(name .. " of a closed watch raises an error",
			"attempt to use a closed watch", w[name], w)
	end
end

local function descriptors()
	local n = 0
	local stat <close> = io.open("/proc/self/stat")
	local pipe <close> = io.popen("ls /proc/" .. stat:read("n") .. "/fd")
	for _ in pipe:lines() do n = n + 1 end
	return n
end

local function collected()
	collectgarbage()
	local before = descriptors()
	local function use()
		local nf = assert(nflua.open())
		local fw = nf:state("fw")
		assert(fw:eval("1"))
		return fw, assert(nf:listen{groups = {0}}), assert(nf:watch())
	end
	local fw = use()
	collectgarbage()
	equal("a state keeps its connection open", fw:eval("1"), 1)
	fw = nil
	for _ = 1, 50 do use() end
	ok(nflua.open{netns = "nowhere"} == nil, "open of a missing namespace returns nil")
	collectgarbage()
	collectgarbage()
	equal("the garbage collector closes connections, channels and watches",
		descriptors(), before)
	for _ = 1, 20 do
		local nf <close> = assert(nflua.open())
		local ch <close> = assert(nf:listen())
		local w <close> = assert(nf:watch())
	end
	equal("<close> closes connections, channels and watches", descriptors(), before)
	pcall(function()
		local nf <close> = assert(nflua.open())
		error("out")
	end)
	equal("<close> closes a connection when an error ends the block", descriptors(), before)
	raises("a state cannot be <close>", "non%-closable", load[[
		local nf = require "nflua".open()
		local fw <close> = nf:state("fw")]])
end

return function()
	local nf = assert(nflua.open())
	local fw = assert(nf:create("fw"))
	local ch = assert(nf:listen())
	local w = assert(nf:watch())
	wrong(nf, fw, ch, w)
	equal("refused calls create no state", #nf:list(), 1)
	closed(nf, fw, ch, w)
	collected()
	local again <close> = assert(nflua.open())
	assert(again:state("fw"):destroy())
end
