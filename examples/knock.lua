-- SPDX-License-Identifier: GPL-2.0-or-later
-- Port knocking: opens a port to hosts that knocked on other ports in the right order.

sequence = { 7000, 8000, 9000 }
patience = 10000	-- ms from the first knock to the last one
open_for = 30000	-- ms in which a host may connect after its last knock
hosts_max = 10000	-- that have knocked or may connect; others cannot knock meanwhile

local knocks, open, entries = {}, {}, 0

-- Deletes a host's entry if it is still this one.
local function release(values, host, entry)
	if entry and values[host] == entry then
		timer.destroy(entry.timer)
		values[host] = nil
		entries = entries - 1
	end
end

-- Sets the value of a host for some time. Returns its entry, or nil if there are too many
-- hosts. The timer comes first: if there is no memory for it, nothing has changed.
local function set(values, host, value, msecs)
	if not values[host] and entries >= hosts_max then
		return nil
	end
	local entry = { value = value }
	entry.timer = timer.create(msecs, function()
		release(values, host, entry)
	end)
	release(values, host, values[host])
	values[host] = entry
	entries = entries + 1
	return entry
end

-- To be called for every packet that may be a knock. Never matches.
function knock(frame, packet)
	local header = packet.tcp or packet.udp
	local host = packet.saddr
	local entry = knocks[host]
	local done = entry and entry.value or 0
	if not header then
		return false
	end
	if header.dport == sequence[done + 1] then
		entry = entry or set(knocks, host, 0, patience)
		if entry then
			entry.value = done + 1
		end
	elseif header.dport ~= sequence[done] then	-- a knock may be retransmitted
		release(knocks, host, entry)
	end
	if entry and entry.value == #sequence then
		release(knocks, host, entry)
		set(open, host, true, open_for)
	end
	return false
end

-- Whether a host may connect.
function is_open(frame, packet)
	return open[packet.saddr] ~= nil
end
