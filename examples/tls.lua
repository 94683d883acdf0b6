-- SPDX-License-Identifier: GPL-2.0-or-later
-- Picks TLS connections by the name of the server that the client asks for.
-- A name on the list stands for itself and for all below it.

names = { ["blocked.example"] = true }
hits = 0

local HELLO_MAX = 16384		-- bytes that a record of TLS may have
local WAIT = 5000		-- ms for the rest of a ClientHello
local MEMORY = 60000		-- ms in which a refused connection may try again

-- By connection: what came of ClientHellos that are not complete, and who was
-- refused, and sends what was dropped again.
local begun, refused = {}, {}

local function remember(values, id, value, msecs)
	values[id] = value
	timer.create(msecs, function()
		if values[id] == value then
			values[id] = nil
		end
	end)
end

local function is_complete(data)
	return #data >= 5 and #data >= 5 + data:byte(4) * 256 + data:byte(5)
end

-- The first record of a connection as far as it came; nil for other packets.
local function first_record(id, packet)
	local tcp, data = packet.tcp, tostring(packet.payload)
	local before = begun[id]	-- 0 is a packet without a connection
	local next_seq = tcp.seq + #data & 0xffffffff
	if before and before.next_seq == tcp.seq then
		before.data, before.next_seq = before.data .. data, next_seq
		data = before.data
	elseif data:byte() == 22 and id ~= 0 and not is_complete(data) then
		remember(begun, id, { data = data, next_seq = next_seq }, WAIT)
	elseif data:byte() ~= 22 then
		return nil
	end
	if is_complete(data) or #data > HELLO_MAX then
		begun[id] = nil
	end
	return data
end

-- The name in a record with a ClientHello (RFC 8446, 4.1.2; RFC 6066, 3). Raises
-- an error where the record ends too early.
local function name_in(record)
	local at, extensions = 44
	for _, format in ipairs{">s1", ">s2", ">s1"} do		-- session, ciphers, compression
		at = select(2, format:unpack(record, at))
	end
	extensions, at = (">s2"):unpack(record, at), 1
	while at <= #extensions do
		local kind, data
		kind, data, at = (">I2s2"):unpack(extensions, at)
		if kind == 0 then
			return (">s2"):unpack(data, 4):lower()
		end
	end
end

local function server_name(data)
	if data:sub(1, 1) ~= "\22" or data:sub(6, 6) ~= "\1" then
		return nil		-- no handshake, or no ClientHello
	end
	local good, name = pcall(name_in, data)
	return good and name or nil
end

local function is_listed(name)
	while name do
		if names[name] then
			return true
		end
		name = name:match("%.(.*)")
	end
	return false
end

function blocked(frame, packet)
	local id = nf.connid()
	local begins = packet.tcp and packet.payload:u8(0) == 22
	if refused[id or 0] and not begins then
		return true
	end
	if not begins and not begun[id or 0] then
		return false		-- as most packets are
	end
	local record = first_record(id or 0, packet)
	if not record or not is_listed(server_name(record)) then
		refused[id or 0] = nil	-- another connection may have the id by now
		return false
	end
	hits = hits + 1
	if id then
		remember(refused, id, {}, MEMORY)
	end
	return true
end
