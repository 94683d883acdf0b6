-- SPDX-License-Identifier: GPL-2.0-or-later
-- DNS blocking: matches queries for a name on the list, or for any name below one.

local LABEL_TOO_LONG = ("[^.]"):rep(64)

-- Returns a name as it is in the list: in lower case, without the dot of the root. Raises an
-- error if it cannot be the name of a host.
local function normal(name)
	local text = type(name) == "string" and name:lower():gsub("%.$", "") or ""
	if not text:find("^[%w_-][%w._-]*$") or text:find("%.%.") or text:find("%.$") or
	   #text > 253 or #text > 63 and text:find(LABEL_TOO_LONG) then
		error(("not a host name: '%s'"):format(tostring(name)), 3)
	end
	return text
end

local list = {}
names = setmetatable({}, {
	__index = list,
	__newindex = function(_, name, on) list[normal(name)] = on or nil end,
	__pairs = function() return pairs(list) end,
})
names["ads.example"] = true
hits = 0

-- RFC 1035: 4.1.1 (the header), 3.1 and 4.1.4 (names).
local HEADER = 12		-- bytes of the header
local NAME_MAX = 255		-- bytes of a name, including the length of each label
local JUMPS_MAX = 300		-- pointers followed in a name, more than servers follow
local QUESTIONS_MAX = 2		-- that are read; servers answer only one

-- Reads the name at the offset @at of a message, which begins at @begin and ends before
-- @stop. Returns the labels and the offset after the name, or nil if no server would
-- accept the name.
local function read_name(bytes, begin, stop, at)
	local labels, size, jumps, after = {}, 1, 0, nil
	while at < stop do
		local length = bytes:u8(at)
		if length == 0 then
			return labels, after or at + 1
		elseif length < 64 then
			size = size + 1 + length
			if size > NAME_MAX or at + length >= stop then
				return nil
			end
			local label = bytes:sub(at + 2, at + 1 + length):lower()
			labels[#labels + 1] = label:gsub("[.\\]", "\\%0")
			at = at + 1 + length
		elseif length >= 192 and at + 1 < stop then
			jumps = jumps + 1
			if jumps > JUMPS_MAX then
				return nil
			end
			after = after or at + 2
			at = begin + (bytes:u16(at) & 0x3fff)
		else
			return nil
		end
	end
	return nil
end

-- Returns the name if it, or a name above it, is on the list; otherwise nil.
local function listed(labels)
	local name
	for i = #labels, 1, -1 do
		name = name and labels[i] .. "." .. name or labels[i]
		if names[name] then
			return table.concat(labels, ".")
		end
	end
	return nil
end

-- Returns the listed name that the message asks for, or nil.
local function asks_for(bytes, begin, stop)
	local count, at = stop - begin < HEADER and 0 or bytes:u16(begin + 4), begin + HEADER
	for _ = 1, count < QUESTIONS_MAX and count or QUESTIONS_MAX do
		local labels, after = read_name(bytes, begin, stop, at)
		if not labels then
			return nil
		end
		local name = listed(labels)
		if name then
			return name
		end
		at = after + 4		-- type and class
	end
	return nil
end

-- One packet may be many datagrams (GRO). If one of them asks for a listed name, the
-- whole packet matches.
function blocked(frame, packet)
	if packet.mf then
		return true	-- nothing reassembles fragments: this has only a part of the query
	elseif not packet.udp then
		return false
	end
	local bytes = packet.payload
	for first, last in packet:segments() do
		local name = asks_for(bytes, first - 1, last)
		if name then
			hits = hits + 1
			nf.netlink(0, 1, name)	-- to those who listen to group 0
			return true
		end
	end
	return false
end
