# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by tests/harness/run: a KVM that passes the probe of scripts/vm and
# then fails. A stand-in for QEMU plays it, so /dev/kvm need not be there.
# shellcheck disable=SC2154 # dir and status are those of tests/harness/run

export NFLUA_ACCEL=$dir/accel
export stand_in_dir=$dir real_qemu
real_qemu=$(type -P qemu-system-x86_64)

# What it does with KVM is in the file fault: error (and hang), hang, or late
# (an error when the command has written something).
mkdir "$dir/bin"
cat >"$dir/bin/qemu-system-x86_64" <<'END'
#!/bin/bash
[[ " $* " = *" -accel kvm "* ]] || exec "$real_qemu" "$@"
[[ " $* " != *isa-debug-exit* ]] || exit 85
echo $$ >>"$stand_in_dir/tries"
fault=$(<"$stand_in_dir/fault")
# As QEMU has a terminal; one that is killed leaves it so.
[ ! -t 0 ] || stty raw -echo
if [ "$fault" = late ]; then
	"$real_qemu" "${@/#kvm/tcg}" &
	qemu=$!
	trap 'kill "$qemu"' TERM
	echo "$qemu" >>"$stand_in_dir/tries"
	until [ -s "$stand_in_dir/out" ]; do sleep 0.1; done
fi
if [ "$fault" != hang ]; then
	echo "KVM internal error. Suberror: 1" >&2
	echo "emulation failure" >&2
else
	trap '' TERM
fi
if [ "$fault" = late ]; then
	# Interrupted by the signal, and then once more.
	wait "$qemu"
	wait "$qemu"
	exit
fi
exec sleep 1000 >/dev/null 2>&1
END
chmod +x "$dir/bin/qemu-system-x86_64"
PATH=$dir/bin:$PATH

# fault NAME [ACCELERATOR]: what KVM does now, and what is remembered of it.
fault() {
	echo "$1" >"$dir/fault"
	rm -f "$dir/tries" "$dir/out" "$NFLUA_ACCEL"
	[ $# = 1 ] || echo "$2" >"$NFLUA_ACCEL"
}

# tries: how many VMs with KVM there were, and how many of them still are, soon after.
tries() {
	local pid all=0 left=0

	sleep 1
	while read -r pid; do
		all=$((all + 1))
		! kill -0 "$pid" 2>/dev/null || left=$((left + 1))
	done <"$dir/tries"
	echo "$all $left"
}

fault error
vm -b 0 -t 120 echo hello
is "KVM reports an error: the command runs" "$status $(<"$dir/out")" "0 hello"
like "with a line that says why" "$(<"$dir/err")" \
	'cannot run this VM \(KVM internal error[^)]*\); going on without KVM'
like "after one with KVM" "$(<"$dir/err")" \
	'booting Linux 6\.12[^ ]* \(kvm\).*booting Linux 6\.12[^ ]* \(tcg\)'
ok "and the error is in the log" grep -q '^emulation failure' "$dir/log"
is "KVM's QEMU is gone" "$(tries)" "1 0"
is "that is remembered" "$(<"$NFLUA_ACCEL")" tcg
vm -t 1 true
is "KVM is not tried again" "$(tries)" "1 0"

fault hang kvm
vm -b 1 -a rdinit=/none true
is "KVM hangs, and the kernel does not boot without it" "$status" 125
like "it was tried" "$(<"$dir/err")" 'not booted after 1 s.*\(tcg\)'
is "KVM's hanging QEMU is gone" "$(tries)" "1 0"
is "KVM is not blamed" "$(<"$NFLUA_ACCEL")" kvm

# The word is typed when the guest asks for it.
fault hang kvm
{
	for ((i = 0; i < 600; i++)); do
		! grep -q asked "$dir/out" 2>/dev/null || break
		sleep 0.1
	done
	echo word
	sleep 1
} | timeout --foreground -k 5 120 script -qefc "stty -g >$dir/before; scripts/vm -l $dir/log -b 1 -T -- \
	bash -c 'tty; echo as''ked; read -r word; echo got \$word'; \
	echo status \$?; stty -g >$dir/after" "$dir/out" >/dev/null
out=$(<"$dir/out")
like "KVM hangs with a terminal: the command has it" "$out" '/dev/hvc0'
like "and reads from it" "$out" 'got word'
like "and ends well" "$out" 'status 0'
ok "the terminal is as it was" cmp "$dir/before" "$dir/after"
is "KVM's QEMU with the terminal is gone" "$(tries)" "1 0"
is "that is remembered, too" "$(<"$NFLUA_ACCEL")" tcg

fault late kvm
vm bash -c 'echo run; sleep 100'
is "KVM fails while the command runs" "$status" 125
like "which is said" "$(<"$dir/err")" 'KVM failed while the command ran'
is "the command does not run twice" "$(<"$dir/out")" run
is "KVM is not used again" "$(<"$NFLUA_ACCEL")" tcg
is "and nothing of it is left" "$(tries)" "2 0"
