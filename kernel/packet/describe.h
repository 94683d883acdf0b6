/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and ports of packets, in messages. */
#ifndef NFLUA_DESCRIBE_H
#define NFLUA_DESCRIBE_H

#include "runtime/call.h"

/*
 * Puts the protocol, addresses and ports of @packet into a message that has room for
 * nflua_describe_size() bytes more. Returns 0 or -EMSGSIZE. Any context.
 */
int nflua_describe(struct sk_buff *skb, const struct nflua_packet *packet);
size_t nflua_describe_size(void);

#endif
