/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and their answers, among everything else that arrives on the socket. */
#ifndef NFLUA_TRANSACT_H
#define NFLUA_TRANSACT_H

#include "ctx.h"

/*
 * Called with each message of an answer. Returns 0 or a negative errno, which becomes
 * that of the request unless the module reports one.
 */
typedef int (*nflua_answer_fn)(struct nlmsghdr *nlh, void *ud);

int nflua_drain(struct nflua_ctx *ctx);
int nflua_transact(struct nflua_ctx *ctx, struct nl_msg *msg,
		   nflua_answer_fn answer, void *ud);

#endif
