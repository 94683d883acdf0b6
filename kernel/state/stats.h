/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is counted of a state's packet calls. */
#ifndef NFLUA_STATS_H
#define NFLUA_STATS_H

#include <linux/types.h>

struct nflua_state;

/* Counted on every CPU, added up when asked for. */
struct nflua_stats {
	u64 calls;
	u64 matches;
	u64 errors;
	u64 samples;		/* calls that were timed */
	u64 time_ns;		/* spent in these; of a sum, in all */
	u64 long_calls;		/* that the watchdog saw */
	u64 long_ns;		/* spent in these */
};

/* Adds up what all CPUs have counted; time_ns is an estimate. */
void nflua_stats_sum(const struct nflua_state *state, struct nflua_stats *sum);

#endif
