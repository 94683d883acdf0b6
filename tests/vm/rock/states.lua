-- SPDX-License-Identifier: GPL-2.0-or-later
-- Tests connections, states and scripts.
local nflua = require "nflua"
local tap = require "tap"
local equal, fails, like, ok = tap.equal, tap.fails, tap.like, tap.ok
local E = nflua.errno

local function shell(command)
	return assert(os.execute(command))
end

local function connections()
	local nf = assert(nflua.open())
	equal("tostring of a connection says that it is open",
		tostring(nf), "nflua connection (open)")
	local v = nf:version()
	equal("version returns the family's version", v.family, 2)
	equal("version returns the library's version", "nflua " .. v["library"], nflua._VERSION)
	equal("version returns the module's version", v.module,
		io.open("/sys/module/nflua/version"):read("l"))
	nf:close()
	nf:close()
	equal("tostring of a closed connection says so", tostring(nf), "nflua connection (closed)")
	fails("open of a namespace that does not exist fails", E.ENOENT, "nowhere",
		nflua.open{netns = "nowhere"})
	equal("nflua.SCRIPT_MAX, MESSAGE_MAX and GROUPS are the module's limits",
		{nflua.SCRIPT_MAX, nflua.MESSAGE_MAX, nflua.GROUPS}, {8 << 20, 65531, 32})
	equal("nflua.errno has the numbers of errors", {E.ENOENT, E.EAGAIN, E.ETIME}, {2, 11, 62})
end

local function namespaces(nf)
	local there <close> = assert(nflua.open{netns = "rock"})
	equal("tostring of a connection names another namespace", tostring(there),
		"nflua connection (netns rock)")
	assert(there:create("far"))
	equal("list returns only the states of the connection's namespace",
		{#nf:list(), #there:list()}, {0, 1})
	local path <close> = assert(nflua.open{netns = "/run/netns/rock"})
	equal("open accepts the path of a namespace", path:get("far").name, "far")
	there:close()
	equal("tostring of a closed connection names another namespace", tostring(there),
		"nflua connection (netns rock, closed)")
end

local function create(nf)
	local fw, r = nf:create("fw", {maxalloc = 4 << 20, budget = 999999, chunk_name = "@first.lua",
		script = "print('made', 1) n = 7 function where() return debug.traceback() end"})
	equal("tostring of a state has its name", tostring(fw), "nflua state fw")
	equal("name returns a state's name", fw:name(), "fw")
	equal("create returns what the script printed",
		r, {n = 0, types = {}, output = "made\t1\n"})
	equal("create runs the script", fw:eval("n"), 7)
	like("create names the script after its option chunk_name",
		fw:eval("where()"), "first.lua:1:")
	local f = nf:get(fw)
	equal("create sets the memory limit and the budget", {f.maxalloc, f.budget},
		{4 << 20, 1000000})
	equal("a state's figures have its script and its digest", {f.script, #f.digest, f.owner},
		{"@first.lua", 64})
	ok(f.script_age_ns > 0, "and the age of the script")
	ok(fw:set{maxalloc = 8 << 20, owner = "me", on_error = "drop"}, "set changes a state")
	f = nf:get(fw)
	equal("set changes what it is given", {f.maxalloc, f.budget, f.owner, f.on_error},
		{8 << 20, 1000000, "me", "drop"})
	fails("set of too small a limit fails", E.ERANGE, "64 KiB", fw:set{maxalloc = 5})
	assert(fw:load("keep = ('x'):rep(1 << 20)"))
	fails("set of a limit below what is in use fails", E.ENOSPC, "more memory",
		fw:set{maxalloc = 1 << 20})
	assert(fw:load("keep = nil"))
	ok(fw:set{owner = "", on_error = "accept"}, "an owner can be taken away")
	fails("create of an existing state fails", E.EEXIST, "exist", nf:create("fw"))
	fails("create of a state with an invalid name fails", E.EINVAL, ".", nf:create("-x"))
	fails("create with too small a memory limit fails", E.ERANGE, "64 KiB",
		nf:create("x", {maxalloc = 5}))
	local bad = fails("create returns the error of the script", E.ECANCELED, "^bad.lua:2: oh$",
		nf:create("x", {script = "print'p'\nerror'oh'", chunk_name = "@bad.lua"}))
	equal("create returns the kind of the script's error", bad.kind, "runtime")
	equal("create returns what the script printed before its error", bad.output, "p\n")
	like("create returns the traceback of the script's error", bad.traceback,
		"stack traceback:.*bad.lua:2:")
	fails("create leaves no state when the script fails", E.ENOENT, ".", nf:get("x"))
	fails("create with a file that does not exist fails", E.ENOENT, "none.lua",
		nf:create("x", {file = "none.lua"}))
	fails("create with a script of SCRIPT_MAX + 1 bytes fails", E.E2BIG, "8 MiB",
		nf:create("x", {script = (" "):rep(nflua.SCRIPT_MAX + 1)}))
	return fw
end

local function lists(nf)
	local two = {"a = 1", {"b = a + 1", "@two.lua"}}
	local fw = assert(nf:create("listed", {script = "x = 1"}))
	ok(fw:replace(two), "replace takes a list of scripts")
	equal("the scripts of a list run in order", {fw:eval("a"), fw:eval("b")}, {1, 2})
	local f = nf:get(fw)
	equal("nflua.digest is the digest of a state that has run the scripts",
		{f.digest, f.script}, {nflua.digest(two), "@two.lua"})
	equal("nflua.digest of no scripts is nil", nflua.digest{}, nil)
	ok(nf:create("several", {scripts = two}), "create takes a list of scripts")
	equal("and so a state is what it would be after a replace", nf:get("several").digest, f.digest)
	assert(nf:state("several"):destroy())
	equal("try returns what the scripts printed", nf:try("listed", {scripts = {"print(1)"}}).output,
		"1\n")
	fails("try of a script that lacks a function fails", E.ENXIO, "the function g",
		nf:try("none", {script = "function f() end", functions = {"f", "g"}}))
	ok(nf:try("none", {script = "error('x')", check = true}), "a check runs nothing")
	fails("and makes no state", E.ENOENT, ".", nf:get("none"))
	equal("a state stays what it is while another one of its name is tried",
		nf:get(fw).digest, f.digest)
	ok(fw:replace("a = 9", nil, {confirm = 60, max_errors = 3}), "replace can wait for a confirmation")
	f = nf:get(fw)
	ok(f.confirm_ms > 50000 and f.keptalloc > 0, "and get returns the time that is left", f)
	fails("load is refused meanwhile", E.EBUSY, "waits for its confirmation", fw:load("x = 1"))
	local w = assert(nf:watch())
	ok(fw:rollback(), "rollback takes it back")
	local event = w:receive(5)
	equal("and is an event", {event.type, event.reason}, {"rolled_back", "request"})
	equal("the state is what it was", fw:eval("a"), 1)
	fails("rollback fails if nothing was kept", E.ENODATA, "nothing", fw:rollback())
	ok(fw:replace("a = 8", nil, {confirm = 60, keep = true}), "replace can keep what was there")
	ok(fw:confirm(), "confirm confirms a replace")
	fails("and only one that waits", E.ENODATA, "no change", fw:confirm())
	ok(fw:rollback(), "what was kept can be gone back to")
	w:close()
	assert(fw:destroy())
end

local function files(nf, fw)
	local path = os.tmpname()
	local function write(text)
		local f <close> = assert(io.open(path, "w"))
		f:write(text)
	end
	write("#!/usr/bin/lua\nprint'from a file' m = 5 function at() return debug.traceback() end")
	equal("load_file returns what the file printed", assert(fw:load_file(path)).output,
		"from a file\n")
	equal("load_file runs the file and keeps the globals", {fw:eval("m, n")}, {5, 7})
	like("load_file names the script after its path, and counts its first line",
		fw:eval("at()"), path .. ":2:")
	ok(fw:check_file(path), "check_file accepts a file")
	local other = assert(nf:create("file", {file = path}))
	like("create names a file's script after its path", other:eval("at()"), path .. ":2:")
	other:destroy()
	local long = path:gsub("/", "/" .. ("./"):rep(150), 1)
	other = assert(nf:create("file", {file = long}))
	local at = other:eval("at()")
	like("create cuts a long path in the script's name", at, "/%.:2:")
	assert(other:load_file(long))
	equal("create cuts a long path as load_file does", other:eval("at()"), at)
	other:destroy()
	other = assert(nf:create("file", {file = path, chunk_name = "=named"}))
	like("create names a file's script after its option chunk_name",
		other:eval("at()"), "named:2:")
	equal("replace_file returns what the file printed", assert(other:replace_file(path)).output,
		"from a file\n")
	other:destroy()
	write("x = = 1")
	local r = fails("check_file returns the place of a syntax error", E.ENOEXEC, path .. ":1:",
		fw:check_file(path))
	equal("check_file returns the kind of a syntax error", r.kind, "syntax")
	fails("load_file returns the place of a syntax error", E.ENOEXEC, path .. ":1:",
		fw:load_file(path))
	fails("replace_file returns the place of a syntax error", E.ENOEXEC, path .. ":1:",
		fw:replace_file(path))
	write("#" .. (" "):rep(nflua.SCRIPT_MAX - 1))
	ok(fw:load_file(path), "load_file accepts a file of SCRIPT_MAX bytes")
	write((" "):rep(nflua.SCRIPT_MAX + 1))
	fails("load_file of a file of SCRIPT_MAX + 1 bytes fails", E.E2BIG,
		path .. ": script too long", fw:load_file(path))
	fails("create with a file of SCRIPT_MAX + 1 bytes fails", E.E2BIG, "8 MiB",
		nf:create("x", {file = path}))
	write("")
	ok(fw:load_file(path), "load_file accepts an empty file")
	os.remove(path)
	fails("load_file of a file that does not exist fails", E.ENOENT, path, fw:load_file(path))
	fails("load_file of a directory fails", E.EISDIR, "^/tmp: ", fw:load_file("/tmp"))
	fails("load_file of a path through a file fails", E.ENOTDIR, "^/dev/null/x: ",
		fw:load_file("/dev/null/x"))
	shell("mkfifo " .. path)
	shell("(sleep 0.3; echo 'fifo = 1'; sleep 0.3; echo 'fifo = fifo + 1') >" .. path .. " &")
	ok(fw:load_file(path), "load_file accepts a FIFO")
	equal("load_file reads a FIFO to its end", fw:eval("fifo"), 2)
	os.remove(path)
	shell([[echo 'piped = 3' | lua5.4 -e 'local nf = require "nflua".open()
		assert(nf:state("fw"):load_file("/dev/stdin"))']])
	equal("load_file reads a pipe", fw:eval("piped"), 3)
end

local function scripts(fw)
	equal("load returns what the script printed", fw:load("k = 1 print(k, nil)"),
		{n = 0, types = {}, output = "1\tnil\n"})
	like("load gives the script the name in its second argument",
		select(2, fw:load("error'e'", "@some.lua")), "^some.lua:1: e$")
	like("load names the script chunk by default",
		select(2, fw:load("error'e'")), "^chunk:1: e$")
	equal("load accepts a script with a zero byte",
		{fw:load("z = 'a\0b'") ~= nil, fw:eval("z")}, {true, "a\0b"})
	local r = fails("load of an incomplete script fails", E.ENOEXEC, "<eof>", fw:load("for"))
	equal("load returns the kind incomplete for an incomplete script", r.kind, "incomplete")
	r = fails("load of a script that needs too much memory fails", E.ENOMEM, "memory",
		fw:load("local t = {} for i = 1, 1 << 40 do t[i] = {i} end"))
	equal("load returns the kind memory for too much memory", r.kind, "memory")
	fails("load of a script of SCRIPT_MAX + 1 bytes fails", E.E2BIG, "8 MiB",
		fw:load((" "):rep(nflua.SCRIPT_MAX + 1)))
	ok(fw:load((" "):rep(1 << 20)), "load accepts a script of 1 MiB")
	ok(fw:check("k = 2"), "check accepts a script")
	equal("check does not run the script", fw:eval("k"), 1)
	fails("check returns the place of a syntax error", E.ENOEXEC, "^c.lua:1:",
		fw:check("k k", "@c.lua"))
	fails("replace returns the error of the script", E.ECANCELED, "^r:1: no$",
		fw:replace("k = 3 error'no'", "=r"))
	equal("replace changes nothing when the script fails", fw:eval("k, n"), 1)
	equal("replace returns what the script printed",
		assert(fw:replace("k = 4 print'new'")).output, "new\n")
	equal("replace discards the old globals", {fw:eval("k, n")}, {4})
end

local function evals(fw)
	local values = table.pack(fw:eval("nil, true, false, -1, math.maxinteger, 'a\\0b', '', nil"))
	equal("eval returns nil, booleans, integers and strings", values,
		{n = 8, nil, true, false, -1, math.maxinteger, "a\0b", "", nil})
	equal("eval of a statement returns no values", select("#", fw:eval("x = 1")), 0)
	like("eval returns a table as text", fw:eval("{}"), "^table: ")
	equal("eval returns 200 values", select("#", fw:eval("table.unpack({}, 1, 200)")), 200)
	local r = fails("eval returns an error", E.ECANCELED, "^eval:1: oh$", fw:eval("error'oh'"))
	equal("eval returns the kind of an error", {r.kind, r.n}, {"runtime", 0})
	fails("eval gives the code the name in its second argument", E.ECANCELED, "^mine:1: oh$",
		fw:eval("error'oh'", "=mine"))
	fails("eval returns the place of a syntax error", E.ENOEXEC, "^eval:1:", fw:eval("1 1"))
	r = fails("eval of values of more than 64 KiB fails", E.EOVERFLOW, "64 KiB",
		fw:eval("1, ('x'):rep(1 << 17)"))
	equal("eval returns the values that fit into 64 KiB as a result", {r[1], r.truncated},
		{1, {values = true}})
	r = assert(fw:result("(function() print('p', 1) return 1, 's', true, print, nil end)()"))
	equal("result has the types of values", r.types,
		{"integer", "string", "boolean", "other", "nil"})
	equal("result has the values and their number", {r.n, r[1], r[2], r[3], r[5]},
		{5, 1, "s", true})
	equal("result has what the code printed", {r.output, r.truncated, r.kind}, {"p\t1\n"})
	r = assert(fw:result("print(('y'):rep(1 << 17))"))
	equal("result cuts output after 64 KiB and flags it", {#r.output <= 1 << 16, r.truncated},
		{true, {output = true}})
	r = assert(fw:show("{1, name = 'x'}, 'text', 5"))
	equal("show returns the contents of tables", {r.types, r[1], r[2], r[3]},
		{{"other", "string", "integer"}, '{1, name = "x"}', "text", 5})
	fails("show returns an error", E.ECANCELED, "^s:1: oh$", fw:show("error'oh'", "=s"))
	fails("result returns an error", E.ECANCELED, "^r:1: oh$", fw:result("error'oh'", "=r"))
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
	ok(names.fw and names.s1 and names.s100 and #nf:list() == 101,
		"list returns all 101 states", #nf:list())
	for _, s in ipairs(others) do
		assert(s:destroy())
	end
	local f, kinds = nf:get("fw"), {}
	for k, v in pairs(f) do
		kinds[k] = math.type(v) or type(v)
	end
	equal("get returns all figures of a state with their types", kinds, {
		name = "string", maxalloc = "integer", curralloc = "integer",
		peakalloc = "integer", budget = "integer", percpu = "boolean", runtimes = "integer",
		refs = "integer", hooks = "integer", calls = "integer", matches = "integer", errors = "integer",
		time_ns = "integer", age_ns = "integer", on_error = "string", gone = "boolean",
		functions = "table", missing = "table", more_functions = "boolean", digest = "string",
		script = "string", script_age_ns = "integer", keptalloc = "integer"})
	ok(f.curralloc > 1000 and f.peakalloc >= f.curralloc and f.age_ns > 0,
		"get returns the memory and the age of a state")
	fails("get of a state that does not exist fails", E.ENOENT, ".", nf:get("none"))
	return fw
end

local function rules(nf, fw)
	assert(fw:load("function all() return true end function bad() error'bad packet' end"))
	shell("iptables-legacy -A OUTPUT -p udp --dport 9 -m lua --state fw --function all")
	shell("iptables-legacy -A OUTPUT -p udp --dport 9 -m lua --state fw --function bad")
	shell("bash -c 'echo x >/dev/udp/127.0.0.1/9'")
	local f = nf:get(fw)
	equal("get counts the rules, their calls, matches and errors",
		{f.refs, f.calls, f.matches, f.errors}, {2, 2, 1, 1})
	like("get returns the last error", f.last_error, "bad packet")
	equal("get returns the last error's kind, function, count and age",
		{f.failure.kind, f.failure.func, f.failure.count,
		f.failure.error == f.last_error, f.failure.age_ns > 0}, {"runtime", "bad", 1, true, true})
	like("get returns the last error's traceback", f.failure.traceback, "in function 'error'")
	equal("get returns the functions that rules call",
		{table.concat(f.functions, " "), #f.missing, f.more_functions},
		{"all bad", 0, false})
	equal("clear returns true", fw:clear(), true)
	equal("clear clears the last error", {nf:get(fw).last_error, nf:get(fw).failure}, {})
	fails("replace without a function of a rule fails", E.ENXIO, "does not define: bad",
		fw:replace("function all() return true end"))
	fails("replace_file without the functions of rules fails", E.ENXIO,
		"does not define: all, bad", fw:replace_file("/dev/null"))
	ok(fw:replace_file("/dev/null", {force = true}),
		"replace_file with force accepts a file without the functions of rules")
	equal("get returns the functions of rules that are missing",
		table.concat(nf:get(fw).missing, " "), "all bad")
	ok(fw:replace("function all() end", "=x", {force = true}),
		"replace with force accepts a script without a function of a rule")
	fails("destroy of a state with rules fails", E.EBUSY, "rules", fw:destroy())
	fails("destroy{force = false} of a state with rules fails", E.EBUSY, "rules",
		fw:destroy{force = false})
	equal("destroy{force = true} destroys a state with rules", fw:destroy{force = true}, true)
	f = nf:get("fw")
	equal("get returns a destroyed state with rules as gone", {f.gone, f.refs, f.on_error},
		{true, 2, "accept"})
	fails("create without the functions of waiting rules fails", E.ENXIO,
		"does not define: all, bad", nf:create("fw"))
	fw = assert(nf:create("fw", {force = true, on_error = "drop"}))
	f = nf:get(fw)
	equal("create with force creates a state that rules wait for", {f.gone, f.refs, f.on_error},
		{false, 2, "drop"})
	fails("clear of a state that does not exist fails", E.ENOENT, ".", nf:state("none"):clear())
	like("create with on_error = 'maybe' raises an error",
		select(2, pcall(nf.create, nf, "x", {on_error = "maybe"})),
		"must be 'accept' or 'drop'")
	assert(fw:destroy{force = true})
	shell("iptables-legacy -F OUTPUT")
	fails("eval in a destroyed state fails", E.ENOENT, ".", fw:eval("1"))
	fails("destroy of a destroyed state fails", E.ENOENT, ".", fw:destroy())
end

return function()
	shell("ip netns add rock")
	connections()
	local nf <close> = assert(nflua.open())
	namespaces(nf)
	local fw = create(nf)
	lists(nf)
	files(nf, fw)
	scripts(fw)
	evals(fw)
	lists(nf, fw)
	local again = nf:state("fw")
	equal("state returns another handle of a state", {again:name(), again:eval("k")}, {"fw", 4})
	fails("eval in a state that does not exist fails",
		E.ENOENT, ".", nf:state("none"):eval("1"))
	rules(nf, fw)
	shell("ip netns del rock")
end
