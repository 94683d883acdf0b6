/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables as text for people to read. */
#ifndef NFLUA_SHOW_H
#define NFLUA_SHOW_H

#include "engine.h"

/* Returns what nflua_show_table() works with, for kfree(), or NULL. Process context. */
struct nflua_show *nflua_show_new(void);

/*
 * Returns the table at @idx as text of *@len bytes, valid until the next call. Runs no
 * code of the script.
 */
const char *nflua_show_table(lua_State *L, int idx, struct nflua_show *show,
			     size_t *len);

#endif
