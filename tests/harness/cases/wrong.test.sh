# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
. "$(dirname "$0")/../../vm/common/lib.sh"
is "three" 2 3
like "text" abc '^b'
unlike "no text" abc b
ok "command" false
fails "status" 2 false
done_testing
