// SPDX-License-Identifier: GPL-2.0-or-later
/* The last error of a state. */
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "state/event.h"
#include "state/state.h"

static bool is_same(const struct nflua_last_error *last, const char *function,
		    const struct nflua_error *error)
{
	return last->error.kind == error->kind &&
	       strcmp(last->function, function) == 0 &&
	       last->error.text && error->text &&
	       strcmp(last->error.text, error->text) == 0;
}

/* Keeps @error, which becomes the error that was kept before. */
static void keep(struct nflua_state *state, const char *function,
		 struct nflua_error *error)
{
	struct nflua_last_error *last = &state->last_error;

	spin_lock_bh(&state->error_lock);
	last->count = is_same(last, function, error) ? last->count + 1 : 1;
	last->at_ns = ktime_get_boottime_ns();
	strscpy(last->function, function, sizeof(last->function));
	swap(last->error, *error);
	nflua_aside_count_error(state);
	spin_unlock_bh(&state->error_lock);
}

void nflua_account_error(struct nflua_state *state, const char *function,
			 const struct nflua_packet *packet,
			 struct nflua_error *error)
{
	this_cpu_inc(state->stats->errors);
	nflua_event_error(state, function, packet, error);
	keep(state, function, error);
	nflua_error_clear(error);
}

void nflua_last_error_clear(struct nflua_state *state)
{
	struct nflua_error error = {};

	spin_lock_bh(&state->error_lock);
	swap(state->last_error.error, error);
	spin_unlock_bh(&state->error_lock);
	nflua_error_clear(&error);
}
