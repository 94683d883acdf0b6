// SPDX-License-Identifier: LGPL-2.1-or-later
/* States: reading the fields of one, changing it, destroying it, clearing its last error. */
#include "state.h"

#include <errno.h>
#include <stdlib.h>

#include "error.h"
#include "options.h"
#include "pause.h"
#include "request.h"

/* A busy state is tried again for a second, in steps of 20 ms. */
#define DESTROY_TRIES	50
#define DESTROY_PAUSE	20	/* ms */

void nflua_state_clear(struct nflua_state *state)
{
	size_t i;

	for (i = 0; i < state->function_count; i++)
		free(state->functions[i].name);
	free(state->functions);
	free(state->last_error);
	nflua_result_free(state->failure);
	free(state->failed_function);
	free(state->owner);
	free(state->script);
}

#define STAT(type, field)						\
	NFLUA_PUBLIC type						\
	nflua_state_##field(const struct nflua_state *state)		\
	{								\
		return state ? state->field : 0;			\
	}

STAT(uint64_t, maxalloc)
STAT(uint64_t, curralloc)
STAT(uint64_t, peakalloc)
STAT(uint32_t, budget)
STAT(uint32_t, runtimes)
STAT(uint32_t, refs)
STAT(uint32_t, hooks)
STAT(uint64_t, calls)
STAT(uint64_t, matches)
STAT(uint64_t, errors)
STAT(uint64_t, time_ns)
STAT(uint64_t, age_ns)
STAT(const char *, last_error)
STAT(const char *, owner)
STAT(const char *, script)
STAT(uint64_t, script_age_ns)
STAT(uint64_t, keptalloc)

NFLUA_PUBLIC bool nflua_state_confirm_ms(const struct nflua_state *state, uint32_t *ms)
{
	if (ms)
		*ms = state ? state->confirm_ms : 0;
	return state && state->confirms;
}

NFLUA_PUBLIC const unsigned char *nflua_state_digest(const struct nflua_state *state)
{
	return state && state->has_digest ? state->digest : NULL;
}

NFLUA_PUBLIC const struct nflua_result *
nflua_state_failure(const struct nflua_state *state)
{
	return state ? state->failure : NULL;
}

NFLUA_PUBLIC const char *nflua_state_failed_function(const struct nflua_state *state)
{
	return state ? state->failed_function : NULL;
}

STAT(uint64_t, failure_age_ns)
STAT(uint64_t, failure_count)
STAT(size_t, function_count)

static const struct nflua_called *called_at(const struct nflua_state *state, size_t i)
{
	return i < nflua_state_function_count(state) ? &state->functions[i] : NULL;
}

NFLUA_PUBLIC const char *nflua_state_function(const struct nflua_state *state, size_t i)
{
	const struct nflua_called *called = called_at(state, i);

	return called ? called->name : NULL;
}

NFLUA_PUBLIC bool nflua_state_is_missing(const struct nflua_state *state, size_t i)
{
	const struct nflua_called *called = called_at(state, i);

	return called && called->missing;
}

NFLUA_PUBLIC bool nflua_state_has_more_functions(const struct nflua_state *state)
{
	return state && state->functions_cut;
}

NFLUA_PUBLIC bool nflua_state_drops_on_error(const struct nflua_state *state)
{
	return state && state->on_error == NFLUA_ON_ERROR_DROP;
}

NFLUA_PUBLIC bool nflua_state_is_gone(const struct nflua_state *state)
{
	return state && !state->runtimes;
}

NFLUA_PUBLIC const char *nflua_state_name(const struct nflua_state *state)
{
	return state ? state->name : "";
}

NFLUA_PUBLIC bool nflua_state_percpu(const struct nflua_state *state)
{
	return state && state->flags & NFLUA_STATE_PERCPU;
}

NFLUA_PUBLIC int nflua_destroy(struct nflua_ctx *ctx, const char *name,
			       bool force)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_DEL,
		.flags = NLM_F_ACK,
		.name = name,
		.force = force,
	};
	int tries, err = nflua_check_state(ctx, name);

	if (!err)
		err = nflua_check_version(ctx, "destroying states");
	if (err)
		return err;
	for (tries = 0; tries < DESTROY_TRIES; tries++) {
		err = nflua_request(ctx, &req, NULL, NULL);
		if (err != -EBUSY || force)
			break;
		if (nflua_pause(ctx, -1, DESTROY_PAUSE) == -EINTR)
			return nflua_fail(ctx, -EINTR, "interrupted");
	}
	return err;
}

NFLUA_PUBLIC int nflua_set(struct nflua_ctx *ctx, const char *name,
			   const struct nflua_options *options)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_SET,
		.flags = NLM_F_ACK,
		.name = name,
		.options = options,
	};
	int err = nflua_check_state(ctx, name);

	if (!err && !options)
		err = nflua_fail(ctx, -EINVAL, "options is NULL");
	if (!err && options->force)
		err = nflua_fail(ctx, -EINVAL, "nothing can be forced here");
	if (!err)
		err = nflua_check_owner(ctx, options->owner);
	if (!err)
		err = nflua_check_version(ctx, "changing states");
	return err ? err : nflua_request(ctx, &req, NULL, NULL);
}

/* Sends a request that only names a state. @what: it does, for an older module */
static int request_named(struct nflua_ctx *ctx, enum nflua_cmd cmd, const char *name,
			 bool force, const char *what)
{
	struct nflua_request req = {
		.cmd = cmd,
		.flags = NLM_F_ACK,
		.name = name,
		.force = force,
	};
	int err = nflua_check_state(ctx, name);

	if (!err)
		err = nflua_check_version(ctx, what);
	return err ? err : nflua_request(ctx, &req, NULL, NULL);
}

NFLUA_PUBLIC int nflua_clear(struct nflua_ctx *ctx, const char *name)
{
	return request_named(ctx, NFLUA_CMD_CLEAR, name, false, "clearing errors");
}

NFLUA_PUBLIC int nflua_confirm(struct nflua_ctx *ctx, const char *name)
{
	return request_named(ctx, NFLUA_CMD_STATE_CONFIRM, name, false, "confirming changes");
}

NFLUA_PUBLIC int nflua_rollback(struct nflua_ctx *ctx, const char *name, bool force)
{
	return request_named(ctx, NFLUA_CMD_STATE_ROLLBACK, name, force,
			     "taking changes back");
}
