-- SPDX-License-Identifier: GPL-2.0-or-later
-- Prints results in TAP for the tests in Lua.
local tap = {count = 0, failures = 0}

local function show(value, depth)
	if type(value) ~= "table" or (depth or 0) > 2 then
		return type(value) == "string" and ("%q"):format(value) or tostring(value)
	end
	local parts = {}
	for k, v in pairs(value) do
		parts[#parts + 1] = ("[%s] = %s"):format(show(k), show(v, (depth or 0) + 1))
	end
	table.sort(parts)
	return "{" .. table.concat(parts, ", ") .. "}"
end

local function same(a, b)
	if type(a) ~= "table" or type(b) ~= "table" then
		return a == b and math.type(a) == math.type(b)
	end
	for k, v in pairs(a) do
		if not same(v, b[k]) then return false end
	end
	for k in pairs(b) do
		if a[k] == nil then return false end
	end
	return true
end

function tap.ok(passed, name, detail)
	tap.count = tap.count + 1
	print(("%s %d - %s"):format(passed and "ok" or "not ok", tap.count, name))
	if not passed then
		tap.failures = tap.failures + 1
		print("# " .. tostring(detail):sub(1, 500):gsub("\n", "\n# "))
	end
	return passed
end

function tap.equal(name, got, want)
	return tap.ok(same(got, want), name, "got " .. show(got) .. ", wanted " .. show(want))
end

function tap.like(name, text, pattern)
	return tap.ok(type(text) == "string" and text:find(pattern), name,
		show(text) .. " does not match " .. pattern)
end

-- Checks that a call returned nil, a message that matches, and this code. Returns what
-- followed them.
function tap.fails(name, code, pattern, value, message, got, ...)
	tap.ok(value == nil and got == code and type(message) == "string" and
		message:find(pattern), name,
		show{value, message, got} .. ", wanted " .. pattern .. ", " .. code)
	return ...
end

-- Checks that a call raises an error whose message matches.
function tap.raises(name, pattern, f, ...)
	local good, message = pcall(f, ...)
	return tap.ok(not good and type(message) == "string" and message:find(pattern), name,
		show{good, message} .. " does not match " .. pattern)
end

function tap.done()
	print("1.." .. tap.count)
	os.exit(tap.failures == 0, true)
end

return tap
