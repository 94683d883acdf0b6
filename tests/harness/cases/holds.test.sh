# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
. "$(dirname "$0")/../../vm/common/lib.sh"
iptables-legacy -A INPUT -m lua --function f -j DROP
sleep 1000 &
pass "leaves a rule and a process"
done_testing
