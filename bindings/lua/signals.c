// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Signals while the kernel runs a script, or while waiting for a message. Lua programs
 * handle signals between instructions, after the call, which may never end. So a signal
 * for which the program has a handler, as the interpreter has for Ctrl-C, interrupts
 * what runs in the kernel, and then its handler is called. A signal without a handler
 * ends the program as ever, and what it has running in the kernel.
 */
#define _GNU_SOURCE	/* ppoll() */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#include "rock.h"

static const int numbers[ROCK_SIGNALS] = { SIGINT, SIGTERM, SIGALRM };

/* The program's handlers, written by the thread that has set @running. */
static struct sigaction theirs[ROCK_SIGNALS];

/* The one context that signals interrupt, as signal actions belong to the process. */
static _Atomic(struct nflua_ctx *) running;

/* The number of threads that may be using @running. */
static atomic_int interrupting;

static void call_theirs(int i, siginfo_t *info, void *context)
{
	if (theirs[i].sa_flags & SA_SIGINFO)
		theirs[i].sa_sigaction(numbers[i], info, context);
	else
		theirs[i].sa_handler(numbers[i]);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	struct nflua_ctx *ctx;
	int i = 0;

	atomic_fetch_add(&interrupting, 1);
	ctx = atomic_load(&running);
	if (ctx)
		nflua_interrupt(ctx);
	atomic_fetch_sub(&interrupting, 1);
	while (numbers[i] != number)
		i++;
	call_theirs(i, info, context);
}

static bool has_handler(const struct sigaction *action)
{
	return action->sa_flags & SA_SIGINFO ||
	       (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* Calls our handler before the program's, if it has one. Returns whether it has one. */
static bool catch_one(int i)
{
	struct sigaction action;

	if (sigaction(numbers[i], NULL, &theirs[i]) || !has_handler(&theirs[i]))
		return false;
	action = theirs[i];
	action.sa_flags |= SA_SIGINFO;
	action.sa_sigaction = on_signal;
	return sigaction(numbers[i], &action, NULL) == 0;
}

/* Restores the program's handler, unless that has installed another one itself. */
static void release_one(int i)
{
	struct sigaction now;

	if (!sigaction(numbers[i], NULL, &now) && now.sa_flags & SA_SIGINFO &&
	    now.sa_sigaction == on_signal)
		sigaction(numbers[i], &theirs[i], NULL);
}

/**
 * rock_signals_catch - makes signals interrupt what @ctx has running
 *
 * Does nothing while they interrupt a context of another thread. No function of Lua may
 * be called before rock_signals_release().
 */
void rock_signals_catch(struct rock_signals *signals, struct nflua_ctx *ctx)
{
	struct nflua_ctx *none = NULL;
	int i;

	signals->ours = atomic_compare_exchange_strong(&running, &none, ctx);
	/* Signals that come before the call begins count as well. */
	if (signals->ours)
		nflua_keep_interrupt(ctx, true);
	for (i = 0; i < ROCK_SIGNALS; i++)
		signals->caught[i] = signals->ours && catch_one(i);
}

/** rock_signals_release - ends what rock_signals_catch() began */
void rock_signals_release(struct rock_signals *signals)
{
	struct nflua_ctx *ctx = atomic_load(&running);
	int i;

	if (!signals->ours)
		return;
	for (i = 0; i < ROCK_SIGNALS; i++)
		if (signals->caught[i])
			release_one(i);
	atomic_store(&running, NULL);
	while (atomic_load(&interrupting))
		sched_yield();
	nflua_keep_interrupt(ctx, false);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Waits until @fd can be read. Returns 0, -EAGAIN (the time is up) or -EINTR. */
static int wait_for(int fd, int64_t until, const sigset_t *mask)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int64_t left = until < 0 ? 0 : until - now_ms();
	struct timespec t;
	int n;

	if (left < 0)
		left = 0;
	t.tv_sec = left / 1000;
	t.tv_nsec = left % 1000 * 1000000;
	n = ppoll(&ready, 1, until < 0 ? NULL : &t, mask);
	if (n < 0)
		return -errno;
	return n ? 0 : -EAGAIN;
}

/**
 * rock_receive - receives, and waits until there is something to receive
 * @fd: can be read when there is something to receive
 * @timeout: in ms; 0: do not wait; -1: wait forever
 * @receive: returns -EAGAIN if there is nothing; must not call functions of Lua
 *
 * A signal ends the wait, even one that comes just before, as it is blocked until then.
 * Returns 0, -EAGAIN (the time is up), -EINTR, or what @receive returned.
 */
int rock_receive(int fd, int timeout, int (*receive)(void *ud), void *ud)
{
	int64_t until = timeout < 0 ? -1 : now_ms() + timeout;
	sigset_t all, mask;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	do
		err = receive(ud);
	while (err == -EAGAIN && timeout && (err = wait_for(fd, until, &mask)) == 0);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return err;
}
