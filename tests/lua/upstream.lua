-- SPDX-License-Identifier: GPL-2.0-or-later
-- What Lua's authors have mended since 5.4.4 (kernel/lua/BUGS.md): each bug that a
-- script could reach. Returns as conformance.lua does.

local passed, failed = 0, {}

local function check(name, ok, detail)
	if ok then
		passed = passed + 1
	else
		failed[#failed + 1] = name .. ": " .. tostring(detail)
	end
end

local function equal(name, got, want)
	check(name, got == want, ("%s instead of %s"):format(got, want))
end

-- 7923dbbf: the text of the error recursed once a field.
for _, n in ipairs{10, 100, 200} do
	local f = assert(load("local t = {} t.a = t return t" .. (".a"):rep(n) .. " + 1"))
	local ok, text = pcall(f)
	check("a chain of " .. n .. " fields", not ok and text:find("field 'a'", 1, true), text)
	f = assert(load("local t = {} t.a = t local k = 'a' return t" .. ("[k]"):rep(n) .. " + 1"))
	ok, text = pcall(f)
	check("a chain of " .. n .. " keys", not ok and text:find("arithmetic", 1, true), text)
end

-- 3fe7be95: the message handler of a coroutine, after its stack has shrunk.
for depth = 1, 400, 57 do
	local function handler(text) return "handled: " .. tostring(text) end
	local co = coroutine.create(function()
		local x <close> = setmetatable({}, {__close = function()
			collectgarbage()
			local t = {}
			for i = 1, 50 do t[i] = ("A"):rep(40) .. i end
			error("in close")
		end})
		local function down(n)
			if n > 0 then
				local _ = down(n - 1)
				return _
			end
			return xpcall(function() coroutine.yield() end, handler)
		end
		down(depth)
	end)
	check("a coroutine waits " .. depth, coroutine.resume(co))
	local ok, text = coroutine.close(co)
	check("it is closed " .. depth, not ok and tostring(text):find("in close", 1, true), text)
end

-- 603b2c64: a concatenation whose metamethod moves the stack.
for depth = 1, 300, 23 do
	local o = setmetatable({}, {__concat = function(a, b)
		local function down(n) if n > 0 then local x = down(n - 1) return x end return 0 end
		down(depth)
		return type(a) == "string" and a .. "o" or "o" .. b
	end})
	local co = coroutine.wrap(function() return "a" .. "b" .. o .. "c" end)
	equal("concatenation " .. depth, co(), "aboc")
end

-- 1b0f943d: a metatable for an all-weak table while the collector marks.
do
	local weak = {__mode = "kv"}
	for i = 1, 300 do
		local t = setmetatable({}, weak)
		collectgarbage("step", 0)
		for j = 1, 5 do t[j] = {} end
		setmetatable(t, {__mode = "kv", __index = function(_, k) return k end})
		collectgarbage("step", 0)
		equal("a new metatable " .. i, t[77], 77)
	end
	collectgarbage()
end

-- 983bc433: a table that only a metatable in a weak table holds is assigned to.
do
	local mt = setmetatable({}, {__mode = "v"})
	for i = 1, 100 do
		local proxy = setmetatable({}, mt)
		mt.__newindex = {}
		for j = 1, 40 do proxy[("k"):rep(j)] = {} end
		collectgarbage("step", 0)
	end
	check("assignments through a weak metatable", true)
end

-- c764ca71: bitwise operators with constants past the 256th.
do
	local code = {"local t = {"}
	for i = 1, 300 do code[#code + 1] = ("'c%d',"):format(i) end
	code[#code + 1] = "} return 1 ~ (2 or 3), 0xF0 & (t and 0x30), 1 | (nil or 6)"
	local a, b, c = assert(load(table.concat(code)))()
	equal("1 ~ (2 or 3)", a, 3)
	equal("0xF0 & 0x30", b, 0x30)
	equal("1 | 6", c, 7)
end

-- 782ef85b: a comparison as an index.
do
	local t, a, b = {[true] = "yes", [false] = "no"}, 1, 2
	equal("t[a < b]", t[a < b], "yes")
	equal("t[a > b]", t[a > b], "no")
	equal("t[a == b]", t[a == b], "no")
	equal("t[not a]", t[not a], "no")
end

-- 997f11f5: break closes the closing value of a for.
do
	local closed = 0
	local closing = setmetatable({}, {__close = function() closed = closed + 1 end})
	for _ in function() return 1 end, nil, nil, closing do break end
	equal("break closes", closed, 1)
	while true do
		for _ in function() return 1 end, nil, nil, closing do
			local f = function() return closing end
			if f() then break end
		end
		break
	end
	equal("break with upvalues closes", closed, 2)
end

-- a1089b41: stray continuation bytes.
for _, text in ipairs{"a\x80", "\x80", "ab\xbfc", "\u{20ac}\x80"} do
	local ok, what = pcall(function() for _ in utf8.codes(text) do end end)
	check("utf8.codes refuses " .. #text, not ok and what:find("invalid UTF-8", 1, true), what)
end
-- 10eb89d1: more continuation bytes than a code has.
equal("utf8.len of too long a code", utf8.len("\xff\x8f\x8f\x8f\x8f\x8f\x8f\x8f"), nil)

-- 1f3c6f45: a constant _ENV.
check("_ENV <const>", pcall(load, "local _ENV <const> = {} x = 1"))
check("_ENV <const> of a number", not pcall(assert(load("local _ENV <const> = 11 X = 'hi'"))))

-- 26be2745
equal("folding of >> mininteger", assert(load("return 1 >> math.mininteger"))(), 0)
equal("folding of <<", assert(load("return 2 >> -1"))(), 4)

-- 02bab9fc, 5ab6a575: lines of errors.
do
	local _, text = pcall(assert(load("local a\n\nlocal b = a\n+ 1", "=x")))
	check("line of arithmetic", text:find("^x:4:"), text)
	_, text = pcall(assert(load("local f = nil\nlocal b =\nf\n(1)", "=x")))
	check("line of a call", text:find("^x:3:") or text:find("^x:4:"), text)
end

-- 1e64c139: coroutines that are closed by what closes another.
do
	local function nest(n)
		local co
		co = coroutine.create(function()
			local x <close> = setmetatable({}, {__close = function()
				if n > 0 then coroutine.close(nest(n - 1)) end
			end})
			coroutine.yield()
		end)
		coroutine.resume(co)
		return co
	end
	local ok = pcall(function() return coroutine.close(nest(1000)) end)
	check("close in close ends", ok ~= nil)
end

-- ae9a0cbb: assignments that overlap.
do
	local function f(...) local a, b = 1, 2 a, b = b, a return a, b end
	local a, b = f()
	check("a swap", a == 2 and b == 1)
end

-- d1ee2a4d
do
	local _, text = pcall(assert(load("return ('_ENV').x + 1", "=x")))
	check("a field of a string", not text:find("global"), text)
end

-- efddc230: gmatch after an error of its own.
do
	local it = ("a"):rep(20000):gmatch(("a?"):rep(20000))
	for i = 1, 3 do
		local ok, text = pcall(it)
		check("gmatch too complex " .. i, not ok and tostring(text):find("too complex") or
			tostring(text):find("too long"), text)
	end
end

-- 45c7ae5b
check("packsize has a limit", not pcall(string.packsize, ("c2147483647"):rep(10) .. "c9223372036854775807"))
-- 632a71b2
for _, n in ipairs{0, 1, -1, 1 << 31, math.maxinteger, math.mininteger} do
	check("collectgarbage('step', " .. n .. ")", pcall(collectgarbage, "step", n))
end

-- A numerical for over anything but integers.
for _, loop in ipairs{"'7', '7'", "1, '7', '1'", "'1', 2"} do
	local ok, text = pcall(assert(load("for i = " .. loop .. " do local _ = i % 0 end")))
	check("for i = " .. loop, not ok and text:find("number expected, got string", 1, true), text)
end

do
	local sum, kind = 0, nil
	for i = 1, "3" do sum, kind = sum + i, math.type(i) end
	check("a string as the limit of integers", sum == 6 and kind == "integer", sum)
end

-- load() gives what its reader raises.
do
	local f, text = load(function() error("no more", 0) end)
	check("a reader's error", f == nil and text == "no more", text)
	local what = {}
	f, text = load(function() error(what) end)
	check("a reader's table", f == nil and text == what, text)
	f, text = load(function() return 1 < 2 end)
	check("a reader's boolean", f == nil and text:find("must return a string", 1, true), text)
end

-- As Lua has them.
equal("mininteger as a numeral", assert(load("return -9223372036854775808"))(), math.mininteger)
equal("and in an expression", assert(load("return -9223372036854775808 // 2"))(), math.mininteger // 2)
check("not without its minus", not load("return 9223372036854775808"))
check("nor after a binary one", not load("return 1 - 9223372036854775808"))
check("nor in brackets", not load("return -(9223372036854775808)"))
do
	local _, text = pcall(string.rep)
	check("names of functions", text:find("to 'string.rep'", 1, true) or text:find("to 'rep'", 1, true), text)
	_, text = pcall(math.max)
	check("math.max()", text:find("#1 to 'math.max' (value expected)", 1, true) or
		text:find("#1 to 'max' (value expected)", 1, true), text)
	_, text = pcall(math.floor, {})
	check("floor is not ceil", text:find("floor", 1, true), text)
end
equal("a chunk's thread is the main one", select(2, coroutine.running()), true)
equal("a coroutine is not", coroutine.wrap(function() return select(2, coroutine.running()) end)(), false)

return passed, table.concat(failed, "\n")
