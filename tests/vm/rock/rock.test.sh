#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# The rock, as it was installed with the rest; see *.lua.
here=$(dirname "$0")
exec lua5.4 "$here/main.lua" "$here"
