// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals: what a Ctrl-C does while the module, or a terminal, is waited for. */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "nfluactl.h"

/* The handler's, while a script runs. */
static struct nflua_ctx *volatile running;

static void on_sigint(int sig)
{
	(void)sig;
	nflua_interrupt(running);
}

/*
 * From here to restore_sigint() a Ctrl-C breaks off what @ctx has running;
 * elsewhere it ends the tool as any other.
 */
void catch_sigint(struct nflua_ctx *ctx, struct sigaction *old)
{
	struct sigaction action = { .sa_handler = on_sigint };

	running = ctx;
	sigaction(SIGINT, &action, old);
}

void restore_sigint(const struct sigaction *old)
{
	sigaction(SIGINT, old, NULL);
}

/* A descriptor that is readable when somebody wants us to end; or -1. */
int catch_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/*
 * Waits until @fd is readable (-1: for nothing but the time), for @msecs at most
 * (-1: without end): true unless the time is up, or a signal came, which sets
 * @interrupted.
 */
bool wait_readable(int fd, int signals, int msecs, bool *interrupted)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int n = poll(p, 2, msecs);

	*interrupted = n > 0 && p[1].revents;
	return n != 0 && !*interrupted;
}
