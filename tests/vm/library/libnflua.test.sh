#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
# Builds a C program with the flags of pkg-config and runs it; see libnflua.c.
set -e
program=$(mktemp)
trap 'rm -f "$program"' EXIT
# shellcheck disable=SC2046 # words
cc -Wall -Werror -o "$program" "$(dirname "$0")/libnflua.c" \
	$(pkg-config --cflags --libs libnflua)
"$program"
