/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for something other than an answer, in a way that can be interrupted. */
#ifndef NFLUA_PAUSE_H
#define NFLUA_PAUSE_H

#include "ctx.h"

/**
 * nflua_pause - waits until a descriptor can be read
 * @fd: -1 to wait only for the time to pass
 * @msecs: at most this long; -1: forever
 *
 * Returns 1 if @fd can be read, 0 when the time is up, or -EINTR after a signal or
 * nflua_interrupt(), even if that was called just before the wait. nflua_interrupt() ends
 * the wait by making the kernel send a message.
 */
int nflua_pause(struct nflua_ctx *ctx, int fd, int msecs);

#endif
