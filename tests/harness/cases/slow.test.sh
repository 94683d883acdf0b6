# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
. "$(dirname "$0")/../../vm/common/lib.sh"
pass "first"
sleep 1000
