-- SPDX-License-Identifier: GPL-2.0-or-later
-- Gives voice and video calls priority: marks their packets, and sets their DSCP.

local EF <const> = 46		-- expedited forwarding (RFC 3246)
local CALL <const> = 46		-- mark of packets and connections

-- Before and during a call, both ends send messages of STUN (RFC 8489, 5) in the same flow
-- as voice and video (RFC 8445). They begin with two bits of 0, and have a length and a
-- fixed number in them. Several may have been merged into one packet.
local function is_stun(message)
	local length = message:u16(2)

	return #message >= 20 and message:u8(0) < 64 and message:u32(4) == 0x2112a442 and
	       length % 4 == 0 and length <= #message - 20
end

-- The mark of the connection tells what it is from then on, in both directions. One that
-- others have set is left alone.
function classify(frame, packet)
	local mark = packet.ctmark

	if mark == 0 and is_stun(packet.payload) then
		packet.ctmark = CALL
		mark = CALL
	end
	if mark == CALL then
		packet.mark = CALL
		packet.dscp = EF
	end
end
