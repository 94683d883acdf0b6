#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
# Tests messages through the library; see channels.c.
set -e
program=$(mktemp)
trap 'rm -f "$program"; ip netns del elsewhere' EXIT
ip netns add elsewhere
# shellcheck disable=SC2046 # words
cc -Wall -Wextra -Werror -o "$program" "$(dirname "$0")/channels.c" \
	$(pkg-config --cflags --libs libnflua) -pthread
"$program" elsewhere
