// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events: freeing one, and reading its fields. */
#include "event.h"

#include <stdlib.h>
#include <string.h>

void nflua_event_clear(struct nflua_event *event)
{
	nflua_state_clear(&event->stats);
	free(event->function);
	nflua_result_free(event->result);
	memset(event, 0, sizeof(*event));
}

NFLUA_PUBLIC enum nflua_event_type
nflua_event_type(const struct nflua_event *event)
{
	return event ? event->type : NFLUA_EVENT_CREATED;
}

NFLUA_PUBLIC enum nflua_rollback_reason
nflua_event_reason(const struct nflua_event *event)
{
	return event ? event->reason : NFLUA_ROLLBACK_REQUEST;
}

NFLUA_PUBLIC const char *nflua_event_state(const struct nflua_event *event)
{
	return event ? event->stats.name : "";
}

NFLUA_PUBLIC uint32_t nflua_event_seq(const struct nflua_event *event)
{
	return event ? event->seq : 0;
}

NFLUA_PUBLIC uint64_t nflua_event_lost(const struct nflua_event *event)
{
	return event ? event->lost : 0;
}

NFLUA_PUBLIC uint32_t nflua_event_dropped(const struct nflua_event *event)
{
	return event ? event->dropped : 0;
}

NFLUA_PUBLIC const struct nflua_state *
nflua_event_figures(const struct nflua_event *event)
{
	return event && event->has_stats ? &event->stats : NULL;
}

NFLUA_PUBLIC const char *nflua_event_function(const struct nflua_event *event)
{
	return event ? event->function : NULL;
}

NFLUA_PUBLIC const struct nflua_result *
nflua_event_result(const struct nflua_event *event)
{
	return event && !event->has_stats ? event->result : NULL;
}

NFLUA_PUBLIC const struct nflua_attachment *
nflua_event_attachment(const struct nflua_event *event)
{
	return event && event->has_hook ? &event->hook.what : NULL;
}

NFLUA_PUBLIC const struct nflua_endpoints *
nflua_event_endpoints(const struct nflua_event *event)
{
	return event && event->has_ends ? &event->ends : NULL;
}
