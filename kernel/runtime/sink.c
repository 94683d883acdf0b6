// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What lives on after a dry run sends to nobody: copies of its packet, and callbacks of
 * timers that it made.
 */
#include "runtime/call.h"

static void drop(struct nflua_sink *sink, const void *data, size_t len)
{
}

struct nflua_sink nflua_sink_nowhere = {
	.packet = drop,
	.message = drop,
};
