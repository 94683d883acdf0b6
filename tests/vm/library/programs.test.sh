#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Tests the C programs that users see: those in the README, in libnflua(3) and in
# examples/. Each is built as it is described there.
. "$(dirname "$0")/../common/lib.sh"
dir=$(mktemp -d)
at_exit rm -rf "$dir"
cd "$dir" || exit

# build FILE: builds it as the README says, but with all warnings on.
build() {
	# shellcheck disable=SC2046 # words
	cc -Wall -Wextra -Werror -o "${1%.c}" "$1" \
		$(pkg-config --cflags --libs libnflua)
}

# shellcheck disable=SC2016 # marks of Markdown
# The README has one block of C. In the manual page the program ends with .Ed.
sed -n '/^```c$/,/^```$/p' "$top/README.md" | sed '1d;$d' >readme.c
sed -n '/^#include <errno/,/^\.Ed$/p' "$top/man/libnflua.3" | sed '$d; s/\\e/\\/g' >page.c
for name in readme page; do
	ok "the documented program $name.c compiles" build $name.c
	is "the documented program $name.c prints 42" "$(./$name 2>&1)" 42
	is "the documented program $name.c prints 42 when its state exists" "$(./$name 2>&1)" 42
	ok "the state that $name.c created is destroyed" nfluactl destroy fw
done

cp "$top"/examples/*.c .
ok "examples/events.c compiles" build events.c
./events >out 2>err &
pid=$!
# says TEXT: waits until events has printed it
says() {
	local left=100

	until grep -qF "$1" out; do
		left=$((left - 1))
		[ $left -gt 0 ] || { note "$(cat out err)"; return 1; }
		sleep 0.1
	done
}
ok "examples/events.c prints that it listens" says listening
ok "the state talks is created" nfluactl create talks
ok "a script that sends a message is loaded" nfluactl load talks -e "nf.netlink(0, 1, 'hello')"
ok "examples/events.c prints a message" says "talks says: hello"
ok "a script with a timer that fails is loaded" \
	nfluactl load talks -e "timer.create(0, function() error('bad') end)"
ok "examples/events.c prints an error in a timer" \
	says "talks failed in timer: (command line):1: bad"
ok "the state talks is replaced" \
	nfluactl load talks --replace -e "nf.netlink(0, 1, 'again')"
ok "examples/events.c prints that a state was replaced" says "talks was replaced"
ok "examples/events.c prints the message of a replacing script" says "talks says: again"
kill -INT $pid
wait $pid
is "SIGINT ends examples/events.c with status 0" $? 0
ok "the state talks is destroyed" nfluactl destroy talks
done_testing
