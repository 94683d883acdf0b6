/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripts can call. */
#ifndef NFLUA_LIB_H
#define NFLUA_LIB_H

#include "engine.h"

struct nflua_packet;

/* Opens all libraries of the module in a universe. May raise a memory error. */
void nflua_lib_open(lua_State *L);

/* Returns the packet of the call. Raises an error if there is none. */
struct nflua_packet *nflua_check_packet(lua_State *L);

/* Pushes what a function that fails returns: nil and @why. Returns 2. */
int nflua_push_failure(lua_State *L, const char *why);

/* Each adds its functions to the table "nf" on top of the stack. */
void nflua_conntrack_open(lua_State *L);
void nflua_copy_open(lua_State *L);
void nflua_message_open(lua_State *L);
void nflua_reply_open(lua_State *L);

#endif
