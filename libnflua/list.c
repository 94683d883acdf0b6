// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists of states, as they were at one moment. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "interrupt.h"
#include "request.h"
#include "state.h"
#include "wire.h"

/* How many times a dump that races with changes is tried. */
#define LIST_TRIES	100

struct nflua_list {
	struct nflua_state *states;
	size_t count;
	size_t size;		/* of the array */
};

/* Returns a zeroed state, added to the list, or NULL if there is no memory. */
static struct nflua_state *add_state(struct nflua_list *list)
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

static void clear_list(struct nflua_list *list)
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
	clear_list(list);
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

static int take_state(struct nlmsghdr *nlh, void *ud)
{
	struct nflua_state *state = add_state(ud);

	return state ? nflua_wire_state(nlh, state) : -ENOMEM;
}

/* Asks for states, and asks again if they changed meanwhile. */
static int get_states(struct nflua_ctx *ctx, struct nflua_request *req,
		      struct nflua_list **out)
{
	struct nflua_list *list;
	int tries, err;

	if (!out)
		return nflua_fail(ctx, -EINVAL, "out is NULL");
	*out = NULL;
	err = nflua_check_version(ctx, "listing states");
	if (err)
		return err;
	list = calloc(1, sizeof(*list));
	if (!list)
		return nflua_fail_nomem(ctx);
	req->cmd = NFLUA_CMD_STATE_GET;
	for (tries = 0; tries < LIST_TRIES; tries++) {
		clear_list(list);
		err = nflua_request(ctx, req, take_state, list);
		if (err != -EAGAIN)
			break;
	}
	if (err == -EAGAIN)
		err = nflua_fail(ctx, -EIO, "the states keep changing; try again");
	if (err)
		nflua_list_free(list);
	else
		*out = list;
	return err;
}

NFLUA_PUBLIC int nflua_list(struct nflua_ctx *ctx, struct nflua_list **out)
{
	struct nflua_request req = { .flags = NLM_F_DUMP };

	if (!ctx)
		return -EINVAL;
	nflua_interrupt_begin(ctx);
	return get_states(ctx, &req, out);
}

NFLUA_PUBLIC int nflua_get(struct nflua_ctx *ctx, const char *name,
			   struct nflua_list **out)
{
	struct nflua_request req = { .flags = NLM_F_ACK, .name = name };
	int err = nflua_check_state(ctx, name);

	return err ? err : get_states(ctx, &req, out);
}
