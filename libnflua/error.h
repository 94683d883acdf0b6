/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The message of the last failure. */
#ifndef NFLUA_ERROR_H
#define NFLUA_ERROR_H

#include "ctx.h"

/** nflua_fail - sets the message of a failure. Returns @err. */
int nflua_fail(struct nflua_ctx *ctx, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** nflua_fail_nomem - nflua_fail() with -ENOMEM. Returns that. */
int nflua_fail_nomem(struct nflua_ctx *ctx);

#endif
