// SPDX-License-Identifier: GPL-2.0-or-later
/* print(): its output goes to the request that runs the code, else into an event. */
#include <linux/nflua.h>

#include "runtime/runtime.h"

void nflua_output(lua_State *L, const char *text, size_t len)
{
	struct nflua_runtime *rt = nflua_runtime(L);
	struct nflua_buffer *out = rt->call->output;
	size_t room;

	if (!out) {
		if (!rt->call->dry)
			nflua_runtime_ops->printed(rt, text, len);
		return;
	}
	room = NFLUA_OUTPUT_MAX - out->len;
	if (len > room)
		out->truncated = true;
	if (!nflua_buffer_append(out, text, min(len, room), nflua_runtime_gfp(rt)))
		out->truncated = true;
}
