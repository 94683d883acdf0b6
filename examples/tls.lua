-- SPDX-License-Identifier: GPL-2.0-or-later
-- TLS SNI filtering: matches TLS connections by the server name that the client asks
-- for. A name on the list also stands for all names below it. Load streams.lua first.

names = streams.list{ "blocked.example" }
refuse_others = true	-- connections that do not begin with a readable ClientHello
hits = 0

local LOOK = 32768		-- bytes within which the ClientHello must end
local HELLO_MAX = 16384		-- bytes of a ClientHello, and of a record
local SERVER_MAX = 131396	-- bytes of a ClientHello that a server takes at most
local EARLY_MAX = 16640		-- bytes of a record with early data
local RECORDS = 1000		-- that a ClientHello may be cut into

-- A server may take what is behind a colon for a port, and only an IPv6 address has more.
local function is_name(s)
	return #s < 256 and (s:find("^[%w._-]+$") or s:find("^%[[%x:.]+%]$")) ~= nil
end

-- Returns the server names in a ClientHello (RFC 8446, 4.1.2; RFC 6066, 3), and whether
-- it offers early data. Raises an error if it does not conform.
local function names_in(hello)
	local found, seen, early, extensions, at = {}, false, false, "", 35
	for _, format in ipairs{">s1", ">s2", ">s1"} do		-- session, ciphers, compression
		at = select(2, format:unpack(hello, at))
	end
	if at <= #hello then
		extensions, at = (">s2"):unpack(hello, at)
		assert(at == #hello + 1)
	end
	at = 1
	while at <= #extensions do
		local kind, data
		kind, data, at = (">I2s2"):unpack(extensions, at)
		early = early or kind == 42
		if kind == 0 then
			assert(not seen)
			seen = true
			local list, rest = (">s2"):unpack(data)
			assert(rest == #data + 1 and list ~= "")
			rest = 1
			while rest <= #list do
				kind, data, rest = (">Bs2"):unpack(list, rest)
				assert(kind ~= 0 or is_name(data))
				found[#found + 1] = kind == 0 and data:lower():gsub("%.+$", "") or nil
			end
		end
	end
	return found, early
end

-- Returns "refuse" or "pass" for a ClientHello, and whether it offers early data; or nil
-- if this is not one.
local function judge_hello(hello)
	local good, found, early = pcall(names_in, hello)
	if not good then
		return nil
	end
	for _, name in ipairs(found) do
		if streams.is_listed(names, name) then
			return "refuse"
		end
	end
	return "pass", early
end

-- Reads TLS records (RFC 8446, 5.1). The messages in them may be cut anywhere. A server
-- can ask the client for a second ClientHello, so what follows the first is read as long
-- as it may be another one: servers skip alerts, and early data if that was offered.
local function judge(stream, text)
	local at, data, hellos, early = 1, "", 0, false
	if #text < (stream.need or 0) then
		return nil	-- the record is still not complete
	end

	local function wrong()
		stream.done = at - 1
		return (stream.loose or not refuse_others) and "pass" or "refuse"
	end

	local function other()
		stream.done = at - 1
		return hellos > 0 and "pass" or wrong()
	end

	for _ = 1, RECORDS do
		local kind, major, length = text:byte(at, at + 1)
		local skipped = kind == 20 or hellos > 0 and
				(kind == 21 or kind == 23 and early)
		if kind and kind ~= 22 and data ~= "" then
			return wrong()	-- in the middle of a message
		elseif kind and kind ~= 22 and not skipped or (major or 3) ~= 3 then
			return other()
		elseif #text < at + 4 then
			return nil
		end
		length = text:byte(at + 3) << 8 | text:byte(at + 4)
		if kind == 20 and length ~= 1 or length == 0 or
		   length > (kind == 23 and EARLY_MAX or HELLO_MAX) then
			return wrong()
		elseif #text < at + 4 + length then
			stream.need = at + 4 + length
			return nil
		end
		if kind == 22 then
			data = data .. text:sub(at + 5, at + 4 + length)
		end
		at = at + 5 + length
		if data ~= "" and data:byte() ~= 1 then
			return other()
		end
		local size = #data >= 4 and (">I3"):unpack(data, 2) or 0
		if size > SERVER_MAX then
			return other()	-- perhaps the encrypted end of a handshake
		elseif size > HELLO_MAX then
			return wrong()
		elseif #data >= 4 and #data >= 4 + size then
			local verdict, offers = judge_hello(data:sub(5, 4 + size))
			if verdict ~= "pass" then
				return verdict or wrong()
			end
			hellos, early, data = hellos + 1, offers, data:sub(5 + size)
			if data ~= "" then
				return wrong()
			elseif stream.loose then
				return other()
			end
		end
	end
	return other()
end

local filter = streams.filter{
	judge = judge,
	look = LOOK,
	begins = function(text)
		return text:find("^[\20\22]\3") ~= nil or text == "\20" or text == "\22"
	end,
}

-- To be called for each SYN, and for each packet with a payload.
function blocked(frame, packet)
	local verdict = filter(packet)
	if verdict == "refuse" then
		hits = hits + 1
	end
	return verdict ~= nil
end
