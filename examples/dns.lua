-- SPDX-License-Identifier: GPL-2.0-or-later
-- Picks the DNS queries that ask for a name on a list:
--
--   nfluactl create dns examples/dns.lua
--   iptables -A INPUT -p udp --dport 53 \
--            -m lua --state dns --function blocked -j DROP
--
-- The list can be changed while packets come in:
--
--   nfluactl eval dns 'names["ads.example"] = nil'

names = { ["ads.example"] = true }
hits = 0

-- Offset of the question in a UDP packet: behind the headers of IP, UDP, DNS.
local function question_offset(packet)
	local version = packet:u8(0) >> 4
	local ip = version == 4 and (packet:u8(0) & 15) * 4 or 40
	return ip + 8 + 12
end

-- The name at an offset: labels with a length before each, up to an empty one.
local function read_name(packet, offset)
	local labels = {}
	local length = packet:u8(offset) or 0
	while length > 0 and length < 64 do
		labels[#labels + 1] = packet:sub(offset + 2, offset + 1 + length)
		offset = offset + 1 + length
		length = packet:u8(offset) or 0
	end
	return table.concat(labels, "."):lower()
end

function blocked(frame, packet)
	local name = read_name(packet, question_offset(packet))
	if not names[name] then
		return false
	end
	hits = hits + 1
	return true
end
