/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Search in the bytes of views. */
#ifndef NFLUA_FIND_H
#define NFLUA_FIND_H

#include "lua.h"

struct nflua_span;

/* Returns where @text, of @len bytes (not 0), is from @at on, or -1. */
int nflua_view_find(lua_State *L, const struct nflua_span *span, int at,
		    const char *text, int len);

#endif
