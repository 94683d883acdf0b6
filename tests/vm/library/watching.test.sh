#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of tools: left out with older kernels.
# Tests completion, dry runs and watches through the library; see watching.c.
set -e
program=$(mktemp)
trap 'rm -f "$program"' EXIT
# shellcheck disable=SC2046 # words
cc -Wall -Wextra -Werror -o "$program" "$(dirname "$0")/watching.c" \
	$(pkg-config --cflags --libs libnflua) -pthread
"$program"
