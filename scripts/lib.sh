# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scripts share. Sourced, never run.

# shellcheck disable=SC2034 # used by those who source this file
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
out=$top/build
series=(6.1 6.12)
rt_series=(6.1-rt 6.12-rt newest-rt)	# with PREEMPT_RT
newest_suite=unstable	# whose kernel is called newest
release=bookworm	# of Debian: what this is built on
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

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

# The mirror of Debian that apt uses.
# shellcheck disable=SC2016 # apt's variables
mirror() {
	local uri

	uri=$(apt-get indextargets --format '$(REPO_URI)' |
		grep '/debian/*$' | sort -u | head -n 1)
	[ -n "$uri" ] || die "apt knows no mirror of Debian"
	echo "$uri"
}

# How apt reaches the mirrors, as an apt configuration for another root directory.
apt_options() {
	apt-config dump Acquire |
		grep -E '^Acquire::(https?|ftp|Retries|Check-Valid-Until|ForceIPv)' || true
}

# in_root DIR COMMAND...: in a root directory that scripts/root made, which has the
# tree at its place, and the network.
in_root() {
	bwrap --bind "$1" / --bind "$top" "$top" --proc /proc --dev /dev \
		--tmpfs /tmp --ro-bind /etc/resolv.conf /etc/resolv.conf \
		--die-with-parent --cap-add ALL --chdir "$top" "${@:2}"
}

# kernel_arch VERSION: its processor, as Debian calls it.
kernel_arch() {
	case $1 in
	*-arm64) echo arm64 ;;
	*) echo amd64 ;;
	esac
}

# build_root VERSION: the root directory with the headers of that kernel, if they are
# not on this machine.
build_root() {
	cat "$out/vm/kernels/$1/build-root" 2>/dev/null || true
}

# kernel_build VERSION: the directory in which modules for it are built.
kernel_build() {
	local dir

	if [ -n "$(build_root "$1")" ]; then
		echo "/lib/modules/$1/build"
		return
	fi
	dir=$out/vm/kernels/$1/usr/src/linux-headers-$1
	if [ -e "$dir/Makefile" ]; then
		echo "$dir"
		return
	fi
	for dir in "" "$out/vm/kernels/$1/usr"; do
		dir+=/lib/modules/$1/build
		[ ! -e "$dir/Makefile" ] || break
	done
	[ -e "$dir/Makefile" ] ||
		die "no headers of Linux $1: run scripts/setup first"
	echo "$dir"
}
