# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
. "$(dirname "$0")/../../vm/common/lib.sh"
plan 1
echo "WARNING: made up" >/dev/kmsg
pass "writes to the kernel's log"
