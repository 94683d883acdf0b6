-- SPDX-License-Identifier: GPL-2.0-or-later
-- Counts the bytes of each host, and tells those who listen every so often: a
-- line "ADDRESS PACKETS BYTES" for each host that sent anything.

interval = 10000	-- ms

local MESSAGE_MAX = 60000	-- bytes of lines in one message

local packets, bytes = {}, {}

local function report()
	local lines, size = {}, 0
	for host, n in pairs(packets) do
		local line = ("%s %d %d\n"):format(host, n, bytes[host])
		if size + #line > MESSAGE_MAX then
			nf.netlink(0, 1, table.concat(lines))
			lines, size = {}, 0
		end
		lines[#lines + 1], size = line, size + #line
	end
	if size > 0 then
		nf.netlink(0, 1, table.concat(lines))	-- 1: group 0
	end
	packets, bytes = {}, {}
	timer.create(interval, report)
end

timer.create(interval, report)

function count(frame, packet)
	local host = packet.src
	packets[host] = (packets[host] or 0) + 1
	bytes[host] = (bytes[host] or 0) + packet.length
	return false
end
