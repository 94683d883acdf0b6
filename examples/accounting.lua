-- SPDX-License-Identifier: GPL-2.0-or-later
-- Counts the packets and bytes that each host sends, as they are on the wire. At each
-- interval, sends a line "ADDRESS PACKETS BYTES" for each host that sent anything to
-- those who listen to group 0.

interval = 10000	-- ms
hosts_max = 5000	-- that have a line of their own; the others share the line "other"

local MESSAGE_MAX = 60000	-- bytes of one message

local packets, bytes, hosts = {}, {}, 0

timer.every(interval, function()
	local lines, size, sent, weights = {}, 0, packets, bytes
	packets, bytes, hosts = {}, {}, 0
	for host, n in pairs(sent) do
		local line = ("%s %d %d\n"):format(host, n, weights[host])
		if size + #line > MESSAGE_MAX then
			nf.netlink(0, 1, table.concat(lines))
			lines, size = {}, 0
		end
		lines[#lines + 1], size = line, size + #line
	end
	if size > 0 then
		nf.netlink(0, 1, table.concat(lines))	-- 1: group 0
	end
end)

-- A packet that was merged from several (GRO) has the headers of the first one only; on
-- the wire, each of them has headers.
local function wire_length(packet)
	local segments = packet.gso_segs
	if segments == 1 then
		return packet.length
	end
	return #packet + (segments - 1) * (#packet - #packet.payload)
end

function count(frame, packet)
	local host = packet.src
	local new = not packets[host]
	if new and hosts >= hosts_max then
		host, new = "other", false
	end
	-- What has packets has bytes, too, even if there is no memory for the second of them.
	bytes[host] = (bytes[host] or 0) + wire_length(packet)
	packets[host] = (packets[host] or 0) + packet.gso_segs
	hosts = hosts + (new and 1 or 0)
	return false
end
