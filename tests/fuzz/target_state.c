// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of a state: nflua_wire_state(). */
#include <errno.h>

#include "datagram.h"
#include "state.h"
#include "wire.h"

static void look_at(const struct nflua_state *state)
{
	size_t i;

	MUST(strlen(nflua_state_name(state)) < NFLUA_NAME_SIZE);
	for (i = 0; i < nflua_state_function_count(state); i++)
		MUST(strlen(nflua_state_function(state, i)) < 65536);
	if (nflua_state_failed_function(state))
		MUST(nflua_state_failure(state));
	if (nflua_state_last_error(state))
		MUST(strlen(nflua_state_last_error(state)) < 65536);
}

static void take(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh = message(NLMSG_MIN_TYPE, NLM_F_MULTI, data, size);
	struct nflua_state state = { 0 };
	int err = nflua_wire_state(nlh, &state);

	free(nlh);
	MUST(err == 0 || err == -EPROTO);
	if (!err)
		look_at(&state);
	nflua_state_clear(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = size ? data[0] * (size - 1) / 255 : 0;

	if (size == 0)
		return 0;
	take(data + 1, first);
	take(data + 1 + first, size - 1 - first);
	return 0;
}
