// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals: what a Ctrl-C does while the module, or a terminal, is waited for. */
#include "signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The handler's, from catch_sigint() to restore_sigint(). */
static struct nflua_ctx *volatile running;
static volatile sig_atomic_t caught;

static struct sigaction old_int, old_alarm;

/*
 * What it is to break off may not have begun, or has ended and is followed by
 * another: it comes again, as SIGALRM.
 */
static void on_signal(int sig)
{
	(void)sig;
	caught = 1;
	nflua_interrupt(running);
	alarm(1);
}

/* Who started us in the background has us ignore what a terminal sends. */
static bool is_ignored(int sig)
{
	struct sigaction now;

	return !sigaction(sig, NULL, &now) && now.sa_handler == SIG_IGN;
}

/*
 * From here to restore_sigint() a Ctrl-C breaks off what @ctx has running;
 * elsewhere it ends the tool as any other. One that is ignored stays so.
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

/* Whether a Ctrl-C came since catch_sigint(). */
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
 * A descriptor that is readable when somebody wants us to end, and when @more, a
 * signal or 0, comes; or -1.
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

/* Takes a signal off the descriptor; false: it is one to end at. */
static bool is_other_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == sizeof(info) &&
	       info.ssi_signo != SIGINT && info.ssi_signo != SIGTERM;
}

/*
 * Waits until @fd is readable (-1: for nothing but the time), for @msecs at most
 * (-1: without end), or until a signal comes: true unless the time is up, or
 * somebody wants us to end, which sets @interrupted.
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
