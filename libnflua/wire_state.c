// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the module says of a state. */
#include "wire.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "state.h"

/* Reads the functions that rules call. A missing one has a second attribute after it. */
static int take_functions(struct nlmsghdr *nlh, struct nflua_state *state)
{
	int rem, n = nflua_wire_count(nlh, NFLUA_A_RULE_FUNCTION);
	struct nflua_called *last = NULL;
	struct nlattr *attr;

	if (!n)
		return 0;
	state->functions = calloc(n, sizeof(*state->functions));
	if (!state->functions)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) == NFLUA_A_MISSING_FUNCTION && last)
			last->missing = true;
		if (nla_type(attr) != NFLUA_A_RULE_FUNCTION)
			continue;
		last = &state->functions[state->function_count];
		if (nflua_wire_copy(&last->name, attr, NULL))
			return -ENOMEM;
		state->function_count++;
	}
	return 0;
}

/* Reads the last error in full, which events do not have. */
static int take_failure(struct nlmsghdr *nlh, struct nlattr **tb,
			struct nflua_state *state)
{
	int err;

	if (!tb[NFLUA_A_ERROR_KIND])
		return 0;
	state->failure = calloc(1, sizeof(*state->failure));
	if (!state->failure)
		return -ENOMEM;
	state->failure_age_ns = nflua_wire_u64(tb[NFLUA_A_ERROR_AGE_NS]);
	state->failure_count = nflua_wire_u64(tb[NFLUA_A_ERROR_COUNT]);
	err = nflua_wire_result(nlh, state->failure);
	/* The functions are the state's. */
	state->failure->truncated &= ~(uint32_t)NFLUA_TRUNCATED_FUNCTIONS;
	return err ? err : nflua_wire_copy(&state->failed_function, tb[NFLUA_A_FUNCTION], NULL);
}

/* Reads what is known of the scripts that ran in the state. */
static int take_code(struct nlattr **tb, struct nflua_state *state)
{
	if (!tb[NFLUA_A_DIGEST])
		return 0;
	if (nla_len(tb[NFLUA_A_DIGEST]) != sizeof(state->digest))
		return -EPROTO;
	memcpy(state->digest, nla_data(tb[NFLUA_A_DIGEST]), sizeof(state->digest));
	state->has_digest = true;
	state->script_age_ns = nflua_wire_u64(tb[NFLUA_A_SCRIPT_AGE_NS]);
	return nflua_wire_copy(&state->script, tb[NFLUA_A_CHUNK_NAME], NULL);
}

/**
 * nflua_wire_state - reads what the module says of a state
 * @state: zeroed; nflua_state_clear() it, even on failure
 *
 * Returns 0, -EPROTO, or -ENOMEM.
 */
int nflua_wire_state(struct nlmsghdr *nlh, struct nflua_state *state)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];
	int err;

	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_NAME])
		return -EPROTO;
	memcpy(state->name, nla_data(tb[NFLUA_A_NAME]), nla_len(tb[NFLUA_A_NAME]));
	state->maxalloc = nflua_wire_u64(tb[NFLUA_A_MAXALLOC]);
	state->curralloc = nflua_wire_u64(tb[NFLUA_A_CURRALLOC]);
	state->peakalloc = nflua_wire_u64(tb[NFLUA_A_PEAKALLOC]);
	state->budget = nflua_wire_u32(tb[NFLUA_A_BUDGET]);
	state->flags = nflua_wire_u32(tb[NFLUA_A_FLAGS]);
	state->refs = nflua_wire_u32(tb[NFLUA_A_REFS]);
	state->hooks = nflua_wire_u32(tb[NFLUA_A_HOOKS]);
	state->runtimes = nflua_wire_u32(tb[NFLUA_A_RUNTIMES]);
	state->calls = nflua_wire_u64(tb[NFLUA_A_CALLS]);
	state->matches = nflua_wire_u64(tb[NFLUA_A_MATCHES]);
	state->errors = nflua_wire_u64(tb[NFLUA_A_ERRORS]);
	state->time_ns = nflua_wire_u64(tb[NFLUA_A_TIME_NS]);
	state->age_ns = nflua_wire_u64(tb[NFLUA_A_AGE_NS]);
	state->on_error = nflua_wire_u32(tb[NFLUA_A_ON_ERROR]);
	state->functions_cut = nflua_wire_u32(tb[NFLUA_A_TRUNCATED]) & NFLUA_TRUNCATED_FUNCTIONS;
	state->keptalloc = nflua_wire_u64(tb[NFLUA_A_KEPTALLOC]);
	state->confirms = tb[NFLUA_A_CONFIRM_MS];
	state->confirm_ms = nflua_wire_u32(tb[NFLUA_A_CONFIRM_MS]);
	err = take_code(tb, state);
	if (!err)
		err = nflua_wire_copy(&state->owner, tb[NFLUA_A_OWNER], NULL);
	if (!err)
		err = nflua_wire_copy(&state->last_error, tb[NFLUA_A_LAST_ERROR], NULL);
	if (!err)
		err = take_functions(nlh, state);
	return err ? err : take_failure(nlh, tb, state);
}
