-- SPDX-License-Identifier: GPL-2.0-or-later
-- The rock where there may be no module of the kernel; prints TAP.
local nflua = require "nflua"
local count, failures = 0, 0

local function ok(passed, name, ...)
	count = count + 1
	print(("%s %d - %s"):format(passed and "ok" or "not ok", count, name))
	if not passed then
		failures = failures + 1
		print("#", ...)
	end
end

ok(nflua._VERSION:find("^nflua %d+%.%d+%.%d+$"), "version", nflua._VERSION)
ok(package.loaded.nflua == nflua and _G.nflua == nil, "no global is set")
for _ = 1, 3 do
	local nf, message, code = nflua.open()
	ok(nf and tostring(nf) == "nflua connection (open)" or code == nflua.errno.ENOPKG and
		message == "the nflua module is not loaded (try: modprobe nflua)",
		"it connects, or says what is missing", nf, message, code)
end
local nf, message, code = nflua.open{netns = "no/such"}
ok(nf == nil and message:find("no/such", 1, true) and code == nflua.errno.ENOENT,
	"a namespace that there is not", nf, message, code)
local good, text = pcall(nflua.open, "name")
ok(not good and text:find("table expected, got string"), "a wrong argument", text)
print("1.." .. count)
os.exit(failures == 0, true)
