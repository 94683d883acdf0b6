/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contexts: a connection to the module, and its last error. */
#ifndef NFLUA_CTX_H
#define NFLUA_CTX_H

#include <linux/nflua.h>
#include <netlink/netlink.h>
#include <stdatomic.h>

#include "internal.h"

/* Indexes of the multicast groups: first those for messages, then that of events. */
#define NFLUA_EVENTS_GROUP NFLUA_DATA_GROUPS
#define NFLUA_GROUP_IDS (NFLUA_EVENTS_GROUP + 1)

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler uses them");

struct nflua_ctx {
	struct nl_sock *sock;
	char *received;			/* the last datagram */
	size_t sndbuf;			/* requested size of the send buffer */
	int family;
	unsigned int version;		/* of the family */
	uint32_t groups[NFLUA_GROUP_IDS];	/* ids; 0: not there */
	uint32_t seq;			/* of the last request */
	char *module_version;		/* NULL: it has none */
	char *errmsg;			/* NULL: see errmsg_static */
	const char *errmsg_static;
	bool overrun;			/* the kernel dropped messages for it */
	bool unloaded;			/* the module was unloaded since it was opened */

	/* Takes messages of scripts that arrive before an answer; may be NULL. */
	void (*stray)(struct nlmsghdr *nlh, uint32_t group, void *ud);
	void *stray_ud;

	/* For nflua_interrupt(), which may run in a signal handler or another thread. */
	atomic_int busy;		/* a request is running */
	atomic_int pausing;		/* in nflua_pause() */
	atomic_int interrupted;
	bool keep_interrupt;		/* interrupts apply to later calls, too */
	atomic_int fd;			/* -1: not connected */
	struct {
		struct nlmsghdr nlh;
		struct {
			uint8_t cmd;
			uint8_t version;
			uint16_t reserved;
		} genl;
	} interrupt;
};

/**
 * nflua_ctx_clone - opens another connection in the namespace of @ctx
 * @out: nflua_close() it, on failure as well; NULL if there was no memory for it
 *
 * Returns 0, or a negative errno with its message in @ctx.
 */
int nflua_ctx_clone(struct nflua_ctx *ctx, struct nflua_ctx **out);

#endif
