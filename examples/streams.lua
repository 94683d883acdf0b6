-- SPDX-License-Identifier: GPL-2.0-or-later
-- What clients send over TCP, put together for filters that read it: tls.lua and
-- blockpage.lua, before which it is loaded. Segments may come in any order, again,
-- and overlap. They pass as they come; only the one that makes a client's message
-- complete is refused with it, and all that come later.
--
-- A segment may be lost behind the filter, as one with a small TTL is. So of two
-- segments that say different things about the same bytes either may be what the
-- server reads: the connection is refused.

streams = {}

local CONNECTIONS = 20000	-- that are known at a time; no more can begin
local BYTES = 16 << 20		-- kept of all of them together
local PERIOD = 60000		-- ms; one is forgotten after one to two of these
local PIECES = 2000		-- kept of a connection, without what is between them
local PIECE = 128		-- bytes that a piece takes besides what is in it
local KEPT = 64 << 10		-- bytes kept of a connection behind what was read,
				-- to compare with what comes again
local AHEAD = 128 << 10		-- as many as may come before a missing one
local BEGINNINGS = 4		-- SYNs of different numbers in a connection
local JUMP = 1 << 24		-- bytes that no segment is ahead of the others

-- By addresses and ports, those of the last packets and those before. The number
-- that connection tracking has would be another one after a false reset, and
-- `nfluactl run` has none.
local function generation()
	return { list = {}, count = 0, bytes = 0 }
end
local young, old = generation(), generation()

function streams.turn()
	old, young = young, generation()
end
timer.every(PERIOD, streams.turn)

local function move(key, entry, from, to)
	if from then
		from.list[key] = nil
		from.count, from.bytes = from.count - 1, from.bytes - entry.bytes
	end
	if to then
		to.list[key] = entry
		to.count, to.bytes = to.count + 1, to.bytes + entry.bytes
	end
	entry.generation = to
end

local function find(key)
	local entry = young.list[key]
	if not entry then
		entry = old.list[key]
		if entry then
			move(key, entry, old, young)
		end
	end
	return entry
end

local function begin(key)
	if young.count + old.count >= CONNECTIONS then
		return nil
	end
	local entry = { bytes = 0 }
	move(key, entry, nil, young)
	return entry
end

-- pos: what is before it was read; top: where the last segment ended, to tell offsets
-- of more than 4 GiB; pieces: bytes that are known, none of which overlap or touch.
local function add_stream(entry, isn)
	local stream = { entry = entry, isn = isn, pos = 0, top = 0, pieces = {} }
	entry[#entry + 1] = stream
	return stream
end

local function account(stream, bytes)
	local entry = stream.entry
	entry.bytes = entry.bytes + bytes
	if entry.generation then
		entry.generation.bytes = entry.generation.bytes + bytes
	end
end

-- The place of the first piece that ends at this offset or later.
local function place(pieces, at)
	local i = #pieces + 1
	while i > 1 and pieces[i - 1].at + #pieces[i - 1].text >= at do
		i = i - 1
	end
	return i
end

-- Whether bytes first to last of a packet's payload, the first of which is at this
-- offset, are those that came before.
local function agrees(stream, at, payload, first, last)
	local pieces, stop = stream.pieces, at + last - first + 1
	local i = place(pieces, at)
	while pieces[i] and pieces[i].at < stop do
		local piece = pieces[i]
		local from = math.max(at, piece.at)
		local to = math.min(stop, piece.at + #piece.text)
		if piece.text:sub(from - piece.at + 1, to - piece.at) ~=
		   payload:sub(first + from - at, first + to - at - 1) then
			return false
		end
		i = i + 1
	end
	return true
end

-- Adds bytes that agree; the piece that has them now.
local function put(stream, at, text)
	local pieces, stop = stream.pieces, at + #text
	local first = place(pieces, at)
	local last = first
	while pieces[last] and pieces[last].at <= stop do
		account(stream, -PIECE - #pieces[last].text)
		last = last + 1
	end
	if last > first then
		local one, other = pieces[first], pieces[last - 1]
		text = one.text:sub(1, math.max(at - one.at, 0)) .. text ..
		       other.text:sub(stop - other.at + 1)
		at = math.min(at, one.at)
		table.move(pieces, last, #pieces + last - first, first + 1)
		pieces[first] = { at = at, text = text }
	else
		table.insert(pieces, first, { at = at, text = text })
	end
	account(stream, PIECE + #text)
	return pieces[first]
end

-- Forgets bytes in ranges of offsets: { from, to, from, to ... }, in order.
function streams.cut(stream, ranges)
	local kept, r = {}, 1
	local function keep(at, text)
		if text ~= "" then
			kept[#kept + 1] = { at = at, text = text }
			account(stream, PIECE + #text)
		end
	end
	for _, piece in ipairs(stream.pieces) do
		local from, stop = piece.at, piece.at + #piece.text
		while ranges[r] and ranges[r + 1] <= from do
			r = r + 2
		end
		if not ranges[r] or ranges[r] >= stop then
			kept[#kept + 1] = piece
		else
			account(stream, -PIECE - #piece.text)
			while ranges[r] and ranges[r] < stop do
				keep(from, piece.text:sub(from - piece.at + 1, math.max(ranges[r] - piece.at, 0)))
				from = ranges[r + 1]
				if from > stop then
					break
				end
				r = r + 2
			end
			keep(from, piece.text:sub(from - piece.at + 1))
		end
	end
	stream.pieces = kept
end

-- Of a long connection, the oldest bytes. What comes of them again is dropped: the
-- server has them.
local function forget(stream)
	local pieces, bytes, count = stream.pieces, 0, 0
	if stream.entry.bytes < KEPT then
		return
	end
	for i = #pieces, 1, -1 do
		local piece = pieces[i]
		if piece.at < stream.pos then
			bytes, count = bytes + #piece.text, count + 1
		end
		if bytes > KEPT or count > PIECES // 2 then
			-- Not for every segment: half of it.
			local half = #piece.text // 2
			stream.forgot = piece.at + half
			streams.cut(stream, { 0, stream.forgot })
			return
		end
	end
end

-- Reads what there is now: "refuse", "pass" (the rest is not read), or nil.
local function read(stream, piece, filter)
	local pos, verdict
	repeat
		pos = stream.pos
		verdict = filter.judge(stream, piece.text:sub(pos - piece.at + 1))
		piece = stream.pieces[place(stream.pieces, stream.pos + 1)]
	until verdict or stream.pos == pos or not piece or piece.at > stream.pos
	if verdict == "pass" then
		stream.done = stream.done or stream.pos
		streams.cut(stream, { stream.done, math.maxinteger })
	elseif not verdict and filter.look and #piece.text >= filter.look then
		return "refuse"
	elseif not filter.look then
		forget(stream)
	end
	return verdict
end

-- A segment: "refuse" (the connection), "drop" (this one), "far" (it must belong to
-- another one that has the same ports), "pass", or nil.
local function take(stream, tcp, payload, filter)
	local pos, top, size, done = stream.pos, stream.top, #payload, stream.done
	local ahead = tcp.seq + (tcp.syn and 1 or 0) - stream.isn - 1 - top & 0xffffffff
	local at = top + ahead - (ahead >> 31 << 32)
	local first, from = 1, at
	if at + size > top and at - top < JUMP and (done or at <= pos) then
		stream.top = at + size
	end
	if done and at >= done then
		return nil
	end
	if tcp.urg then		-- the server may take a byte out
		return "refuse"
	end
	if from < 0 then	-- a probe of keep-alive, before all others
		first, from = 1 - from, 0
	end
	if first > size then
		return nil
	end
	if from < (stream.forgot or 0) then
		return "drop"
	end
	if not agrees(stream, from, payload, first, size) then
		-- Keep-alive of some systems has a byte that is not the one sent.
		local probe = size == 1 and payload:u8(0) == 0 and stream.idle and at + 1 == pos
		return not probe and "refuse" or nil
	end
	local to = math.min(at + size, done or filter.look or math.maxinteger)
	from = math.max(from, pos)
	if done or from >= to then
		return nil
	end
	if not filter.look and from - math.max(pos, top) > JUMP then
		return "far"
	elseif not filter.look and to - pos > AHEAD or #stream.pieces >= PIECES or
	   young.bytes + old.bytes >= BYTES then
		return "drop"
	end
	local piece = put(stream, from, payload:sub(from - at + 1, to - at))
	return piece.at <= pos and read(stream, piece, filter) or nil
end

-- A packet of a connection that is not known: it is older than the filter, or had
-- nothing to say for long. What may be the beginning of a message is read.
local function take_unknown(key, tcp, payload, filter)
	if not filter.begins(payload:sub(1, 64)) then
		return nil
	end
	local entry = { bytes = 0 }
	local stream = add_stream(entry, tcp.seq - 1)
	stream.loose = true
	local verdict = take(stream, tcp, payload, filter)
	if not verdict and not stream.idle and young.count + old.count < CONNECTIONS then
		move(key, entry, nil, young)
	end
	return verdict ~= "pass" and verdict or nil
end

-- A client that asks for a connection: its number is where offsets count from.
local function take_syn(key, entry, tcp)
	entry = entry or begin(key)
	if not entry then
		return nil
	end
	for _, stream in ipairs(entry) do
		if stream.isn == tcp.seq then
			return entry
		end
	end
	if #entry == BEGINNINGS then
		return nil
	end
	add_stream(entry, tcp.seq)
	return entry
end

-- A function for packets of clients; it returns nil when one may pass, "refuse" when
-- its connection is refused from it on, "again" when that one comes again, and "drop"
-- for others that may not pass. filter:
-- judge(stream, text)	reads what is at stream.pos, see above
-- begins(text)		whether a message may begin so
-- look			the number of bytes that are read at most; nil: all
function streams.filter(filter)
	return function(packet)
		local tcp = packet.tcp
		if not tcp or tcp.rst then
			return nil
		end
		local payload, syn = packet.payload, tcp.syn
		if #payload == 0 and not syn and not tcp.urg or syn and tcp.flags & 16 ~= 0 then
			return nil
		end
		local key = packet.saddr .. packet.daddr .. tcp:sub(1, 4)
		local entry = find(key)
		if entry and entry.refused then
			return entry.refused == tcp.seq and "again" or "drop"
		end
		if syn then
			entry = take_syn(key, entry, tcp)
			if not entry then
				return "drop"
			end
		elseif not entry then
			return take_unknown(key, tcp, payload, filter)
		end
		local result, far = nil, 0
		for _, stream in ipairs(entry) do
			local verdict = take(stream, tcp, payload, filter)
			if verdict == "refuse" then
				for i = #entry, 1, -1 do
					streams.cut(entry[i], { 0, math.maxinteger })
					entry[i] = nil
				end
				entry.refused = tcp.seq
				return "refuse"
			elseif verdict == "drop" then
				result = "drop"
			elseif verdict == "far" then
				far = far + 1
			elseif stream.loose and #entry == 1 and (verdict == "pass" or stream.idle) then
				move(key, entry, entry.generation)
				return nil
			end
		end
		return result or far == #entry and "drop" or nil
	end
end

-- Whether a name, or one above it, is in a list.
function streams.is_listed(names, name)
	while name do
		if names[name] then
			return true
		end
		name = name:match("%.(.*)")
	end
	return false
end
