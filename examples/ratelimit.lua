-- SPDX-License-Identifier: GPL-2.0-or-later
-- Picks packets of hosts that send more than so many in a while.

limit = 50		-- packets of a host
period = 1000		-- in this time, in ms
hosts_max = 10000	-- that are counted; what comes then is not limited

local counts, hosts = {}, 0

-- Each host's time begins with its first packet.
local function begin(host)
	if hosts >= hosts_max then
		return
	end
	hosts = hosts + 1
	counts[host] = 0
	timer.create(period, function()
		counts[host] = nil
		hosts = hosts - 1
	end)
end

function exceeds(frame, packet)
	local host = packet.saddr
	if not counts[host] then
		begin(host)
	end
	if not counts[host] then
		return false
	end
	counts[host] = counts[host] + 1
	return counts[host] > limit
end
