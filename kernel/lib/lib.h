/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scripts can call. */
#ifndef NFLUA_LIB_H
#define NFLUA_LIB_H

#include "engine.h"

struct nflua_packet;

/* Opens all libraries of the module in a universe. Raises errors of memory. */
void nflua_lib_open(lua_State *L);

/* Returns the packet of the call; raises an error where there is none. */
struct nflua_packet *nflua_check_packet(lua_State *L);

/* Pushes nil and @why, which is what a function returns that fails. Returns 2. */
int nflua_push_failure(lua_State *L, const char *why);

/* Each adds its functions to the table "nf" on top of the stack. */
void nflua_conntrack_open(lua_State *L);
void nflua_copy_open(lua_State *L);
void nflua_message_open(lua_State *L);
void nflua_reply_open(lua_State *L);

#endif
