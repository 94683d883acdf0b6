-- SPDX-License-Identifier: GPL-2.0-or-later
-- Matches the packets of a host beyond its limit of packets per period.

limit = 50		-- packets of a host in one period
period = 1000		-- ms
hosts_max = 10000	-- that have a count of their own; all others share one

local counts, hosts = {}, 0

-- A host's period begins with its first packet. The timer comes first: if there is no
-- memory for it, the host is not counted for ever.
local function begin(key)
	local entry = { sent = 0 }
	timer.create(period, function()
		if counts[key] == entry then
			counts[key] = nil
			hosts = hosts - (key and 1 or 0)
		end
	end)
	counts[key] = entry
	hosts = hosts + (key and 1 or 0)
	return entry
end

-- One packet may be many on the wire (GRO). It matches or passes as a whole. An IPv6 host
-- can use any address of its network, so the network (64 bits) has the count.
function exceeds(frame, packet)
	local key = packet.saddr:sub(1, 8)
	if not counts[key] and hosts >= hosts_max then
		key = false
	end
	local entry = counts[key] or begin(key)
	entry.sent = entry.sent + packet.gso_segs
	return entry.sent > limit
end
