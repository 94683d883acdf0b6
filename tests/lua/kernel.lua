-- SPDX-License-Identifier: GPL-2.0-or-later
-- What differs from user-space Lua when it runs in the kernel: no floats, no
-- files, no bytecode, limits. Returns as conformance.lua does.

local passed, failed = 0, {}

local function check(name, ok, detail)
	if ok then
		passed = passed + 1
	else
		failed[#failed + 1] = name .. ": " .. tostring(detail)
	end
end

local function fails(name, want, f, ...)
	local ok, msg = pcall(f, ...)
	check(name, not ok and tostring(msg):find(want, 1, true), ok and "no error" or msg)
end

local function refused(name, want, code)
	local f, msg = load(code, "=code")
	check(name, not f and msg:find(want, 1, true), f and "it compiles" or msg)
end

-- No floats: an error that says so, never a wrong number.
refused("division", "operator '/' needs floating point, use '//' near 'b'", "return a / b")
refused("constant division", "needs floating point", "return 1 / 2")
refused("power", "operator '^' needs floating point", "return 2 ^ 3")
refused("decimal point", "number needs floating point", "return 0.5")
refused("exponent", "number needs floating point", "return 1e3")
refused("hexadecimal exponent", "number needs floating point", "return 0x1p4")
refused("hexadecimal fraction", "number needs floating point", "return 0x.8")
refused("too large", "integer too large", "return 9223372036854775808")
refused("malformed", "malformed number near '3x'", "return 3x")
check("comments may divide", load("return 1 -- 1/2 0.5"))
check("strings may", load("return '0.5'")() == "0.5")
for _, text in ipairs{"0.5", "1e3", "0x1p4", "inf", "nan", "9223372036854775808"} do
	check("tonumber " .. text, tonumber(text) == nil, tonumber(text))
end
fails("text is no number", "attempt to", function() return "0.5" + 1 end)
for _, format in ipairs{"%f", "%g", "%e", "%a", "%G", "%.3f"} do
	fails("format " .. format, "needs floating point", string.format, format, 1)
end
for _, format in ipairs{"d", "f", "n"} do
	fails("pack " .. format, "needs floating point", string.pack, format, 1)
	fails("unpack " .. format, "needs floating point", string.unpack, format, ("a"):rep(16))
end
fails("random()", "needs floating point", math.random)
for _, name in ipairs{"pi", "huge", "sqrt", "sin", "exp", "log", "modf"} do
	check("no math." .. name, math[name] == nil, math[name])
end
check("integers stay", math.type(7 // 2) == "integer" and 7 // 2 == 3)

-- What is not there.
for _, name in ipairs{"io", "os", "package", "require", "dofile", "loadfile", "warn"} do
	check("no " .. name, _G[name] == nil, _G[name])
end
check("no string.dump", string.dump == nil, string.dump)
for name in pairs(debug) do
	check("debug has traceback only", name == "traceback", name)
end
local f, msg = load("\27Lua")
check("no bytecode", not f and msg:find("binary chunks are not loaded", 1, true), msg)
fails("no __gc", "'__gc' is not available", setmetatable, {}, {__gc = print})
fails("no generational mode", "incremental only", collectgarbage, "generational")

check("collectgarbage('count')", math.type(collectgarbage("count")) == "integer" and
	collectgarbage("count") > 0, collectgarbage("count"))

-- Strings with zero bytes have an order, too.
for _, pair in ipairs{{"", "\0"}, {"\0", "\0\0"}, {"a\0a", "a\0b"}, {"a\0", "a\1"}, {"a", "a\0"},
		{"\0" .. ("x"):rep(100), "\0" .. ("x"):rep(101)}, {"a\0\xff", "b"}, {"\x7f", "\x80"}} do
	local a, b = pair[1], pair[2]
	check(("%q before %q"):format(a, b), a < b and a <= b and not (b < a) and not (b <= a))
	check(("%q and itself"):format(b), not (b < b) and b <= b)
end

-- What is longer than any numeral is none.
check("blanks around a number", tonumber((" "):rep(1000) .. "5") == 5)
check("many blanks", tonumber((" "):rep(2000) .. "5") == nil)
check("with a base", tonumber((" "):rep(2000) .. "5", 10) == nil)
check("math.tointeger", math.tointeger((" "):rep(2000) .. "5") == nil)
fails("arithmetic of many blanks", "string", function() return ((" "):rep(2000) .. "5") + 1 end)

-- Limits.
fails("memory", "not enough memory", function()
	local t = {}
	for i = 1, 1 << 40 do t[i] = ("x"):rep(1000) .. i end
end)
check("and it goes on", #("x"):rep(1000) == 1000)
do
	local mib = ("x"):rep(1 << 20)
	for _, more in ipairs{0, 1, 1000, 1 << 20} do
		local name = ("a string of 4 MiB and %d bytes: "):format(more)
		fails(name .. "rep", "string longer than 4 MiB", string.rep, "x", (4 << 20) + more)
		fails(name .. "concat", "string longer than 4 MiB", table.concat,
		      {mib, mib, mib, mib, ("x"):rep(more)})
		fails(name .. "..", "string length overflow", function()
			return mib .. mib .. mib .. mib .. ("x"):rep(more)
		end)
	end
	check("one that is shorter", #("x"):rep((4 << 20) - 100) == (4 << 20) - 100)
	check("put together", #table.concat({mib, mib, mib, ("x"):rep(1 << 19)}) == 7 << 19)
end
fails("a string that is too long", "string too large", string.rep, "x", 1 << 40)
fails("a string past the limit", "string longer than 4 MiB", string.rep, "x", 1 << 26)
fails("pattern too complex", "pattern too complex", string.find, ("a"):rep(40),
	("a?"):rep(40) .. ("a"):rep(40))
fails("subject too long", "longer than 256 KiB", string.find, ("a"):rep((256 << 10) + 1), "b*c")
fails("class too long", "class in the pattern is too long", string.find, ("a"):rep(256 << 10), "[" .. ("b"):rep(100) .. "]")
check("plain search has no limit", ("a"):rep((256 << 10) + 1):find("b", 1, true) == nil)
local it = ("a b"):gmatch("%a")
check("gmatch", it() == "a" and it() == "b" and it() == nil)
fails("captures", "too many captures", string.find, "a", ("()"):rep(17))
refused("nested tables", "overflow", "return " .. ("{"):rep(300) .. ("}"):rep(300))
refused("nested functions", "overflow",
	("return function() "):rep(150) .. ("end "):rep(150))
fails("coroutines in coroutines", "C stack overflow", function()
	local function nest() return coroutine.wrap(nest)() end
	return nest()
end)
fails("an __index that calls itself", "C stack overflow", function()
	local t
	t = setmetatable({}, {__index = function(_, k) return t[k] end})
	return t.x
end)
fails("a comparison that calls itself", "overflow", function()
	local function less(a, b) table.sort({3, 2, 1}, less) return a < b end
	less(1, 2)
end)
local depth, caught = 0, nil
local function dig()
	depth = depth + 1
	local ok, e = pcall(dig)
	if not ok and not caught then caught = e end
	error(e, 0)
end
pcall(dig)
check("pcall in pcall", depth >= 5 and tostring(caught):find("overflow"), depth .. " " .. tostring(caught))
check("a handler has stack left", select(2, xpcall(function()
	local function r() return (("x"):gsub(".", r)) end
	return r()
end, function(m) return "seen: " .. m end)):find("seen: ", 1, true))
local first, second = coroutine.wrap(function()
	local function r() return (("x"):gsub(".", r)) end
	return select(2, pcall(r)), select(2, pcall(r))
end)()
check("an overflow after another", tostring(first):find("C stack overflow") and
	tostring(second):find("C stack overflow"), second)
check("nothing is left of an overflow", pcall(string.gsub, "x", ".", function() return "y" end))

-- The library nf, outside of a packet; the engine alone (tests/engine) has none.
if timer then
	local s, ms = nf.time()
	check("nf.time", s > 1600000000 and ms >= 0 and ms < 1000, s)
	local used, peak, limit = nf.get_mem_info()
	check("nf.get_mem_info", used > 0 and peak >= used and limit >= peak, used)
	fails("nf.hotdrop needs a packet", "there is no packet here", nf.hotdrop, true)
	fails("nf.connid needs a packet", "there is no packet here", nf.connid)
	local sent, why = nf.netlink(0, 1 << 30, "x")
	check("nf.netlink to nobody", sent == nil and why == "nobody listens", why)
	fails("nf.netlink wants a text", "bad argument #3 to 'nf.netlink'", nf.netlink, 0, 1, {})
	fails("nf.receive wants a function", "function or nil expected", nf.receive, 1)
	local pending = timer.create(1 << 30, print)
	check("a timer", timer.destroy(pending) == true and timer.destroy(pending) == false)
	fails("timer.create wants a time", "bad argument #1 to 'timer.create'", timer.create, -1, print)
	fails("nf.delete_conntrack needs a packet", "there is no packet here", nf.delete_conntrack)
	fails("nf.getpacket needs a packet", "there is no packet here", nf.getpacket)
	fails("nf.reply needs a packet", "there is no packet here", nf.reply, "tcp", "x")
end

return passed, table.concat(failed, "\n")
