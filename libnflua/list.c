// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists of states: a snapshot, and what each state's figures were. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A zeroed state at the end of the list; NULL: no memory. */
struct nflua_state *nflua_list_add(struct nflua_list *list)
{
	size_t size = list->size ? 2 * list->size : 16;
	struct nflua_state *states;

	if (list->count == list->size) {
		states = realloc(list->states, size * sizeof(*states));
		if (!states)
			return NULL;
		list->states = states;
		list->size = size;
	}
	memset(&list->states[list->count], 0, sizeof(*list->states));
	return &list->states[list->count++];
}

void nflua_state_clear(struct nflua_state *state)
{
	size_t i;

	for (i = 0; i < state->function_count; i++)
		free(state->functions[i].name);
	free(state->functions);
	free(state->last_error);
	nflua_result_free(state->failure);
	free(state->failed_function);
}

void nflua_list_clear(struct nflua_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		nflua_state_clear(&list->states[i]);
	list->count = 0;
}

NFLUA_PUBLIC void nflua_list_free(struct nflua_list *list)
{
	if (!list)
		return;
	nflua_list_clear(list);
	free(list->states);
	free(list);
}

NFLUA_PUBLIC size_t nflua_list_count(const struct nflua_list *list)
{
	return list ? list->count : 0;
}

NFLUA_PUBLIC const struct nflua_state *
nflua_list_state(const struct nflua_list *list, size_t i)
{
	return i < nflua_list_count(list) ? &list->states[i] : NULL;
}

#define FIGURE(type, field)						\
	NFLUA_PUBLIC type						\
	nflua_state_##field(const struct nflua_state *state)		\
	{								\
		return state ? state->field : 0;			\
	}

FIGURE(uint64_t, maxalloc)
FIGURE(uint64_t, curralloc)
FIGURE(uint64_t, peakalloc)
FIGURE(uint32_t, budget)
FIGURE(uint32_t, runtimes)
FIGURE(uint32_t, refs)
FIGURE(uint64_t, calls)
FIGURE(uint64_t, matches)
FIGURE(uint64_t, errors)
FIGURE(uint64_t, time_ns)
FIGURE(uint64_t, age_ns)
FIGURE(const char *, last_error)

NFLUA_PUBLIC const struct nflua_result *
nflua_state_failure(const struct nflua_state *state)
{
	return state ? state->failure : NULL;
}

NFLUA_PUBLIC const char *nflua_state_failed_function(const struct nflua_state *state)
{
	return state ? state->failed_function : NULL;
}

FIGURE(uint64_t, failure_age_ns)
FIGURE(uint64_t, failure_count)
FIGURE(size_t, function_count)

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
