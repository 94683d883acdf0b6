/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion of names. */
#ifndef NFLUA_COMPLETE_H
#define NFLUA_COMPLETE_H

#include "engine.h"
#include "runtime/buffer.h"

/*
 * Adds the names that can stand at the end of the expression @prefix to @names, as
 * strings. Runs no code of the script. To be called in a body of nflua_call_run().
 */
void nflua_complete(lua_State *L, const char *prefix, struct nflua_buffer *names);

#endif
