// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A sink that drops everything, for what outlives a dry run: copies of its packet, and
 * timers that it made.
 */
#include "runtime/call.h"
#include "runtime/sink.h"

static void drop(struct nflua_sink *sink, const void *data, size_t len)
{
}

struct nflua_sink nflua_sink_nowhere = {
	.packet = drop,
	.message = drop,
};
