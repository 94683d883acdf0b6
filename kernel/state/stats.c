// SPDX-License-Identifier: GPL-2.0-or-later
/* What the calls of a state took. */
#include <linux/math64.h>
#include <linux/percpu.h>

#include "runtime/debug.h"
#include "state/state.h"

/*
 * Adds the counters of one CPU, which counts on meanwhile. It counts a call first, and
 * then that the call was long, so they are read in the other order.
 */
static void add_stats(struct nflua_stats *sum, const struct nflua_stats *s)
{
	sum->matches += READ_ONCE(s->matches);
	sum->errors += READ_ONCE(s->errors);
	sum->samples += READ_ONCE(s->samples);
	sum->time_ns += READ_ONCE(s->time_ns);
	sum->long_calls += READ_ONCE(s->long_calls);
	sum->long_ns += READ_ONCE(s->long_ns);
	nflua_debug_hold(NFLUA_HOLD_FIGURES);
	smp_rmb();	/* estimate() copes with a CPU that stores in another order */
	sum->calls += READ_ONCE(s->calls);
}

/*
 * Estimates the time of all calls that were not long, from those that were timed. The
 * quotient of a wide division must fit 64 bits, or the CPU traps; that of the remainder
 * is less than the number of calls.
 */
static u64 estimate(const struct nflua_stats *stats)
{
	u64 calls = stats->calls - min(stats->calls, stats->long_calls);
	u64 each, left;

	if (!stats->samples)
		return 0;
	each = div64_u64_rem(stats->time_ns, stats->samples, &left);
	return each * calls + mul_u64_u64_div_u64(left, calls, stats->samples);
}

void nflua_stats_sum(const struct nflua_state *state, struct nflua_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		add_stats(sum, per_cpu_ptr(state->stats, cpu));
	sum->time_ns = estimate(sum) + sum->long_ns;
}
