// SPDX-License-Identifier: LGPL-2.1-or-later
/* The message of the last failure. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int nflua_fail(struct nflua_ctx *ctx, int err, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	free(ctx->errmsg);
	ctx->errmsg = text;
	ctx->errmsg_static = "not enough memory";
	return err;
}

int nflua_fail_nomem(struct nflua_ctx *ctx)
{
	return nflua_fail(ctx, -ENOMEM, "not enough memory");
}

NFLUA_PUBLIC const char *nflua_errmsg(const struct nflua_ctx *ctx)
{
	if (!ctx)
		return "ctx is NULL";
	return ctx->errmsg ? ctx->errmsg : ctx->errmsg_static;
}
