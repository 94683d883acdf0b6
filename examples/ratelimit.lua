-- SPDX-License-Identifier: GPL-2.0-or-later
-- Matches the packets of a host beyond its limit of packets per period.

limit = 50		-- packets of a host in one period
period = 1000		-- ms
hosts_max = 10000	-- that have a count of their own; all others share one

local counts, hosts = {}, 0

-- A host's period begins with its first packet.
local function begin(key, n)
	counts[key] = n
	if key then
		hosts = hosts + 1
	end
	timer.create(period, function()
		counts[key] = nil
		if key then
			hosts = hosts - 1
		end
	end)
end

-- One packet may be many on the wire (GRO). It matches or passes as a whole.
function exceeds(frame, packet)
	local n, key = packet.gso_segs, packet.saddr
	if not counts[key] and hosts >= hosts_max then
		key = false
	end
	if counts[key] then
		counts[key] = counts[key] + n
	else
		begin(key, n)
	end
	return counts[key] > limit
end
