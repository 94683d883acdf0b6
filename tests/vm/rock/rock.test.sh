#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Tests the rock as the project installs it; see *.lua.
here=$(dirname "$0")
exec lua5.4 "$here/main.lua" "$here"
