# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scripts share. Sourced, never run.

# shellcheck disable=SC2034 # used by those who source this file
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
out=$top/build
series=(6.1 6.12)
rt_series=(6.1-rt 6.12-rt)	# with PREEMPT_RT

# Kernel messages that fail a run. Those about an out-of-tree module that
# taints the kernel are none of them.
dmesg_bad='\bWARNING\b|\bBUG\b|\bOops\b|\bKASAN\b|\bUBSAN\b'
dmesg_bad+='|possible (circular|recursive) locking|unreferenced object'
dmesg_bad+='|soft lockup|hard LOCKUP|rcu_preempt detected stalls|rcu: INFO'
dmesg_bad+='|self-detected stall|blocked for more than|Call Trace'
dmesg_bad+='|general protection fault|Kernel panic'

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# die_usage TEXT: for wrong usage, with status 2.
die_usage() {
	say "${0##*/}: $*"
	exit 2
}

# retry TIMES COMMAND...: until it succeeds, with a growing pause.
retry() {
	local left=$1 pause=2
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		say "again in $pause s: $*"
		sleep "$pause"
		pause=$((pause * 2))
	done
}

# need_value OPTION "$@": fails unless an argument follows the option.
need_value() {
	[ "$2" -ge 2 ] || die_usage "$1 needs a value"
}

# kernel_version NAME: the full version of a kernel that setup unpacked, by
# its series (6.1, 6.1-rt) or by its full version.
kernel_version() {
	local dir=$out/vm/kernels/$1

	[ -e "$dir/boot" ] || die "no kernel $1: run scripts/setup first"
	basename "$(readlink -f "$dir")"
}

# kernel_build VERSION: the directory in which modules for it are built.
kernel_build() {
	local dir

	for dir in "" "$out/vm/kernels/$1/usr"; do
		dir+=/lib/modules/$1/build
		[ ! -e "$dir/Makefile" ] || break
	done
	[ -e "$dir/Makefile" ] ||
		die "no headers of Linux $1: run scripts/setup first"
	echo "$dir"
}
