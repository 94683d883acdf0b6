-- SPDX-License-Identifier: GPL-2.0-or-later
-- HTTP block page: answers requests for certain hosts with a page of its own, instead of
-- the server. A host on the list also stands for all hosts below it. Load streams.lua
-- first.

hosts = streams.list{ "blocked.example" }
page = "<html><body><h1>Not from here</h1></body></html>\n"
refuse_others = true	-- requests that do not conform to RFC 9112 (HTTP/1)
websocket = false	-- whether a connection passes from its first WebSocket frame on
hits = 0

local SECTION = 16384		-- bytes of a request's header section
local FIELDS = 256		-- lines of a header section
local LINE = 1024		-- bytes of a chunk-size line
local WORK = 4000		-- chunks that may end in one packet; a request counts as 40
local TOKEN = "[%w!#$%%&'*+.^_`|~-]+"
local bodyless = { GET = true, HEAD = true }

local function answer(status, text)
	return "HTTP/1.1 " .. status .. "\r\n" ..
	       "Content-Type: text/html\r\n" ..
	       "Content-Length: " .. #text .. "\r\n" ..
	       "Connection: close\r\n\r\n" .. text
end

-- Returns the host of `host:port', "" if it is empty, or nil if the text is malformed.
local function host_in(authority)
	local host, port = authority:match("^(%[[%x:.]+%])(.*)$")
	if not host then
		host, port = authority:match("^([%w._-]*)(.*)$")
	end
	if #authority > 300 or not port:find("^:?%d*$") then
		return nil
	end
	return (host:lower():gsub("%.+$", ""))
end

-- Returns the host in a request target (RFC 9112, 3.2), "" if there is none, or nil if
-- the target is malformed.
local function host_of(target)
	if target:find("^/") or target == "*" then
		return ""
	end
	local authority = target:match("^%a[%w+.-]*://([^/?#]+)")
	return authority and host_in(authority:match("[^@]*$"))
end

-- Returns the values of each field in a header section, by lower-case name, or nil if a
-- line is malformed. A folded line is malformed.
local function fields_in(section)
	local fields, lines = {}, 0
	for line in section:gmatch("([^\r]*)\r\n") do
		local name, at = line:match("^(" .. TOKEN .. "):[ \t]*()")
		lines = lines + 1
		if not name or lines > FIELDS or line:find("[\0-\8\10-\31\127]") then
			return nil
		end
		name = name:lower()
		fields[name] = fields[name] or {}
		table.insert(fields[name], line:match("^.*[^ \t]", at) or "")
	end
	return fields
end

-- Returns the position of the last byte of the header lines that begin at @at, and of the
-- last byte of the empty line after them, or nil if the empty line has not arrived. Returns
-- "other" if they are longer than SECTION, or have CR without LF, or LF without CR, which
-- end a line for some servers and not for others.
local function section_end(text, at)
	local last, stop = at - 1, at + 1
	if text:sub(at, stop) ~= "\r\n" then
		last, stop = text:find("\r\n\r\n", at, true)
		last = last and last + 1
	end
	local section = text:sub(at, stop)
	if #section >= SECTION or section:find("^\n") or section:find("[^\r]\n") or
	   section:find("\r[^\n]") then
		return "other"
	end
	return last, stop
end

-- Returns how the body is framed (RFC 9112, 6): "chunked", a number of bytes, or nil if
-- that is malformed or ambiguous. Some servers do not expect a body after GET or HEAD, and
-- read it as the next request. Old versions of gunicorn read a body of 8 bytes if there is
-- the field Sec-WebSocket-Key1.
local function framing(fields, method, minor)
	local codings, lengths = fields["transfer-encoding"], fields["content-length"]
	if fields["sec-websocket-key1"] or bodyless[method:upper()] and
	   (codings or lengths and not lengths[1]:find("^0+$")) then
		return nil
	elseif codings then
		return #codings == 1 and codings[1]:lower() == "chunked" and not lengths and
		       minor ~= "0" and "chunked" or nil
	end
	for _, length in ipairs(lengths or {}) do
		if length ~= lengths[1] or not length:find("^%d+$") or #length > 15 then
			return nil
		end
	end
	return lengths and tonumber(lengths[1]) or 0
end

-- Each step below reads what is at position @at of the text. It returns the position at
-- which the next step goes on, or a verdict, or nil if more has to arrive first.
local steps = {}

-- Skips bytes of a body. They are not kept.
local function skip(stream, base, at, size)
	if size >= 256 then
		local skipped = stream.skipped
		skipped[#skipped + 1], skipped[#skipped + 2] = base + at - 1, base + at - 1 + size
	end
	return at + size
end

function steps.request(stream, text, base, at)
	if text:sub(at, at + 1) == "\r\n" then	-- an empty line before a request
		return at + 2
	elseif text:byte(at) == 13 and #text == at then
		return nil
	elseif stream.upgrade and text:find("^[\1\2\129\130\136-\138]", at) then
		return "pass"		-- a frame of WebSocket (RFC 6455, 5.2)
	end
	local method, after = text:match("^(" .. TOKEN .. ")()", at)
	if not method or #method > 32 or after <= #text and text:byte(after) ~= 32 then
		return "other"
	end
	local target, minor, from = text:match("^ ([^ ]+) HTTP/1%.(%d)\r\n()", after)
	if not target and text:find("\n", after, true) then
		return "other"
	end
	local last, stop = section_end(text, at)
	if not stop then
		return last
	end
	local host = not target:find("[\0-\31\127]") and host_of(target)
	local fields = host and fields_in(text:sub(from, last))
	if method == "CONNECT" or not fields then
		return "other"
	end
	local found = fields.host or {}
	if streams.is_listed(hosts, host) then
		return "refuse"
	end
	for _, value in ipairs(found) do
		host = host_in(value)
		if not host or streams.is_listed(hosts, host) then
			return host and "refuse" or "other"
		end
	end
	local body = framing(fields, method, minor)
	if #found > 1 or not body then
		return "other"
	end
	stream.upgrade = websocket and fields.upgrade ~= nil
	if body == "chunked" then
		stream.step = "size"
		return stop + 1
	end
	return skip(stream, base, stop + 1, body)
end

-- A chunk (RFC 9112, 7.1).
function steps.size(stream, text, base, at)
	local size, stop = text:match("^(%x+)[ \t]*\r\n()", at)
	if not size then
		size, stop = text:match("^(%x+)[ \t]*;[^\0-\8\10-\31\127]*\r\n()", at)
	end
	if (stop or #text + 1) - at > LINE or size and #size > 15 or
	   not size and text:find("\n", at, true) then
		return "other"
	elseif not size then
		return nil
	end
	size = tonumber(size, 16)
	stream.step = size > 0 and "chunk_end" or "trailer"
	return skip(stream, base, stop, size)
end

function steps.chunk_end(stream, text, base, at)
	if #text < at + 1 then
		return text:byte(at) ~= 13 and #text == at and "other" or nil
	elseif text:sub(at, at + 1) ~= "\r\n" then
		return "other"
	end
	stream.step = "size"
	return at + 2
end

function steps.trailer(stream, text, base, at)
	local last, stop = section_end(text, at)
	if not stop then
		return last
	elseif not fields_in(text:sub(at, last)) then
		return "other"
	end
	stream.step = nil
	return stop + 1
end

local function judge(stream, text)
	local base, at, work = stream.pos, 1, 0
	stream.idle, stream.skipped = false, {}
	while at <= #text do
		local step = stream.step or "request"
		local result = steps[step](stream, text, base, at)
		work = work + (step == "request" and 40 or 1)
		if work > WORK then
			result = "other"
		end
		if result == "other" then
			result = refuse_others and not stream.loose and "refuse" or "pass"
		end
		if type(result) == "string" then
			stream.pos = base + at - 1
			return result
		elseif not result then
			break
		end
		at = result
	end
	stream.pos = base + at - 1
	streams.cut(stream, stream.skipped)
	stream.idle, stream.skipped = at == #text + 1 and not stream.step, nil
	return nil
end

local filter = streams.filter{
	judge = judge,
	begins = function(text)
		return text:find("^[\r\n]*%u%u+ [/%a*]") ~= nil or text:find("^%u*$") ~= nil and #text < 8
	end,
}

-- To be called for each SYN, and for each packet with a payload, by a rule with DROP, so
-- that the request goes no further.
function blocked(frame, packet)
	local verdict = filter(packet)
	if verdict == "refuse" then
		hits = hits + 1
	end
	if #packet.payload > 0 then
		if verdict == "refuse" or verdict == "again" then
			nf.reply("tcp", answer("403 Forbidden", page))
		elseif verdict == "unknown" then	-- browsers then connect again
			nf.reply("tcp", answer("408 Request Timeout", ""))
		end
	end
	return verdict ~= nil
end
