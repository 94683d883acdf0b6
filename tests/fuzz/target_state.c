// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures of states: nflua_wire_state(), into a list; the bytes are of two. */
#include <errno.h>

#include "internal.h"
#include "message.h"

static void add(struct nflua_list *list, const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh = message(NLMSG_MIN_TYPE, NLM_F_MULTI, data, size);
	struct nflua_state *state = nflua_list_add(list);
	size_t i;
	int err;

	MUST(state);
	err = nflua_wire_state(nlh, state);
	free(nlh);
	MUST(err == 0 || err == -EPROTO);
	if (err)
		return;
	MUST(strlen(nflua_state_name(state)) < NFLUA_NAME_SIZE);
	for (i = 0; i < nflua_state_function_count(state); i++)
		MUST(strlen(nflua_state_function(state, i)) < 65536);
	if (nflua_state_failed_function(state))
		MUST(nflua_state_failure(state));
	if (nflua_state_last_error(state))
		MUST(strlen(nflua_state_last_error(state)) < 65536);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = size ? data[0] * (size - 1) / 255 : 0;
	struct nflua_list list = { 0 };

	if (size == 0)
		return 0;
	add(&list, data + 1, first);
	add(&list, data + 1 + first, size - 1 - first);
	nflua_list_clear(&list);
	free(list.states);
	return 0;
}
