-- SPDX-License-Identifier: GPL-2.0-or-later
-- The functions whose calls the benchmark measures.

function no(frame, packet)
	return false
end

function nothing(frame, packet)
end

-- A datagram without IP options.
function port_fixed(frame, packet)
	return packet:u16(22) == 53
end

-- The same by name.
function dport(frame, packet)
	return packet.udp.dport == 53
end

function mark(frame, packet)
	packet.mark = 7
end

function write(frame, packet)
	packet.payload:write(0, "changed!")
end

-- With the length that the IP header says it has.
function port(frame, packet)
	return packet:u16((packet:u8(0) & 15) * 4 + 2) == 53
end

function absent(frame, packet)
	return packet:find("cmd.exe") ~= nil
end
