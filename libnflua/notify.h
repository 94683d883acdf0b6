/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections for messages that answer no request: those of channels and watches. */
#ifndef NFLUA_NOTIFY_H
#define NFLUA_NOTIFY_H

#include "ctx.h"

/* A wait that has begun. */
struct nflua_wait {
	int timeout;		/* ms; 0: do not wait; -1: forever */
	int64_t until;		/* by nflua_clock_ms(), if the timeout is above 0 */
};

int nflua_notify_open(struct nflua_ctx *ctx, struct nflua_ctx **out);
struct nflua_wait nflua_notify_begin(int timeout);
int nflua_notify_read(struct nflua_ctx *conn, uint32_t *group);
int nflua_notify_wait(struct nflua_ctx *conn, const struct nflua_wait *wait,
		      const char *overrun);

#endif
