/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of packets from a call into the queue. */
#ifndef NFLUA_POST_H
#define NFLUA_POST_H

#include "runtime/call.h"

/*
 * Queues all of @packets for the running call, in this order, or none; a dry run notes them
 * instead. Returns NULL, or why not.
 */
const char *nflua_post(lua_State *L, struct list_head *packets);

#endif
