/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timers of a runtime's script. */
#ifndef NFLUA_TIMER_H
#define NFLUA_TIMER_H

#include <linux/hrtimer.h>
#include <linux/timerqueue.h>

#include "engine.h"

struct nflua_runtime;

struct nflua_timers {
	struct hrtimer hrtimer;		/* fires when the first of the queue is due */
	struct timerqueue_head queue;
	ktime_t epoch;			/* when the runtime's clock began to run */
	bool live;			/* the clock runs */
	ktime_t stands;			/* what it shows while it does not */
};

/* A lua_CFunction that sets the global "timer". */
int nflua_lib_timer(lua_State *L);

void nflua_timers_init(struct nflua_runtime *rt);

/* Starts the runtime's clock, once it is published, or goes on with it. Process context. */
void nflua_timers_start(struct nflua_runtime *rt);

/* Has the clock stand still. Process context. */
void nflua_timers_pause(struct nflua_runtime *rt);

/*
 * Stops the timers of a runtime that nobody has any more, and waits for a callback that
 * still runs. May sleep.
 */
void nflua_timers_stop(struct nflua_runtime *rt);

#endif
