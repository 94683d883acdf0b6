-- SPDX-License-Identifier: GPL-2.0-or-later
-- Reassembles what clients send over TCP, for tls.lua and blockpage.lua; load it before
-- them. Segments may arrive in any order, arrive twice and overlap. They pass as they
-- arrive. If the client's message is to be refused, the segment that completes it is
-- refused, and so are all later ones.
--
-- A segment may be lost after the filter has seen it, for example because of a small TTL.
-- So if two segments carry different bytes for the same position, the server may read
-- either of them: the connection is refused.

streams = {}
refuse_unknown = true	-- connections that the filter does not know, because they began before
			-- it, or were silent for long

local CONNECTIONS = 20000	-- that are followed at a time; no more can begin
local BYTES = 16 << 20		-- kept for all of them together
local PERIOD = 60000		-- ms; a silent connection is forgotten after one to two periods,
				-- and so is a refused one, even if it is not silent
local JUDGED = 50000		-- connections whose message was judged; they may be silent for
local JUDGED_PERIOD = 3600000	-- ms, and for twice this time at most
local PIECES = 2000		-- of a connection that are kept, with gaps between them
local PIECE = 128		-- bytes that a piece takes in addition to its text
local KEPT = 64 << 10		-- bytes of a connection that are kept after they were read,
				-- to compare them with retransmissions
local AHEAD = 128 << 10		-- bytes that may arrive after a missing one
local BEGINNINGS = 4		-- SYNs with different sequence numbers in a connection
local JUMP = 1 << 24		-- bytes; no segment is this far ahead of the others

-- Connections by addresses and ports, in two generations: those with recent packets, and
-- older ones. The conntrack id would not do as a key: it changes after a forged reset,
-- and `nfluactl run` has none.
local function generation()
	return { list = {}, count = 0, bytes = 0 }
end
local young, old = generation(), generation()

function streams.turn()
	old, young = young, generation()
end
timer.every(PERIOD, streams.turn)

-- Without memory for its new place, the entry stays where it is.
local function move(key, entry, from, to)
	if to then
		to.list[key] = entry
		to.count, to.bytes = to.count + 1, to.bytes + entry.bytes
	end
	if from then
		from.list[key] = nil
		from.count, from.bytes = from.count - 1, from.bytes - entry.bytes
	end
	entry.generation = to
end

-- The sequence number and the offset where reading ended, as one number, of connections
-- whose message was judged; again in two generations.
local recent, past, recents, pasts = {}, {}, 0, 0

function streams.turn_judged()
	past, pasts, recent, recents = recent, recents, {}, 0
end
timer.every(JUDGED_PERIOD, streams.turn_judged)

local function set_judged(key, value)
	if past[key] then
		past[key], pasts = nil, pasts - 1
	end
	if not recent[key] ~= not value then
		if value and recents + pasts >= JUDGED then
			return
		end
		recents = recents + (value and 1 or -1)
	end
	recent[key] = value
end

-- To be called for packets that pass. Those that are dropped do not keep an entry alive.
local function refresh(key, entry)
	if entry.generation == old then
		move(key, entry, old, young)
		if past[key] then
			set_judged(key, past[key])
		end
	end
end

local function begin(key)
	if young.count + old.count >= CONNECTIONS then
		return nil
	end
	local entry = { bytes = 0 }
	move(key, entry, nil, young)
	return entry
end

-- pos: everything before this offset was read. top: where the last segment ended, to tell
-- offsets of more than 4 GiB apart. pieces: the bytes that are kept; pieces never overlap
-- or touch.
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

-- Returns the index of the first piece that ends at this offset or later.
local function place(pieces, at)
	local i = #pieces + 1
	while i > 1 and pieces[i - 1].at + #pieces[i - 1].text >= at do
		i = i - 1
	end
	return i
end

-- Returns whether the bytes @first to @last of a packet's payload, which begin at the
-- offset @at, are the same as those that are kept.
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

-- Adds bytes that agree with those that are kept. Returns the piece that they are in.
local function put(stream, at, text)
	local pieces, stop = stream.pieces, at + #text
	local first, bytes = place(pieces, at), 0
	local last = first
	while pieces[last] and pieces[last].at <= stop do
		bytes = bytes - PIECE - #pieces[last].text
		last = last + 1
	end
	if last > first then
		local one, other = pieces[first], pieces[last - 1]
		text = one.text:sub(1, math.max(at - one.at, 0)) .. text ..
		       other.text:sub(stop - other.at + 1)
		local piece = { at = math.min(at, one.at), text = text }
		table.move(pieces, last, #pieces + last - first, first + 1)
		pieces[first] = piece
	else
		table.insert(pieces, first, { at = at, text = text })
	end
	account(stream, bytes + PIECE + #text)
	return pieces[first]
end

-- Forgets the bytes in ranges of offsets: { from, to, from, to ... }, in order.
function streams.cut(stream, ranges)
	local kept, r, bytes = {}, 1, 0
	local function keep(at, text)
		if text ~= "" then
			kept[#kept + 1] = { at = at, text = text }
			bytes = bytes + PIECE + #text
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
			bytes = bytes - PIECE - #piece.text
			while ranges[r] and ranges[r] < stop do
				keep(from, piece.text:sub(from - piece.at + 1, math.max(ranges[r] - piece.at, 0)))
				from = ranges[r + 1]
				if from > stop then
					break
				end
				r = r + 2
			end
			if from < stop then
				keep(from, piece.text:sub(from - piece.at + 1))
			end
		end
	end
	stream.pieces = kept
	account(stream, bytes)
end

-- Forgets the oldest bytes of a long connection. If they are sent again, that is dropped:
-- the server has them.
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
			-- Half of the piece, so that this is not done for every segment.
			local half = #piece.text // 2
			stream.forgot = piece.at + half
			streams.cut(stream, { 0, stream.forgot })
			return
		end
	end
end

-- Reads what has arrived. Returns "refuse", "pass" (the rest is not read), or nil.
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

-- Takes a segment. Returns "refuse" (the connection), "drop" (this segment), "far" (it must
-- belong to another connection with the same ports), "pass", or nil.
local function take(stream, tcp, payload, filter)
	local pos, top, size, done = stream.pos, stream.top, #payload, stream.done
	local ahead = tcp.seq + (tcp.syn and 1 or 0) - stream.isn - 1 - top & 0xffffffff
	local at = top + ahead - (ahead >> 31 << 32)
	local first, from = 1, at
	if at < -1 and at + size <= 0 or not done and filter.look and at > filter.look then
		return "far"
	end
	if at + size > top and at - top < JUMP and (done or at <= pos) then
		stream.top = at + size
	end
	if done and at >= done then
		return nil
	end
	if tcp.urg then		-- the server may leave a byte out
		return "refuse"
	end
	if from < 0 then	-- a keep-alive probe before the first byte
		first, from = 1 - from, 0
	end
	if first > size then
		return nil
	end
	if from < (stream.forgot or 0) then
		return "drop"
	end
	if not agrees(stream, from, payload, first, size) then
		-- The keep-alive probes of some systems carry a byte that was never sent.
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

-- Takes a packet of a connection whose message was judged before it was forgotten. What
-- follows the message passes; the message itself must not change. The numbers begin anew
-- after 4 GiB, which only connections that are known are told from the message.
local function take_judged(key, tcp, value)
	local isn, done = value >> 31, value & 0x7fffffff
	local ahead = tcp.seq - isn - 1 & 0xffffffff
	if ahead < done then
		return "drop"
	end
	set_judged(key, value)
	local entry = begin(key)
	if entry then
		local stream = add_stream(entry, isn)
		stream.pos, stream.done, stream.forgot, stream.top = done, done, done, ahead
	end
	return nil
end

-- Takes a packet of an unknown connection: one that is older than the filter, or was
-- silent for long. It is read if it may be the beginning of a message.
local function take_unknown(key, tcp, payload, filter)
	local value = recent[key] or past[key]
	if value then
		return take_judged(key, tcp, value)
	elseif refuse_unknown then
		return "unknown"
	elseif not filter.begins(payload:sub(1, 64)) then
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

-- Takes a SYN. Offsets are counted from its sequence number.
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
	set_judged(key, nil)
	add_stream(entry, tcp.seq)
	return entry
end

-- Takes a packet of a connection that is known. Returns a verdict.
local function take_known(key, entry, tcp, payload, filter)
	local result, far = nil, 0
	for _, stream in ipairs(entry) do
		local verdict = take(stream, tcp, payload, filter)
		if verdict == "refuse" then
			entry.refused = tcp.seq
			for i = #entry, 1, -1 do
				streams.cut(entry[i], { 0, math.maxinteger })
				entry[i] = nil
			end
			set_judged(key, nil)
			refresh(key, entry)	-- so that it is refused for a whole period
			return "refuse"
		elseif verdict == "drop" then
			result = "drop"
		elseif verdict == "far" then
			far = far + 1
		elseif stream.loose and #entry == 1 and (verdict == "pass" or stream.idle) then
			move(key, entry, entry.generation)
			return nil
		elseif verdict == "pass" and #entry == 1 and stream.done < 1 << 31 then
			set_judged(key, stream.isn << 31 | stream.done)
		end
	end
	result = result or far == #entry and "drop" or nil
	if not result then
		refresh(key, entry)
	end
	return result
end

-- Returns a function to be called for each packet of a client. It returns nil if the packet
-- may pass, "refuse" if its connection is refused from this packet on, "again" if this is
-- the refused packet once more, "unknown" if the connection is not known, and "drop" for
-- others that may not pass. Fields of @filter:
-- judge(stream, text)	reads the text, which begins at stream.pos
-- begins(text)		whether a message may begin with this text
-- look			how many bytes are read at most; nil: all
function streams.filter(filter)
	return function(packet)
		local tcp = packet.tcp
		if packet.mf then	-- nothing reassembles fragments
			return "drop"
		elseif not tcp or tcp.rst then
			return nil
		end
		local payload, syn = packet.payload, tcp.syn
		if syn and tcp.flags & 16 ~= 0 then
			return #payload > 0 and "drop" or nil	-- no client sends SYN and ACK
		elseif #payload == 0 and not syn and not tcp.urg then
			return nil
		end
		local key = packet.saddr .. packet.daddr .. tcp:sub(1, 4)
		local entry = young.list[key] or old.list[key]
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
		return take_known(key, entry, tcp, payload, filter)
	end
end

local LABEL_TOO_LONG = ("[^.]"):rep(64)

-- Returns a name as it is in a list: in lower case, without the dot of the root. Raises an
-- error if it cannot be the name of a host.
local function normal(name)
	local text = type(name) == "string" and name:lower():gsub("%.$", "") or ""
	if not text:find("^[%w_-][%w._-]*$") or text:find("%.%.") or text:find("%.$") or
	   #text > 253 or #text > 63 and text:find(LABEL_TOO_LONG) then
		error(("not a host name: '%s'"):format(tostring(name)), 3)
	end
	return text
end

-- Returns a list of names. `list[name] = true' adds a name, nil removes it.
function streams.list(names)
	local set = {}
	local list = setmetatable({}, {
		__index = set,
		__newindex = function(_, name, on) set[normal(name)] = on or nil end,
		__pairs = function() return pairs(set) end,
	})
	for _, name in ipairs(names) do
		list[name] = true
	end
	return list
end

-- Returns whether a name, or a name above it, is in a list.
function streams.is_listed(names, name)
	while name do
		if names[name] then
			return true
		end
		name = name:match("%.(.*)")
	end
	return false
end
