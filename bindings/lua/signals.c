// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Signals while the kernel runs a script for us. Lua runs its handlers of signals
 * between instructions, so after the call, which may never end; hence what runs in
 * the kernel is broken off when a signal comes for which the program has a
 * handler, as the interpreter has one for Ctrl-C. That handler is called, too.
 * A signal without a handler does what it always does: it ends the program, and
 * what ran in the kernel with it.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#include "rock.h"

static const int numbers[ROCK_SIGNALS] = { SIGINT, SIGTERM, SIGALRM };

/* Handlers of the program; whoever has set @running wrote them. */
static struct sigaction theirs[ROCK_SIGNALS];

/* What a signal breaks off. Dispositions are of the process: one at a time. */
static _Atomic(struct nflua_ctx *) running;

/* Threads that may be using @running. */
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

/* Puts our handler before theirs, if they have one. */
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

/* Theirs may have put another in our place, which then stays. */
static void release_one(int i)
{
	struct sigaction now;

	if (!sigaction(numbers[i], NULL, &now) && now.sa_flags & SA_SIGINFO &&
	    now.sa_sigaction == on_signal)
		sigaction(numbers[i], &theirs[i], NULL);
}

/**
 * rock_signals_catch - from here on signals break off what @ctx has running
 *
 * Does nothing while another thread has done so. No function of Lua may be called
 * before rock_signals_release().
 */
void rock_signals_catch(struct rock_signals *signals, struct nflua_ctx *ctx)
{
	struct nflua_ctx *none = NULL;
	int i;

	signals->ours = atomic_compare_exchange_strong(&running, &none, ctx);
	for (i = 0; i < ROCK_SIGNALS; i++)
		signals->caught[i] = signals->ours && catch_one(i);
}

void rock_signals_release(struct rock_signals *signals)
{
	int i;

	if (!signals->ours)
		return;
	for (i = 0; i < ROCK_SIGNALS; i++)
		if (signals->caught[i])
			release_one(i);
	atomic_store(&running, NULL);
	while (atomic_load(&interrupting))
		sched_yield();
}
