-- SPDX-License-Identifier: GPL-2.0-or-later
-- lua5.4 code.lua BYTES: prints BYTES bytes of Lua code like that of filters:
-- functions that read packets, keep tables and match strings, with comments. The
-- code is the same every time. Running it defines the functions, but calls none.

local pieces = {
[[
-- The longest $NOUN that we have met, for the report.
local $NOUN_max = $NUMBER
]],
[[
local function is_$NOUN(value)
	return type(value) == "table" and value.kind == "$WORD"
end
]],
[[
-- Counts what comes from one address, and says whether that is too much.
local $NOUN_counts, $NOUN_limit = {}, $NUMBER

function count_$NOUN(frame, packet)
	local from = packet:u32(12)
	local n = ($NOUN_counts[from] or 0) + 1

	if n > $NOUN_limit then
		return true
	end
	$NOUN_counts[from] = n
	return false
end
]],
[[
-- Datagrams to the port of $WORD whose first bytes are those of a $NOUN.
function match_$NOUN(frame, packet)
	local header = (packet:u8(0) & 15) * 4
	local port, length = packet:u16(header + 2), packet:u16(header + 4)

	if port ~= $NUMBER or length < 20 then
		return false
	end
	local first = packet:u32(header + 8)
	return first == 0x$HEX or first & 0xffff0000 == 0x$HEX
end
]],
[[
local $NOUN_names = {
	["$WORD.example"] = true, ["www.$NOUN.example"] = true,
	["mail.$WORD.example"] = { action = "drop", weight = $NUMBER },
	{ first = $NUMBER, last = 0x$HEX, name = "$NOUN" },
}

function find_$NOUN(name)
	local found = $NOUN_names[name:lower()]

	while not found do
		local dot = name:find(".", 1, true)
		if not dot then
			break
		end
		name = name:sub(dot + 1)
		found = $NOUN_names[name]
	end
	return found
end
]],
[[
local $NOUN = {}
$NOUN.__index = $NOUN

function $NOUN.new(size, options)
	options = options or {}
	return setmetatable({
		size = size, first = 1, last = 0,
		name = options.name or "$WORD",
		limit = options.limit or $NUMBER,
	}, $NOUN)
end

function $NOUN:push(value)
	if self.last - self.first >= self.size then
		error("$NOUN '" .. self.name .. "' is full")
	end
	self.last = self.last + 1
	self[self.last] = value
	return self
end

function $NOUN:pop()
	local value = self[self.first]

	if value == nil then
		return nil, "empty"
	end
	self[self.first] = nil
	self.first = self.first + 1
	return value
end
_G["$NOUN_$WORD"] = $NOUN
]],
[[
-- Reads 'key=value' pairs as they stand in a $NOUN of $WORD.
function parse_$NOUN(text)
	local fields, count = {}, 0

	for key, value in text:gmatch("([%w_]+)%s*=%s*([^;,]+)[;,]?") do
		local number = tonumber(value)
		if number and number >= $NUMBER then
			fields[key] = number // 2 + 1
		elseif value == "yes" or value == "no" then
			fields[key] = value == "yes"
		else
			fields[key] = value:gsub("%%(%x%x)", function(hex)
				return string.char(tonumber(hex, 16))
			end)
		end
		count = count + 1
	end
	return fields, count
end
]],
[[
local function sum_$NOUN(list)
	local sum, i = 0, 1

	repeat
		local item = list[i]
		if is_$NOUN(item) then sum = sum + item.weight * $NUMBER end
		i = i + 1
	until i > #list
	return sum ~ 0x$HEX, ("%s: %d"):format("$WORD", sum)
end
]],
}

local nouns = { "query", "label", "header", "option", "record", "session",
	"host", "route", "ticket", "cookie", "prefix", "answer" }
local words = { "alpha", "bravo", "update", "metrics", "printer", "backup",
	"video", "voice", "chat", "games", "shop", "news", "weather" }

-- Piece @i, whose names are of family @family.
local function fill(i, family)
	local values = {
		NOUN = nouns[family % #nouns + 1] .. family,
		WORD = words[(family + i * 5) % #words + 1],
		NUMBER = tostring((family * 131 + i * 17) % 60000 + 1),
		HEX = ("%08x"):format((family * 2654435761 + i * 40503) % 2^32 // 1 | 0),
	}
	return (pieces[i]:gsub("$(%u+)", values))
end

-- Whole pieces, as many as there is room for, and then short ones.
local function fill_all(size)
	local out, room = { "-- The rules of a site.\n" }, size - 24
	local n = 0

	local function add(text)
		if #text > room then
			return false
		end
		out[#out + 1] = text
		room = room - #text
		n = n + 1
		return true
	end

	while add("\n" .. fill(n % #pieces + 1, n // #pieces + 1)) do end
	while add(("weight_%d = %d\n"):format(n, n * 3)) do end
	out[#out + 1] = (" "):rep(room)
	return table.concat(out)
end

io.write(fill_all(tonumber(arg[1])))
