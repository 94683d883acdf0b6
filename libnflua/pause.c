// SPDX-License-Identifier: LGPL-2.1-or-later
/* Waiting for something other than an answer, in a way that can be interrupted. */
#include "pause.h"

#include <errno.h>
#include <poll.h>

#include "transact.h"

int nflua_pause(struct nflua_ctx *ctx, int fd, int msecs)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = ctx->fd, .events = POLLIN },
	};
	int n;

	ctx->pausing = true;
	do {
		if (ctx->interrupted)
			n = -EINTR;
		else
			n = poll(p, 2, msecs) < 0 ? -errno : !!p[0].revents;
		/* An earlier call has left messages in the socket. */
		if (n == 0 && p[1].revents && !ctx->interrupted)
			n = nflua_drain(ctx);
	} while (n == 0 && p[1].revents);
	ctx->pausing = false;
	return n;
}
