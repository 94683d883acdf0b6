/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict "reject": the packet is dropped, and its sender is told. */
#ifndef NFLUA_REJECT_H
#define NFLUA_REJECT_H

#include <linux/types.h>

struct nf_hook_state;
struct nflua_call;
struct sk_buff;

/* How the sender is told. The last ones have the names of nft's icmpx. */
enum nflua_reject {
	NFLUA_REJECT_DEFAULT,	/* by a reset for TCP, else port-unreachable */
	NFLUA_REJECT_TCP_RESET,
	NFLUA_REJECT_NO_ROUTE,
	NFLUA_REJECT_PORT,
	NFLUA_REJECT_HOST,
	NFLUA_REJECT_ADMIN,
};

/*
 * Reads "reject" or "reject:KIND", of @len bytes. Returns an enum nflua_reject, or -1 for
 * other texts, and for what cannot be done with the packet of @call at its hook.
 */
int nflua_reject_read(struct nflua_call *call, const char *text, size_t len);

/**
 * nflua_reject_send - tells the sender of a packet that it is dropped
 * @kind: was returned by nflua_reject_read() for this packet
 * @hook: as netfilter says it
 *
 * The answer goes through the hooks of output at once, unless the packet is below IP. So
 * no runtime may be locked.
 */
void nflua_reject_send(enum nflua_reject kind, struct sk_buff *skb,
		       const struct nf_hook_state *hook);

#endif
