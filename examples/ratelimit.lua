-- SPDX-License-Identifier: GPL-2.0-or-later
-- Picks packets of hosts that send more than so many in a while.

limit = 50		-- packets of a host
period = 1000		-- in this time, in ms
hosts_max = 10000	-- that are counted; those that come then have one count together

local counts, hosts = {}, 0

-- Each host's time begins with its first packet.
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

-- One packet may be many on the wire: it goes as a whole.
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
