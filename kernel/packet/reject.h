/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How packets are rejected: dropped, and their senders told. netfilter/reject.c does it. */
#ifndef NFLUA_PACKET_REJECT_H
#define NFLUA_PACKET_REJECT_H

#include <linux/kconfig.h>
#include <linux/types.h>

#include "lauxlib.h"

struct nflua_call;

#define NFLUA_HAVE_REJECT (IS_REACHABLE(CONFIG_NF_REJECT_IPV4) && \
			   IS_REACHABLE(CONFIG_NF_REJECT_IPV6))

/* How the sender is told. The last ones have the names of nft's icmpx. */
enum nflua_reject {
	NFLUA_REJECT_DEFAULT,	/* by a reset for TCP, else port-unreachable */
	NFLUA_REJECT_TCP_RESET,
	NFLUA_REJECT_NO_ROUTE,
	NFLUA_REJECT_PORT,
	NFLUA_REJECT_HOST,
	NFLUA_REJECT_ADMIN,
};

/**
 * nflua_reject_read - reads how a packet is to be rejected
 * @call: has the packet
 * @text: name of an enum nflua_reject; "" is the first one
 * @len: its length
 * @why: NULL; if this is not possible, becomes why, as a phrase
 *
 * Returns an enum nflua_reject that is not the first one, or -1.
 */
int nflua_reject_read(struct nflua_call *call, const char *text, size_t len,
		      const char **why);

/* packet:reject([kind]) */
int nflua_packet_reject(lua_State *L);

#endif
