-- SPDX-License-Identifier: GPL-2.0-or-later
-- Picks the DNS queries that ask for a name on a list. A name on the list stands
-- for itself and for all below it.

names = { ["ads.example"] = true }
hits = 0

local HEADER = 12	-- bytes of the header of DNS (RFC 1035, 4.1.1)

-- The name in the question: labels with a length before each, up to an empty one.
local function question(message)
	local labels, at = {}, HEADER
	local length = message:u8(at) or 0
	while length > 0 and length < 64 do
		labels[#labels + 1] = message:sub(at + 2, at + 1 + length)
		at = at + 1 + length
		length = message:u8(at) or 0
	end
	return table.concat(labels, "."):lower()
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
	local name = packet.udp and question(packet.payload)
	if not is_listed(name) then
		return false
	end
	hits = hits + 1
	nf.netlink(0, 1, name)		-- tells who listens to group 0
	return true
end
