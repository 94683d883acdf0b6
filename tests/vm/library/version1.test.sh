#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Tests the library with a module of version 1, which is loaded instead of ours; see
# version1.c and v1/.
set -e
here=$(dirname "$0")
dir=$(mktemp -d)

# shellcheck disable=SC2317 # the trap calls it
restore() {
	rm -rf "$dir"
	rmmod nflua_v1
	modprobe nflua
}

"$here/../common/rmmod-nflua"
trap restore EXIT
insmod "$here/../../../build/kernel/$(uname -r)/v1/nflua_v1.ko"
# shellcheck disable=SC2046 # words
cc -Wall -Wextra -Werror -o "$dir/version1" "$here/version1.c" \
	$(pkg-config --cflags --libs libnflua)
printf '#!/usr/bin/lua\nx = 1\n' >"$dir/file.lua"
"$dir/version1" "$dir/file.lua"
