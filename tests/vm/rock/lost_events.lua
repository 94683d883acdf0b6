-- SPDX-License-Identifier: GPL-2.0-or-later
-- Fills the buffer of a watch. Runs in a user namespace and a network namespace of its
-- own, where no buffer is larger than net.core.rmem_max.
local nflua = require "nflua"
local nf = assert(nflua.open())
local w, fw = assert(nf:watch()), assert(nf:create("fw"))
local sent, got = 1, 0

for _ = 1, 2000 do
	assert(fw:replace("x = 1"))
	sent = sent + 1
end
local event, what, code
repeat
	event, what, code = w:receive(0)
	if event then
		assert(event.lost == 0)
		got = got + 1
	end
until not event
assert(got > 0 and got < sent, "got " .. got)
assert(what == "lost" and code == nflua.errno.ENOBUFS, what)
event, what = w:receive(0)
assert(not event and what == "timeout", "it is told once")
assert(fw:destroy())
event = assert(w:receive(1))
assert(event.type == "destroyed" and event.lost == sent - got, "told: " .. event.lost)
