-- SPDX-License-Identifier: GPL-2.0-or-later
-- Lua 5.4 as the module offers it. Runs in a state of the kernel, and in
-- user-space Lua too, which shows that what is expected here is Lua and not
-- this implementation of it; what only the kernel has is in kernel.lua.
-- Returns the number of checks that passed and a list of those that failed.

local passed, failed = 0, {}

local function show(v)
	return type(v) == "string" and string.format("%q", v) or tostring(v)
end

local function check(name, ok, detail)
	if ok then
		passed = passed + 1
	else
		failed[#failed + 1] = detail and name .. ": " .. detail or name
	end
end

-- Compares a list of results with a list of expectations.
local function same(name, got, want)
	local text = {}
	for i = 1, math.max(got.n or #got, want.n or #want) do
		if got[i] ~= want[i] or math.type(got[i]) ~= math.type(want[i]) then
			text[#text + 1] = ("#%d is %s, not %s"):format(i, show(got[i]), show(want[i]))
		end
	end
	check(name, #text == 0, table.concat(text, ", "))
end

local function is(name, got, want)
	same(name, {got, n = 1}, {want, n = 1})
end

local function fails(name, pattern, f, ...)
	local ok, msg = pcall(f, ...)
	check(name, not ok and string.find(tostring(msg), pattern) ~= nil,
		ok and "no error" or tostring(msg))
end

local function refused(name, pattern, code)
	local f, msg = load(code, "=code")
	check(name, not f and string.find(msg, pattern) ~= nil, f and "it compiles" or msg)
end

-- Arithmetic

is("add", 3 + 4, 7)
is("precedence", 2 + 3 * 4 - 1, 13)
is("unary minus", -(-3), 3)
is("wraps up", math.maxinteger + 1, math.mininteger)
is("wraps down", math.mininteger - 1, math.maxinteger)
is("product wraps", math.maxinteger * 2, -2)
for _, t in ipairs{{7, 2, 3, 1}, {-7, 2, -4, 1}, {7, -2, -4, -1}, {-7, -2, 3, -1},
		{math.mininteger, -1, math.mininteger, 0}} do
	is(("%d // %d"):format(t[1], t[2]), t[1] // t[2], t[3])
	is(("%d %% %d"):format(t[1], t[2]), t[1] % t[2], t[4])
end
fails("division by zero", "divide by zero", function(a) return 1 // a end, 0)
fails("modulo by zero", "perform 'n%%0'", function(a) return 1 % a end, 0)
is("and", 0xf0 & 0x3c, 0x30)
is("or", 0xf0 | 0x0f, 0xff)
is("xor", 0xff ~ 0x0f, 0xf0)
is("not", ~0, -1)
is("shift left", 1 << 62, 4611686018427387904)
is("shift out", 1 << 64, 0)
is("shift is logical", -1 >> 60, 15)
is("negative shift", 8 << -2, 2)
is("hexadecimal", 0xffffffffffffffff, -1)
is("hexadecimal wraps", 0x1ffffffffffffffff, -1)
is("comparison", 1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3 and 1 ~= 2, true)
is("strings compare", "a" < "b" and "a" < "aa" and "Z" < "a" and "a\0b" > "a\0a", true)
is("string to number", "10" + 5, 15)
is("number to string", 10 .. 20, "1020")
fails("adding a table", "arithmetic on a table value", function() return {} + 1 end)
fails("adding text", "attempt to add a 'string' with a 'number'", function() return "a" + 1 end)
fails("comparing types", "compare number with string", function() return 1 < "2" end)
fails("comparing tables", "compare two table values", function() return {} < {} end)
fails("bitwise on text", "bitwise operation on a string", function() return "a" & 1 end)

-- tonumber, tostring

is("tonumber", tonumber("  12  "), 12)
is("tonumber hexadecimal", tonumber("0x1F"), 31)
is("tonumber base", tonumber("zz", 36), 1295)
is("tonumber negative base", tonumber("-101", 2), -5)
is("tonumber junk", tonumber("12x"), nil)
is("tonumber empty", tonumber(""), nil)
is("tonumber wrong digit", tonumber("8", 8), nil)
is("max compares what can be", math.max("b", "c", "a"), "c")
is("min, too", math.min("b", "c", "a"), "a")
fails("max of what cannot be", "attempt to compare number with table", math.max, 1, {})
fails("max of nothing", "bad argument #1 to '[%a.]*max' %(value expected%)", math.max)
is("tonumber largest", tonumber("9223372036854775807"), math.maxinteger)
fails("tonumber base range", "base out of range", tonumber, "1", 99)
is("tostring nil", tostring(nil), "nil")
is("tostring boolean", tostring(true), "true")
is("tostring smallest", tostring(math.mininteger), "-9223372036854775808")
is("tostring meta", tostring(setmetatable({}, {__tostring = function() return "T" end})), "T")
is("tostring name", tostring(setmetatable({}, {__name = "N"})):match("^N: ") ~= nil, true)
fails("tostring of wrong type", "must return a string",
	tostring, setmetatable({}, {__tostring = function() return {} end}))

-- Statements and scope

do
	local n, seen = 0, {}
	for i = 3, 1, -1 do seen[#seen + 1] = i end
	same("for down", seen, {3, 2, 1})
	for i = 1, 0 do n = n + 1 end
	is("for without a turn", n, 0)
	for i = math.maxinteger - 1, math.maxinteger do n = n + 1 end
	is("for up to the last integer", n, 2)
	for i = math.mininteger, math.mininteger + 2, 2 do n = n + 1 end
	is("for from the first integer", n, 4)
	fails("for with step 0", "'for' step is zero", function() for i = 1, 2, 0 do end end)
	fails("for over text", "'for' limit %(number expected, got table%)", function() for i = 1, {} do end end)
	n = 0
	while true do
		n = n + 1
		if n == 5 then break end
	end
	is("while and break", n, 5)
	repeat local done = n == 7; n = n + 1 until done
	is("repeat sees its locals", n, 8)
	do
		local i = 1
		::again::
		if i < 4 then i = i + 1 goto again end
		is("goto", i, 4)
	end
	local a, b, c = (function() return 1, 2, 3 end)()
	same("several results", {a, b, c}, {1, 2, 3})
	same("results in the middle are one", {(function() return 1, 2 end)(), 5}, {1, 5})
	same("parentheses cut", {((function() return 1, 2 end)())}, {1})
	a, b = b, a
	same("swap", {a, b}, {2, 1})
	local function va(...) return select("#", ...), ... end
	same("varargs", {va(nil, 2, nil)}, {3, nil, 2, nil, n = 4})
	is("select negative", select(-1, 1, 2, 3), 3)
	fails("select out of range", "index out of range", select, -5, 1)
	local k <const> = 5
	is("const", k, 5)
	refused("assigning a const", "attempt to assign to const variable 'x'", "local x <const> = 1 x = 2")
	refused("goto without label", "no visible label 'nowhere'", "goto nowhere")
	refused("break outside", "break outside loop", "break")
	refused("unfinished string", "unfinished string", "x = 'abc")
	refused("unfinished long string", "unfinished long string", "x = [[abc")
	refused("wrong escape", "invalid escape sequence", "x = '\\q'")
	refused("line in the message", "code:3:", "x = 1\ny = 2\nz = = 3")
	refused("keyword as name", "unexpected symbol near 'end'", "x = end")
	refused("vararg outside", "cannot use '...' outside a vararg function", "function f() return ... end")
end

do
	local function counter()
		local n = 0
		return function() n = n + 1 return n end, function() return n end
	end
	local inc, get = counter()
	inc() inc()
	is("closures share", get(), 2)
	local fs = {}
	for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
	same("a fresh local each turn", {fs[1](), fs[2](), fs[1]()}, {11, 12, 21})
	local function sum(n, acc) if n == 0 then return acc end return sum(n - 1, acc + n) end
	is("tail calls take no stack", sum(100000, 0), 5000050000)
	local o = {v = 7}
	function o:get(x) return self.v + x end
	is("methods", o:get(1), 8)
end

do
	local log = {}
	local function closer(name)
		return setmetatable({}, {__close = function(_, e) log[#log + 1] = name .. tostring(e) end})
	end
	do
		local a <close> = closer("a")
		local b <close> = closer("b")
	end
	pcall(function()
		local c <close> = closer("c")
		error("E", 0)
	end)
	same("close", log, {"bnil", "anil", "cE"})
	fails("closing what cannot be", "got a non%-closable value", function() local x <close> = {} end)
end

-- Tables

do
	local t = {10, 20, [5] = 50, x = "y"; 30}
	same("constructor", {t[1], t[2], t[3], t[5], t.x, #t}, {10, 20, 30, 50, "y", 3})
	t[#t + 1] = 40
	is("length grows", #t == 4 or #t == 5, true)
	table.insert(t, 1, 0)
	same("insert", {t[1], t[2]}, {0, 10})
	is("remove", table.remove(t, 1), 0)
	is("remove last", table.remove({1, 2, 3}), 3)
	is("remove of nothing", table.remove({}), nil)
	fails("insert out of bounds", "position out of bounds", table.insert, {1}, 5, 1)
	is("concat", table.concat({1, 2, 3}, ", "), "1, 2, 3")
	is("concat range", table.concat({1, 2, 3, 4}, "-", 2, 3), "2-3")
	is("concat nothing", table.concat({}), "")
	fails("concat of a table", "invalid value %(table%) at index 1", table.concat, {{}})
	same("unpack", {table.unpack({1, 2, 3}, 2)}, {2, 3})
	same("pack", {table.pack(1, nil, 3).n}, {3})
	same("move", table.move({1, 2, 3}, 1, 3, 2), {1, 1, 2, 3})
	local s = {5, 3, 9, 1, 7, 2}
	table.sort(s)
	same("sort", s, {1, 2, 3, 5, 7, 9})
	table.sort(s, function(a, b) return a > b end)
	same("sort by function", s, {9, 7, 5, 3, 2, 1})
	fails("sort with a wrong order", "invalid order function", function()
		local r = {}
		for i = 1, 100 do r[i] = i % 7 end
		table.sort(r, function() return true end)
	end)
	local n, sum = 0, 0
	for k, v in pairs({a = 1, b = 2, 3}) do n = n + 1 sum = sum + v end
	same("pairs", {n, sum}, {3, 6})
	n = 0
	for i, v in ipairs({1, 2, nil, 4}) do n = i end
	is("ipairs stops", n, 2)
	is("next of empty", next({}), nil)
	fails("next of a strange key", "invalid key to 'next'", next, {}, "x")
	fails("index nil", "attempt to index a nil value", function() local x; return x.y end)
	fails("nil as key", "index is nil", function() local x = {}; x[nil] = 1 end)
	local big = {}
	for i = 1, 20000 do big[i] = i end
	for i = 1, 20000, 2 do big[i] = nil end
	n = 0
	for _, v in pairs(big) do n = n + 1 end
	is("a big table", n, 10000)
	is("rawlen", rawlen({1, 2}), 2)
	is("rawequal", rawequal(t, t) and not rawequal({}, {}), true)
	rawset(t, "r", 1)
	is("rawget", rawget(t, "r"), 1)
end

-- Metatables

do
	local mt = {}
	for _, op in ipairs{"add", "sub", "mul", "mod", "idiv", "unm", "band", "bor", "bxor", "shl",
			"shr", "bnot", "concat"} do
		mt["__" .. op] = function() return op end
	end
	local a = setmetatable({}, mt)
	same("operators", {a + 1, 1 - a, a * a, a % 2, a // 2, -a, a & 1, 1 | a, a ~ a, a << 1, a >> 1,
		~a, a .. "x", "x" .. a}, {"add", "sub", "mul", "mod", "idiv", "unm", "band", "bor", "bxor",
		"shl", "shr", "bnot", "concat", "concat"})
	local c = setmetatable({}, {__eq = function() return true end, __lt = function() return true end,
		__le = function() return false end, __len = function() return 42 end,
		__call = function(_, x, y) return x, y end})
	local d = setmetatable({}, getmetatable(c))
	same("comparisons", {c == d, c < d, c <= d, #c, c(5, 6)}, {true, true, false, 42, 5, 6})
	local log = {}
	local p = setmetatable({}, {__index = function(_, k) return k .. "!" end,
		__newindex = function(_, k, v) log[#log + 1] = k .. "=" .. tostring(v) end})
	is("index function", p.foo, "foo!")
	p.x = 1
	same("newindex function", {log[1], rawget(p, "x")}, {"x=1", nil, n = 2})
	local base = {hello = "world"}
	local derived = setmetatable({}, {__index = setmetatable({}, {__index = base})})
	is("index chain", derived.hello, "world")
	fails("protected metatable", "cannot change a protected metatable",
		setmetatable, setmetatable({}, {__metatable = "no"}), {})
	is("getmetatable hides", getmetatable(setmetatable({}, {__metatable = "no"})), "no")
	local n = 0
	for k, v in pairs(setmetatable({}, {__pairs = function() return function(_, i)
			if i < 3 then return i + 1, i end end, nil, 0 end})) do n = n + k end
	is("pairs meta", n, 6)
	local weak = setmetatable({}, {__mode = "k"})
	weak[{}] = 1
	collectgarbage()
	is("weak keys", next(weak), nil)
end

-- Strings

is("length", #"a\0b", 3)
is("sub", ("hello"):sub(2, -2), "ell")
is("sub beyond", ("hello"):sub(4, 100), "lo")
is("sub empty", ("hello"):sub(4, 2), "")
is("upper and lower", ("aBc1"):upper() .. ("aBc1"):lower(), "ABC1abc1")
is("rep", ("ab"):rep(3, "-"), "ab-ab-ab")
is("rep once", ("ab"):rep(1, "-"), "ab")
is("rep zero", ("ab"):rep(0), "")
is("rep odd", ("x"):rep(37), ("xxxxx"):rep(7) .. "xx")
is("reverse", ("abc"):reverse(), "cba")
same("byte", {("abc"):byte(1, -1)}, {97, 98, 99})
same("byte beyond", {("abc"):byte(10)}, {})
is("char", string.char(104, 105), "hi")
fails("char range", "value out of range", string.char, 256)
is("escapes", "\65\x42\u{43}\z
	D\n", "ABCD\n")
is("long string", [==[
a]]b]==], "a]]b")
is("concat of many", ("a"):rep(100) .. "b" .. 1 .. "c", ("a"):rep(100) .. "b1c")
for _, t in ipairs{{"%d", {42}, "42"}, {"%5d|%-5d|%05d", {42, 42, 42}, "   42|42   |00042"},
		{"%x %X %o", {255, 255, 8}, "ff FF 10"}, {"%#x", {255}, "0xff"}, {"%+d", {5}, "+5"},
		{"%c%c", {72, 105}, "Hi"}, {"%s %s", {true, "x"}, "true x"}, {"%10.3s|", {"abcdef"}, "       abc|"},
		{"%-6s|", {"ab"}, "ab    |"}, {"%%", {}, "%"}, {"%i", {-7}, "-7"},
		{"%q", {"a\n\"\0\\"}, "\"a\\\n\\\"\\0\\\\\""}, {"%q", {math.mininteger}, "0x8000000000000000"},
		{"%.20s", {"x"}, "x"}, {"%5s", {""}, "     "}} do
	is("format " .. t[1], t[1]:format(table.unpack(t[2])), t[3])
end
fails("format wants a number", "number expected, got string", string.format, "%d", "x")
fails("format unknown", "invalid conversion '%%y'", string.format, "%y", 1)
fails("format lacks a value", "bad argument #2", string.format, "%d")

for _, t in ipairs{
	{"hello world", "o w", 5, 7}, {"hello", "l+", 3, 4}, {"hello", "xyz", nil}, {"a.b", ".", 1, 1},
	{"a.b", "%.", 2, 2}, {"hello", "^h", 1, 1}, {"hello", "^e", nil}, {"hello", "o$", 5, 5},
	{"  x", "^%s*", 1, 2}, {"[[x]]", "[]]", 4, 4}, {"a-b", "[a%-]", 1, 1}, {"THE (quick) fox", "%((%a+)%)", 5, 11, "quick"},
	{"key=val", "(%w+)=(%w+)", 1, 7, "key", "val"}, {"f(a(b)c)d", "%b()", 2, 8},
	{"THE (quick) fox", "%f[%a]%a+%f[%A]", 1, 3}, {"aXb", "%u", 2, 2}, {"x\0y", "%z", 2, 2},
	{"2024-01-02", "(%d+)-(%d+)-(%d+)", 1, 10, "2024", "01", "02"}, {"abab", "(ab)%1", 1, 4, "ab"},
	{"hello", "()ll()", 3, 4, 3, 5}, {"aaa", "a-b", nil}, {"aaab", "a-b", 1, 4}, {"", "", 1, 0}, {"abc", "[^a-b]", 3, 3},
	{"a\nb", "a.b", 1, 3}, {"x=1", "%p", 2, 2}, {"\1", "%c", 1, 1}, {"0xfg", "%x+", 1, 1}, {"a1_", "%W", 3, 3}} do
	same("find " .. t[2], table.pack(t[1]:find(t[2])), {n = #t - 2 > 0 and #t - 2 or 1, table.unpack(t, 3)})
end
same("find plain", {("a+b"):find("+", 1, true)}, {2, 2})
same("find from", {("abcabc"):find("b", 3)}, {5, 5})
same("find from the end", {("abcabc"):find("b", -2)}, {5, 5})
is("find past the end", ("abc"):find("", 10), nil)
same("find empty at the end", {("abc"):find("", 4)}, {4, 3})
same("find plain, bytes 0", {("a\0b\0c"):find("\0c", 1, true)}, {4, 5})
is("match", ("key = value"):match("^(%w+)%s*=%s*(%w+)$"), "key")
is("match position", ("hello"):match("()l"), 3)
same("gsub", {("hello world"):gsub("o", "0")}, {"hell0 w0rld", 2})
same("gsub limit", {("aaa"):gsub("a", "b", 2)}, {"bba", 2})
same("gsub captures", {("hello"):gsub("(l)(.)", "%2%1")}, {"hello", 1})
same("gsub whole", {("abc"):gsub("%w", "<%0>")}, {"<a><b><c>", 3})
same("gsub function", {("abc"):gsub("%w", function(c) return c == "b" and "X" or nil end)}, {"aXc", 3})
same("gsub table", {("$a $b"):gsub("%$(%w)", {a = "1"})}, {"1 $b", 2})
same("gsub empty", {("abc"):gsub("", "-")}, {"-a-b-c-", 4})
same("gsub anchored", {("aaa"):gsub("^a", "b")}, {"baa", 1})
fails("gsub bad replacement", "invalid use of '%%' in replacement", string.gsub, "a", "a", "%q")
fails("gsub bad value", "invalid replacement value %(a table%)", string.gsub, "a", "a", function() return {} end)
fails("pattern ends early", "malformed pattern %(ends with '%%'%)", string.find, "a", "%")
fails("pattern without ]", "missing ']'", string.find, "a", "[a")
fails("pattern capture", "unfinished capture", string.find, "a", "(a")
fails("pattern index", "invalid capture index", string.find, "a", "%1")
do
	local words = {}
	for w in ("one two  three"):gmatch("%a+") do words[#words + 1] = w end
	same("gmatch", words, {"one", "two", "three"})
	local t = {}
	for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do t[k] = v end
	same("gmatch captures", {t.a, t.b}, {"1", "2"})
	local n = 0
	for _ in ("abc"):gmatch("") do n = n + 1 end
	is("gmatch empty", n, 4)
	is("gmatch from", ("abcd"):gmatch("%w", 3)(), "c")
end

-- pack and unpack

is("pack big-endian", string.pack(">I2I4", 0x0102, 0x03040506), "\1\2\3\4\5\6")
is("pack little-endian", string.pack("<I2", 0x0102), "\2\1")
same("unpack", {string.unpack(">I2B", "\1\2\3")}, {258, 3, 4})
same("unpack signed", {string.unpack("<i2", "\254\255")}, {-2, 3})
same("unpack strings", {string.unpack("z s1", "ab\0\3xyz")}, {"ab", "xyz", 8})
same("unpack from", {string.unpack("B", "abc", 3)}, {99, 4})
is("packsize", string.packsize(">I2I4i8"), 14)
is("pack aligned", string.pack("!4 B I4", 1, 2):len(), 8)
fails("pack overflow", "unsigned overflow", string.pack, "I1", 256)
fails("unpack too short", "data string too short", string.unpack, "I4", "abc")
is("pack round trip", string.unpack("j", string.pack("j", math.mininteger)), math.mininteger)

-- utf8

is("utf8.char", utf8.char(72, 228, 8364, 128512), "Hä€😀")
is("utf8.len", utf8.len("Hä€😀"), 4)
same("utf8.len invalid", {utf8.len("a\255")}, {nil, 2, n = 2})
same("utf8.codepoint", {utf8.codepoint("ä€", 1, -1)}, {228, 8364})
is("utf8.offset", utf8.offset("Hä€", 3), 4)
do
	local t = {}
	for p, c in utf8.codes("aä") do t[#t + 1] = p .. ":" .. c end
	same("utf8.codes", t, {"1:97", "2:228"})
	fails("utf8.codes invalid", "invalid UTF%-8 code", function() for _ in utf8.codes("\255") do end end)
end

-- math

same("max and min", {math.max(3, 9, -1), math.min(3, 9, -1)}, {9, -1})
same("abs", {math.abs(-5), math.abs(math.mininteger)}, {5, math.mininteger})
same("fmod", {math.fmod(-7, 3), math.fmod(7, -3), math.fmod(math.mininteger, -1)}, {-1, 1, 0})
fails("fmod by zero", "bad argument #2 to ", math.fmod, 1, 0)
same("floor and ceil", {math.floor(5), math.ceil(-5)}, {5, -5})
is("tointeger", math.tointeger(5), 5)
is("tointeger of text", math.tointeger("x"), nil)
same("type", {math.type(1), math.type("1")}, {"integer", nil, n = 2})
is("ult", math.ult(1, -1) and not math.ult(-1, 1), true)
do
	local in_range, seen = true, {}
	for i = 1, 200 do
		local r = math.random(10)
		seen[r] = true
		in_range = in_range and r >= 1 and r <= 10
		r = math.random(-5, 5)
		in_range = in_range and r >= -5 and r <= 5
	end
	is("random range", in_range, true)
	is("random spreads", #seen, 10)
	math.randomseed(42)
	local a, b = math.random(1 << 40), math.random(1 << 40)
	math.randomseed(42)
	same("randomseed", {math.random(1 << 40), math.random(1 << 40)}, {a, b})
	is("random whole range", math.type(math.random(math.mininteger, math.maxinteger)), "integer")
	fails("random empty", "interval is empty", math.random, 2, 1)
end

-- Coroutines

do
	local co = coroutine.create(function(a, b)
		local c = coroutine.yield(a + b)
		local d, e = coroutine.yield(c * 2)
		return d + e
	end)
	same("resume", {coroutine.resume(co, 1, 2)}, {true, 3})
	is("suspended", coroutine.status(co), "suspended")
	same("resume again", {coroutine.resume(co, 10)}, {true, 20})
	same("resume to the end", {coroutine.resume(co, 3, 4)}, {true, 7})
	is("dead", coroutine.status(co), "dead")
	same("resume the dead", {coroutine.resume(co)}, {false, "cannot resume dead coroutine"})
	local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
	same("wrap", {gen(), gen(), gen()}, {1, 2, 3})
	local bad = coroutine.create(function() error("oops", 0) end)
	same("error inside", {coroutine.resume(bad)}, {false, "oops"})
	fails("wrap passes errors on", "inner", coroutine.wrap(function() error("inner") end))
	local inpcall = coroutine.wrap(function()
		return pcall(function() coroutine.yield(1) error("after", 0) end)
	end)
	inpcall()
	same("yield across pcall", {inpcall()}, {false, "after"})
	local meta = coroutine.wrap(function()
		return setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end}).key
	end)
	same("yield in a metamethod", {meta(), meta("value")}, {"key", "value"})
	local main, ismain = coroutine.running()
	is("running", type(main), "thread")
	fails("a yield outside", "attempt to yield from outside a coroutine", coroutine.yield)
	is("not yieldable in wrap of C", select(2, pcall(function()
		return coroutine.wrap(function() return coroutine.isyieldable() end)() end)), true)
	local closed
	local cl = coroutine.create(function()
		local x <close> = setmetatable({}, {__close = function() closed = true end})
		coroutine.yield()
	end)
	coroutine.resume(cl)
	same("close", {coroutine.close(cl), closed, coroutine.status(cl)}, {true, true, "dead"})
	local self
	self = coroutine.wrap(function() return pcall(self) end)
	same("resume oneself", {self()}, {false, "cannot resume non-suspended coroutine"})
	local deep = 0
	local function nest(n)
		if n == 0 then return 0 end
		return 1 + coroutine.wrap(nest)(n - 1)
	end
	is("nested", nest(5), 5)
	fails("yield across sort", "attempt to yield across a C%-call boundary", coroutine.wrap(function()
		table.sort({3, 2, 1}, function(a, b) coroutine.yield() return a < b end) end))
end

-- Errors

do
	fails("position", "^%S+:%d+: here", function() error("here") end)
	same("level 0", {pcall(error, "bare", 0)}, {false, "bare"})
	local obj = {}
	local ok, e = pcall(error, obj)
	is("objects", e, obj)
	same("nil", {pcall(error)}, {false, nil, n = 2})
	same("xpcall", {xpcall(function() error("x", 0) end, function(m) return m .. "!" end)}, {false, "x!"})
	same("xpcall arguments", {xpcall(function(...) return ... end, print, 1, 2)}, {true, 1, 2})
	same("xpcall in its handler", {xpcall(error, function() error("again") end)}, {false, "error in error handling"})
	fails("assert", "assertion failed!", assert, false)
	fails("assert message", "^mine$", assert, nil, "mine")
	same("assert passes", {assert(1, 2)}, {1, 2})
	fails("nested", "inner", function()
		local o, m = pcall(error, "inner")
		error(m, 0)
	end)
	fails("names a field", "field 'nothing'", function() local t = {} t.nothing() end)
	fails("names a global", "global 'no_such_function'", function() no_such_function() end)
	fails("names a method", "method 'nomethod'", function() local t = {} t:nomethod() end)
	fails("names an upvalue", "upvalue 'passed2'", (function() local passed2 return function() passed2() end end)())
	check("traceback", debug.traceback("msg"):find("^msg\nstack traceback:\n"))
	fails("stack overflow", "stack overflow", function()
		local function r() return 1 + r() end
		return r()
	end)
	fails("C stack overflow", "overflow", function()
		local function r() return (("x"):gsub(".", r)) end
		return r()
	end)
	local nested = "return " .. ("("):rep(300) .. "1" .. (")"):rep(300)
	refused("nested parentheses", "overflow", nested)
	fails("string too large", "too large", string.rep, "xx", math.maxinteger)
	fails("too many results", "too many results to unpack", table.unpack, {}, 1, 10000000)
	fails("bad argument", "bad argument #1 to .* %(table expected, got no value%)", table.insert)
	is("after all that", pcall(function() return 1 end), true)
end

-- load

do
	is("load", load("return 1 + 1")(), 2)
	local parts, i = {"return ", "4", "2"}, 0
	is("load from a function", load(function() i = i + 1 return parts[i] end)(), 42)
	is("load with an environment", load("return x", "=c", "t", {x = 9})(), 9)
	same("load fails", {load("x =", "=c")}, {nil, "c:1: unexpected symbol near <eof>", n = 2})
	same("load refuses a mode", {load("x = 1", "=c", "b")}, {nil, "attempt to load a text chunk (mode is 'b')", n = 2})
	i = 0
	is("load of numbers", load(function() i = i + 1 return ({"return ", 4, 2})[i] end)(), 42)
	check("the level of an error that a reader raises",
		string.find(select(2, load(function() error("z", 3) end)), "^[^:]+:%d+: z"))
	fails("load of a wrong reader", "reader function must return a string",
		function() assert(load(function() return {} end)) end)
	is("varargs of a chunk", select("#", load("return ...")(1, 2, 3)), 3)
	is("_ENV", load("local _ENV = {y = 3} return y")(), 3)
	is("a long chunk", load("return " .. ("1 + "):rep(5000) .. "1")(), 5001)
	local many = {}
	for n = 1, 1000 do many[n] = "x" .. n .. " = " .. n end
	local env = {}
	load(table.concat(many, "\n"), "=c", "t", env)()
	is("many names", env.x1000, 1000)
end

-- Collector

do
	local before = collectgarbage("count")
	for i = 1, 200 do local t = {("x"):rep(1000) .. i} end
	collectgarbage()
	check("collects", collectgarbage("count") < before + 100)
	is("isrunning", collectgarbage("isrunning"), true)
	collectgarbage("stop")
	is("stop", collectgarbage("isrunning"), false)
	collectgarbage("restart")
	is("step", type(collectgarbage("step")), "boolean")
end

return passed, table.concat(failed, "\n")
