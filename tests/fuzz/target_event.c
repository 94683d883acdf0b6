// SPDX-License-Identifier: GPL-2.0-or-later
/* Events: nflua_wire_event(), and what events say. */
#include <errno.h>

#include "datagram.h"
#include "event.h"
#include "result.h"
#include "wire.h"

#define FAMILY NLMSG_MIN_TYPE

static void look_at(const struct nflua_event *e)
{
	const struct nflua_endpoints *ends = nflua_event_endpoints(e);

	MUST(strlen(nflua_event_state(e)) < NFLUA_NAME_SIZE);
	MUST(!nflua_event_figures(e) != !nflua_event_result(e));
	if (nflua_event_function(e))
		free(just(nflua_event_function(e),
			  strlen(nflua_event_function(e)) + 1));
	if (!ends)
		return;
	MUST(strlen(ends->source) < 46 && strlen(ends->destination) < 46);
	MUST(ends->source_port >= -1 && ends->source_port <= 65535);
	MUST(ends->destination_port >= -1 && ends->destination_port <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh = message(FAMILY, 0, data, size);
	struct nflua_event e = { .result = calloc(1, sizeof(*e.result)) };
	int err = -EPROTO;

	MUST(e.result);
	if (nflua_wire_is_event(nlh, FAMILY))
		err = nflua_wire_event(nlh, &e);
	MUST(err == 0 || err == -EPROTO);
	free(nlh);
	if (!err)
		look_at(&e);
	nflua_event_clear(&e);
	return 0;
}
