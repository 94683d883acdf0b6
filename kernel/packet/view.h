/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views: what a script has of a packet. */
#ifndef NFLUA_VIEW_H
#define NFLUA_VIEW_H

#include "runtime/runtime.h"

/* A view is its kind, and the serial number of its packet; 0: any packet. */
static inline enum nflua_view_kind nflua_view_kind(unsigned long view)
{
	return view & 0xff;
}

/*
 * Returns whether the call has the packet that @view shows. A view without a number may be
 * one of IP, and the packet not, or the other way round; the fields of _OTHER are safe.
 */
static inline bool nflua_view_is_there(const struct nflua_call *call,
				       unsigned long view)
{
	return (likely(call->packet) ||
		(call->frame && nflua_view_kind(view) != NFLUA_VIEW_PACKET)) &&
	       (view >> 8 == 0 || view >> 8 == call->runtime->host.serial);
}

struct nflua_call *nflua_view_call(lua_State *L, unsigned long view);

/* Returns the call that has the packet whose view is argument 1, or raises an error. */
struct nflua_call *nflua_check_packet_view(lua_State *L);
void nflua_view_open(lua_State *L);	/* into a universe that is being made */

#endif
