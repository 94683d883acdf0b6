#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Programs in C as users have them: those of the README and of libnflua(3), and
# those in examples/, each built as is said there.
. "$(dirname "$0")/../common/lib.sh"
dir=$(mktemp -d)
at_exit rm -rf "$dir"
cd "$dir" || exit

# build FILE: as the README says, and as a careful user would.
build() {
	# shellcheck disable=SC2046 # words
	cc -Wall -Wextra -Werror -o "${1%.c}" "$1" \
		$(pkg-config --cflags --libs libnflua)
}

# shellcheck disable=SC2016 # marks of Markdown
# The only block of C, between its marks; in the page, between .Bd and .Ed.
sed -n '/^```c$/,/^```$/p' "$top/README.md" | sed '1d;$d' >readme.c
sed -n '/^#include <errno/,/^\.Ed$/p' "$top/man/libnflua.3" | sed '$d; s/\\e/\\/g' >page.c
for name in readme page; do
	ok "the program of the $name is built" build $name.c
	is "and runs" "$(./$name 2>&1)" 42
	is "and again" "$(./$name 2>&1)" 42
	ok "destroy" nfluactl destroy fw
done

cp "$top"/examples/*.c .
ok "examples/events.c is built" build events.c
./events >out 2>err &
pid=$!
# says TEXT: soon
says() {
	local left=100

	until grep -qF "$1" out; do
		left=$((left - 1))
		[ $left -gt 0 ] || { note "$(cat out err)"; return 1; }
		sleep 0.1
	done
}
ok "it listens" says listening
ok "create" nfluactl create talks
ok "send" nfluactl load talks -e "nf.netlink(0, 1, 'hello')"
ok "a message" says "talks says: hello"
ok "a timer that fails" nfluactl load talks -e "timer.create(0, function() error('bad') end)"
ok "an error" says "talks failed in timer: (command line):1: bad"
ok "replace" nfluactl load talks --replace -e "nf.netlink(0, 1, 'again')"
ok "a state replaced" says "talks was replaced"
ok "a message of a script that makes a state" says "talks says: again"
kill -INT $pid
wait $pid
is "a signal ends it" $? 0
ok "destroy" nfluactl destroy talks
done_testing
