-- SPDX-License-Identifier: GPL-2.0-or-later
-- Answers requests of HTTP for certain hosts with a page, in the place of the
-- server, which never sees them.

hosts = { ["blocked.example"] = true }
page = "<html><body><h1>Not from here</h1></body></html>\n"
hits = 0

local function answer()
	return "HTTP/1.1 403 Forbidden\r\n" ..
	       "Content-Type: text/html\r\n" ..
	       "Content-Length: " .. #page .. "\r\n" ..
	       "Connection: close\r\n\r\n" .. page
end

-- For the match, with DROP: the request goes no further.
function blocked(frame, packet)
	local payload = packet.payload
	local from, to = payload:find("\r\nHost: ")
	if not from then
		return false
	end
	local stop = payload:find("\r\n", to + 1) or to + 1
	local host = payload:sub(to + 1, stop - 1):lower():match("^[^:]*")
	if not hosts[host] or not nf.reply("tcp", answer()) then
		return false
	end
	hits = hits + 1
	return true
end
