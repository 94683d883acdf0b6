-- SPDX-License-Identifier: GPL-2.0-or-later
-- Reports hosts that try many ports to user space, and matches packets of the hosts that
-- user space has banned. What to do about a host is decided there: see
-- scans_control.lua.

limit = 20		-- ports that a host may try in one period
period = 10000		-- ms
hosts_max = 10000	-- that are watched at a time; others are not

local tried, hosts, banned = {}, 0, {}

-- The timer comes first: if there is no memory for it, the host is not watched for ever.
local function begin(host)
	local entry = { count = 0 }
	timer.create(period, function()
		if tried[host] == entry then
			tried[host] = nil
			hosts = hosts - 1
		end
	end)
	tried[host] = entry
	hosts = hosts + 1
	return entry
end

local function note(host, port)
	local entry = tried[host] or hosts < hosts_max and begin(host)
	if entry and entry.count <= limit and not entry[port] then
		entry[port] = true
		entry.count = entry.count + 1
		if entry.count == limit + 1 then
			nf.netlink(0, 1, host)	-- 1: group 0
		end
	end
end

-- To be called for the first packet of each connection.
function is_banned(frame, packet)
	local host = packet.src
	if banned[host] then
		return true
	end
	if packet.tcp then
		note(host, packet.tcp.dport)
	end
	return false
end

nf.receive(function(port, text)
	local word, host = text:match("^(%a+) (%S+)$")
	if word == "ban" then
		banned[host] = true
	elseif word == "free" then
		banned[host] = nil
	else
		error("neither ban nor free: " .. text)
	end
end)
