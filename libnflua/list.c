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

void nflua_list_clear(struct nflua_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->states[i].last_error);
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

NFLUA_PUBLIC const char *nflua_state_name(const struct nflua_state *state)
{
	return state ? state->name : "";
}

NFLUA_PUBLIC bool nflua_state_percpu(const struct nflua_state *state)
{
	return state && state->flags & NFLUA_STATE_PERCPU;
}
