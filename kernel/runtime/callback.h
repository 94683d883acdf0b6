/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Callbacks: calls of a script's functions without a packet. */
#ifndef NFLUA_CALLBACK_H
#define NFLUA_CALLBACK_H

#include "runtime/call.h"

/**
 * nflua_callback - runs @body, which calls a function of the script
 * @rt: locked by nflua_runtime_lock(); no other call has it
 * @budget: microseconds that it may take
 * @body: as for nflua_call_run(); what it leaves on the stack is dropped
 * @ud: its argument
 * @dry: takes what it sends; NULL: it is really sent
 * @error: empty; filled if the call fails
 *
 * Returns 0 or the negative errno of @error.
 */
int nflua_callback(struct nflua_runtime *rt, u32 budget,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_sink *dry, struct nflua_error *error);

#endif
