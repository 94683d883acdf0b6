// SPDX-License-Identifier: LGPL-2.1-or-later
/* Interrupts: another thread or a signal handler stops what a context waits for. */
#include "interrupt.h"

#include <errno.h>
#include <sys/socket.h>

void nflua_interrupt_prepare(struct nflua_ctx *ctx)
{
	ctx->interrupt.nlh.nlmsg_len = sizeof(ctx->interrupt);
	ctx->interrupt.nlh.nlmsg_type = ctx->family;
	ctx->interrupt.nlh.nlmsg_flags = NLM_F_REQUEST;
	ctx->interrupt.genl.cmd = NFLUA_CMD_INTERRUPT;
	ctx->interrupt.genl.version = NFLUA_GENL_VERSION;
}

void nflua_interrupt_begin(struct nflua_ctx *ctx)
{
	if (!ctx->keep_interrupt)
		ctx->interrupted = 0;
}

NFLUA_PUBLIC void nflua_keep_interrupt(struct nflua_ctx *ctx, bool keep)
{
	if (!ctx)
		return;
	ctx->keep_interrupt = keep;
	ctx->interrupted = 0;
}

NFLUA_PUBLIC void nflua_interrupt(struct nflua_ctx *ctx)
{
	int saved = errno;

	if (!ctx || ctx->fd < 0)
		return;
	/* A request that is just beginning checks this after it was sent. */
	ctx->interrupted = 1;
	/* No request has the number of the answer, 0, so it is ignored. */
	if (ctx->busy || ctx->pausing)
		(void)!send(ctx->fd, &ctx->interrupt, sizeof(ctx->interrupt),
			    MSG_DONTWAIT);
	errno = saved;
}
