/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events. */
#ifndef NFLUA_EVENT_H
#define NFLUA_EVENT_H

#include "hook.h"
#include "state.h"

struct nflua_event {
	enum nflua_event_type type;
	uint32_t seq, dropped;
	uint64_t lost;
	struct nflua_state stats;	/* at least the name */
	enum nflua_rollback_reason reason;
	bool has_stats;
	struct nflua_hook_entry hook;
	bool has_hook;
	char *function;			/* owned, or NULL */
	struct nflua_result *result;
	struct nflua_endpoints ends;
	bool has_ends;
	char source[46], destination[46];	/* INET6_ADDRSTRLEN */
};

/** nflua_event_clear - frees everything in an event, which is then zeroed */
void nflua_event_clear(struct nflua_event *event);

#endif
