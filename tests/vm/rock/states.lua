-- SPDX-License-Identifier: GPL-2.0-or-later
-- Connections, states and scripts.
local nflua = require "nflua"
local tap = require "tap"
local equal, fails, like, ok = tap.equal, tap.fails, tap.like, tap.ok
local E = nflua.errno

local function shell(command)
	return assert(os.execute(command))
end

local function connections()
	local nf = assert(nflua.open())
	equal("text of a connection", tostring(nf), "nflua connection (open)")
	local v = nf:version()
	equal("version of the family", v.family, 2)
	equal("version of the library", "nflua " .. v["library"], nflua._VERSION)
	equal("version of the module", v.module, io.open("/sys/module/nflua/version"):read("l"))
	nf:close()
	nf:close()
	equal("text of a closed one", tostring(nf), "nflua connection (closed)")
	fails("open: no such namespace", E.ENOENT, "nowhere", nflua.open{netns = "nowhere"})
	equal("limits", {nflua.SCRIPT_MAX, nflua.MESSAGE_MAX, nflua.GROUPS}, {8 << 20, 65531, 32})
	equal("codes", {E.ENOENT, E.EAGAIN, E.ETIME}, {2, 11, 62})
end

local function namespaces(nf)
	local there <close> = assert(nflua.open{netns = "rock"})
	equal("text of one elsewhere", tostring(there), "nflua connection (netns rock)")
	assert(there:create("far"))
	equal("a state is in its namespace", {#nf:list(), #there:list()}, {0, 1})
	local path <close> = assert(nflua.open{netns = "/run/netns/rock"})
	equal("by a path", path:get("far").name, "far")
	there:close()
	equal("text of a closed one elsewhere", tostring(there), "nflua connection (netns rock, closed)")
end

local function create(nf)
	local fw, r = nf:create("fw", {maxalloc = 4 << 20, budget = 999999, chunk_name = "@first.lua",
		script = "print('made', 1) n = 7 function where() return debug.traceback() end"})
	equal("text of a state", tostring(fw), "nflua state fw")
	equal("its name", fw:name(), "fw")
	equal("what its script printed", r, {n = 0, types = {}, output = "made\t1\n"})
	equal("its script ran", fw:eval("n"), 7)
	like("under its name", fw:eval("where()"), "first.lua:1:")
	local f = nf:get(fw)
	equal("its limits", {f.maxalloc, f.budget}, {4 << 20, 1000000})
	fails("create: it exists", E.EEXIST, "exist", nf:create("fw"))
	fails("create: a name that cannot be", E.EINVAL, ".", nf:create("-x"))
	fails("create: too little memory", E.ERANGE, "64 KiB", nf:create("x", {maxalloc = 5}))
	local bad = fails("create: the script fails", E.ECANCELED, "^bad.lua:2: oh$",
		nf:create("x", {script = "print'p'\nerror'oh'", chunk_name = "@bad.lua"}))
	equal("create: its kind", bad.kind, "runtime")
	equal("create: what it printed", bad.output, "p\n")
	like("create: its traceback", bad.traceback, "stack traceback:.*bad.lua:2:")
	fails("create: then there is no state", E.ENOENT, ".", nf:get("x"))
	fails("create: no such file", E.ENOENT, "none.lua", nf:create("x", {file = "none.lua"}))
	fails("create: a script too long", E.E2BIG, "8 MiB",
		nf:create("x", {script = (" "):rep(nflua.SCRIPT_MAX + 1)}))
	return fw
end

local function files(nf, fw)
	local path = os.tmpname()
	local function write(text)
		local f <close> = assert(io.open(path, "w"))
		f:write(text)
	end
	write("#!/usr/bin/lua\nprint'from a file' m = 5 function at() return debug.traceback() end")
	equal("load_file", assert(fw:load_file(path)).output, "from a file\n")
	equal("load_file: it ran, and the old is there", {fw:eval("m, n")}, {5, 7})
	like("load_file: its name and lines", fw:eval("at()"), path .. ":2:")
	ok(fw:check_file(path), "check_file")
	local other = assert(nf:create("file", {file = path}))
	like("create: a file", other:eval("at()"), path .. ":2:")
	other:destroy()
	local long = path:gsub("/", "/" .. ("./"):rep(150), 1)
	other = assert(nf:create("file", {file = long}))
	local at = other:eval("at()")
	like("create: a file with a long name", at, "/%.:2:")
	assert(other:load_file(long))
	equal("create: cuts it as load_file does", other:eval("at()"), at)
	other:destroy()
	other = assert(nf:create("file", {file = path, chunk_name = "=named"}))
	like("create: a file under another name", other:eval("at()"), "named:2:")
	equal("replace_file", assert(other:replace_file(path)).output, "from a file\n")
	other:destroy()
	write("x = = 1")
	local r = fails("check_file: what is wrong", E.ENOEXEC, path .. ":1:", fw:check_file(path))
	equal("check_file: its kind", r.kind, "syntax")
	fails("load_file: what is wrong", E.ENOEXEC, path .. ":1:", fw:load_file(path))
	fails("replace_file: what is wrong", E.ENOEXEC, path .. ":1:", fw:replace_file(path))
	write("#" .. (" "):rep(nflua.SCRIPT_MAX - 1))
	ok(fw:load_file(path), "load_file: the longest")
	write((" "):rep(nflua.SCRIPT_MAX + 1))
	fails("load_file: too long", E.E2BIG, path .. ": script too long", fw:load_file(path))
	fails("create: a file too long", E.E2BIG, "8 MiB", nf:create("x", {file = path}))
	write("")
	ok(fw:load_file(path), "load_file: an empty one")
	os.remove(path)
	fails("load_file: no such file", E.ENOENT, path, fw:load_file(path))
	fails("load_file: a directory", E.EISDIR, "^/tmp: ", fw:load_file("/tmp"))
	fails("load_file: no directory", E.ENOTDIR, "^/dev/null/x: ", fw:load_file("/dev/null/x"))
	shell("mkfifo " .. path)
	shell("(sleep 0.3; echo 'fifo = 1'; sleep 0.3; echo 'fifo = fifo + 1') >" .. path .. " &")
	ok(fw:load_file(path), "load_file: a FIFO")
	equal("load_file: all that came", fw:eval("fifo"), 2)
	os.remove(path)
	shell([[echo 'piped = 3' | lua5.4 -e 'local nf = require "nflua".open()
		assert(nf:state("fw"):load_file("/dev/stdin"))']])
	equal("load_file: a pipe", fw:eval("piped"), 3)
end

local function scripts(fw)
	equal("load", fw:load("k = 1 print(k, nil)"), {n = 0, types = {}, output = "1\tnil\n"})
	like("load: a name", select(2, fw:load("error'e'", "@some.lua")), "^some.lua:1: e$")
	like("load: without one", select(2, fw:load("error'e'")), "^chunk:1: e$")
	equal("load: any bytes", {fw:load("z = 'a\0b'") ~= nil, fw:eval("z")}, {true, "a\0b"})
	local r = fails("load: incomplete", E.ENOEXEC, "<eof>", fw:load("for"))
	equal("load: its kind", r.kind, "incomplete")
	r = fails("load: memory", E.ENOMEM, "memory", fw:load("local t = {} for i = 1, 1 << 40 do t[i] = {i} end"))
	equal("load: its kind", r.kind, "memory")
	fails("load: too long", E.E2BIG, "8 MiB", fw:load((" "):rep(nflua.SCRIPT_MAX + 1)))
	ok(fw:load((" "):rep(1 << 20)), "load: long")
	ok(fw:check("k = 2"), "check")
	equal("check: does not run", fw:eval("k"), 1)
	fails("check: what is wrong", E.ENOEXEC, "^c.lua:1:", fw:check("k k", "@c.lua"))
	fails("replace: what is wrong", E.ECANCELED, "^r:1: no$", fw:replace("k = 3 error'no'", "=r"))
	equal("replace: then all is as it was", fw:eval("k, n"), 1)
	equal("replace", assert(fw:replace("k = 4 print'new'")).output, "new\n")
	equal("replace: nothing old is there", {fw:eval("k, n")}, {4})
end

local function evals(fw)
	local values = table.pack(fw:eval("nil, true, false, -1, math.maxinteger, 'a\\0b', '', nil"))
	equal("eval: values", values, {n = 8, nil, true, false, -1, math.maxinteger, "a\0b", "", nil})
	equal("eval: no value", select("#", fw:eval("x = 1")), 0)
	like("eval: others are text", fw:eval("{}"), "^table: ")
	equal("eval: a thousand", select("#", fw:eval("table.unpack({}, 1, 200)")), 200)
	local r = fails("eval: an error", E.ECANCELED, "^eval:1: oh$", fw:eval("error'oh'"))
	equal("eval: of this kind", {r.kind, r.n}, {"runtime", 0})
	fails("eval: under a name", E.ECANCELED, "^mine:1: oh$", fw:eval("error'oh'", "=mine"))
	fails("eval: syntax", E.ENOEXEC, "^eval:1:", fw:eval("1 1"))
	r = fails("eval: too much", E.EOVERFLOW, "64 KiB", fw:eval("1, ('x'):rep(1 << 17)"))
	equal("eval: what there is of it", {r[1], r.truncated}, {1, {values = true}})
	r = assert(fw:result("(function() print('p', 1) return 1, 's', true, print, nil end)()"))
	equal("result: types", r.types, {"integer", "string", "boolean", "other", "nil"})
	equal("result: values", {r.n, r[1], r[2], r[3], r[5]}, {5, 1, "s", true})
	equal("result: what was printed", {r.output, r.truncated, r.kind}, {"p\t1\n"})
	r = assert(fw:result("print(('y'):rep(1 << 17))"))
	equal("result: too much printed", {#r.output <= 1 << 16, r.truncated}, {true, {output = true}})
	r = assert(fw:show("{1, name = 'x'}, 'text', 5"))
	equal("show: contents of tables", {r.types, r[1], r[2], r[3]},
		{{"other", "string", "integer"}, '{1, name = "x"}', "text", 5})
	fails("show: an error", E.ECANCELED, "^s:1: oh$", fw:show("error'oh'", "=s"))
	fails("result: an error", E.ECANCELED, "^r:1: oh$", fw:result("error'oh'", "=r"))
end

local function lists(nf, fw)
	local others = {}
	for i = 1, 100 do
		others[i] = assert(nf:create("s" .. i))
	end
	local names = {}
	for _, s in ipairs(nf:list()) do
		names[s.name] = true
	end
	ok(names.fw and names.s1 and names.s100 and #nf:list() == 101, "list", #nf:list())
	for _, s in ipairs(others) do
		assert(s:destroy())
	end
	local f, kinds = nf:get("fw"), {}
	for k, v in pairs(f) do
		kinds[k] = math.type(v) or type(v)
	end
	equal("get: figures", kinds, {name = "string", maxalloc = "integer", curralloc = "integer",
		peakalloc = "integer", budget = "integer", percpu = "boolean", runtimes = "integer",
		refs = "integer", calls = "integer", matches = "integer", errors = "integer",
		time_ns = "integer", age_ns = "integer", on_error = "string", gone = "boolean",
		functions = "table", missing = "table", more_functions = "boolean"})
	ok(f.curralloc > 1000 and f.peakalloc >= f.curralloc and f.age_ns > 0, "get: of some size")
	fails("get: no such state", E.ENOENT, ".", nf:get("none"))
	return fw
end

local function rules(nf, fw)
	assert(fw:load("function all() return true end function bad() error'bad packet' end"))
	shell("iptables-legacy -A OUTPUT -p udp --dport 9 -m lua --state fw --function all")
	shell("iptables-legacy -A OUTPUT -p udp --dport 9 -m lua --state fw --function bad")
	shell("bash -c 'echo x >/dev/udp/127.0.0.1/9'")
	local f = nf:get(fw)
	equal("figures of rules", {f.refs, f.calls, f.matches, f.errors}, {2, 2, 1, 1})
	like("the last error", f.last_error, "bad packet")
	equal("in full", {f.failure.kind, f.failure.func, f.failure.count,
		f.failure.error == f.last_error, f.failure.age_ns > 0}, {"runtime", "bad", 1, true, true})
	like("with its traceback", f.failure.traceback, "in function 'error'")
	equal("what rules call", {table.concat(f.functions, " "), #f.missing, f.more_functions},
		{"all bad", 0, false})
	equal("clear", fw:clear(), true)
	equal("forgets the error", {nf:get(fw).last_error, nf:get(fw).failure}, {})
	fails("replace: without a function", E.ENXIO, "does not define: bad",
		fw:replace("function all() return true end"))
	fails("replace_file: likewise", E.ENXIO, "does not define: all, bad", fw:replace_file("/dev/null"))
	ok(fw:replace_file("/dev/null", {force = true}), "replace_file: by force")
	equal("what is missing then", table.concat(nf:get(fw).missing, " "), "all bad")
	ok(fw:replace("function all() end", "=x", {force = true}), "replace: by force")
	fails("destroy: rules refer to it", E.EBUSY, "rules", fw:destroy())
	fails("destroy: no force", E.EBUSY, "rules", fw:destroy{force = false})
	equal("destroy: by force", fw:destroy{force = true}, true)
	f = nf:get("fw")
	equal("it is gone", {f.gone, f.refs, f.on_error}, {true, 2, "accept"})
	fails("create: without a function", E.ENXIO, "does not define: all, bad", nf:create("fw"))
	fw = assert(nf:create("fw", {force = true, on_error = "drop"}))
	f = nf:get(fw)
	equal("it is there again", {f.gone, f.refs, f.on_error}, {false, 2, "drop"})
	fails("clear: no such state", E.ENOENT, ".", nf:state("none"):clear())
	like("create: no such verdict", select(2, pcall(nf.create, nf, "x", {on_error = "maybe"})),
		"must be 'accept' or 'drop'")
	assert(fw:destroy{force = true})
	shell("iptables-legacy -F OUTPUT")
	fails("a state that is gone", E.ENOENT, ".", fw:eval("1"))
	fails("destroy: no such state", E.ENOENT, ".", fw:destroy())
end

return function()
	shell("ip netns add rock")
	connections()
	local nf <close> = assert(nflua.open())
	namespaces(nf)
	local fw = create(nf)
	files(nf, fw)
	scripts(fw)
	evals(fw)
	lists(nf, fw)
	local again = nf:state("fw")
	equal("state: another handle", {again:name(), again:eval("k")}, {"fw", 4})
	fails("state: of a name that nobody has", E.ENOENT, ".", nf:state("none"):eval("1"))
	rules(nf, fw)
	shell("ip netns del rock")
end
