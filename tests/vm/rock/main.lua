-- SPDX-License-Identifier: GPL-2.0-or-later
-- main.lua DIRECTORY: tests every function of the rock with the module.
package.path = arg[1] .. "/?.lua"
local tap = require "tap"

for _, name in ipairs{"states", "channels", "trials", "watches", "attaching", "arguments"} do
	local good, message = xpcall(require(name), debug.traceback)
	if not good then
		tap.ok(false, name .. ".lua runs to its end", message)
	end
end
tap.done()
