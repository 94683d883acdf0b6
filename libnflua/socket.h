/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The socket of a context. Nothing else sends or receives, except nflua_interrupt().
 * Functions that fail return a negative errno with its message in the context.
 */
#ifndef NFLUA_SOCKET_H
#define NFLUA_SOCKET_H

#include "ctx.h"

int nflua_socket_open(struct nflua_ctx *ctx, const char *netns);
int nflua_socket_clone(struct nflua_ctx *ctx, const struct nflua_ctx *other);
void nflua_socket_close(struct nflua_ctx *ctx);
uint32_t nflua_socket_port(const struct nflua_ctx *ctx);
size_t nflua_socket_rcvbuf(const struct nflua_ctx *ctx);
int nflua_socket_set_rcvbuf(struct nflua_ctx *ctx, size_t bytes);
int nflua_socket_join(struct nflua_ctx *ctx, uint32_t group);
int nflua_socket_leave(struct nflua_ctx *ctx, uint32_t group);
int nflua_socket_unloaded(struct nflua_ctx *ctx);
int nflua_socket_wait(struct nflua_ctx *ctx, int msecs);
int nflua_socket_send(struct nflua_ctx *ctx, const struct nlmsghdr *nlh);
ssize_t nflua_socket_receive(struct nflua_ctx *ctx, int flags, uint32_t *group);

#endif
