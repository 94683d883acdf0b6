#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A C program linked through pkg-config; see libnflua.c.
set -e
program=$(mktemp)
trap 'rm -f "$program"' EXIT
# shellcheck disable=SC2046 # words
cc -Wall -Werror -o "$program" "$(dirname "$0")/libnflua.c" \
	$(pkg-config --cflags --libs libnflua)
"$program"
