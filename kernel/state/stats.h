/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of a state's packet calls. */
#ifndef NFLUA_STATS_H
#define NFLUA_STATS_H

#include <linux/types.h>

struct nflua_state;

/* The counters of a CPU, or their sum. */
struct nflua_stats {
	u64 calls;
	u64 matches;
	u64 errors;
	u64 samples;		/* calls that were timed */
	u64 time_ns;		/* spent in these; in a sum, in all calls */
	u64 long_calls;		/* that took a tick or more */
	u64 long_ns;		/* spent in these */
};

/* Adds up what all CPUs have counted; time_ns is an estimate. */
void nflua_stats_sum(const struct nflua_state *state, struct nflua_stats *sum);

#endif
