# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by tests/harness/run: a VM whose CPUs are taken away for half of the time, as
# a busy host does. It is stopped from outside, so this is no test in the VM.
# NFLUA_STOLEN_CALLS=10000 makes more calls.
# shellcheck disable=SC2154 # dir is that of tests/harness/run

stolen_calls=${NFLUA_STOLEN_CALLS:-6000}

# wait_for_line FILE TEXT PID: until the line is there, or the process is gone.
wait_for_line() {
	until grep -qx "$2" "$1" 2>/dev/null; do
		kill -0 "$3" 2>/dev/null || return
		sleep 0.1
	done
}

scripts/vm -l "$dir/log" -t 300 -- python3 tests/vm/common/stolen.py "$stolen_calls" \
	>"$dir/out" 2>"$dir/err" &
stolen_vm=$!
wait_for_line "$dir/out" begin "$stolen_vm"
tests/harness/steal "$stolen_vm" &
thief=$!
status=0
wait "$stolen_vm" || status=$?
kill "$thief" 2>/dev/null
wait "$thief"
note "$(<"$dir/out")"
is "a VM whose CPUs are taken away" "$status $(grep -c '^ok ' "$dir/out")" "0 9"
