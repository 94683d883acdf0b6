#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rock, as it was installed with the rest; see rock/*.lua.
here=$(dirname "$0")/rock
exec lua5.4 "$here/main.lua" "$here"
