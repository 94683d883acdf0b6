// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals: what a Ctrl-C does while the tool waits. */
#include "signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* For the handler, from catch_sigint() to restore_sigint(). */
static struct nflua_ctx *volatile running;
static volatile sig_atomic_t caught;

static struct sigaction old_int, old_alarm;

/*
 * Interrupts the request. It may not have begun yet, or another one may follow, so the
 * handler runs again a second later, on SIGALRM.
 */
static void on_signal(int sig)
{
	(void)sig;
	caught = 1;
	nflua_interrupt(running);
	alarm(1);
}

/* Returns whether a signal is ignored, as a shell does for background jobs. */
static bool is_ignored(int sig)
{
	struct sigaction now;

	return !sigaction(sig, NULL, &now) && now.sa_handler == SIG_IGN;
}

/*
 * Makes Ctrl-C interrupt what @ctx has running, until restore_sigint(). At other times
 * it ends the tool. If it was ignored, it stays so.
 */
void catch_sigint(struct nflua_ctx *ctx)
{
	struct sigaction action = { .sa_handler = on_signal };

	running = ctx;
	caught = 0;
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGALRM);
	sigaction(SIGALRM, &action, &old_alarm);
	sigaction(SIGINT, NULL, &old_int);
	if (!is_ignored(SIGINT))
		sigaction(SIGINT, &action, NULL);
}

/* Returns whether a Ctrl-C came since catch_sigint(). */
bool is_interrupted(void)
{
	return caught;
}

void restore_sigint(void)
{
	sigaction(SIGINT, &old_int, NULL);
	alarm(0);
	sigaction(SIGALRM, &old_alarm, NULL);
}

/*
 * Returns a descriptor that is readable after SIGINT, SIGTERM, or @more (0: no other
 * signal), or -1.
 */
int catch_signals(int more)
{
	sigset_t signals;

	sigemptyset(&signals);
	if (!is_ignored(SIGINT))
		sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (more)
		sigaddset(&signals, more);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* Reads a signal. Returns false if it asks the tool to end. */
static bool is_other_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == sizeof(info) &&
	       info.ssi_signo != SIGINT && info.ssi_signo != SIGTERM;
}

/*
 * Waits until @fd is readable (-1: none), for at most @msecs (-1: forever), or until a
 * signal comes. Returns false when the time is up, or if a signal asks the tool to end,
 * which sets @interrupted.
 */
bool wait_readable(int fd, int signals, int msecs, bool *interrupted)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int n = poll(p, 2, msecs);

	*interrupted = n > 0 && p[1].revents && !is_other_signal(signals);
	return n != 0 && !*interrupted;
}
