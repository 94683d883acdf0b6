# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
. "$(dirname "$0")/../../vm/common/lib.sh"
ok "fine" true
fails "failing as wanted" 3 bash -c 'exit 3'
skip "left out" "because"
exit 0
