/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Acknowledgements and ends of dumps. */
#ifndef NFLUA_ACK_H
#define NFLUA_ACK_H

#include <netlink/netlink.h>
#include <stdbool.h>

/* How a request ended. */
struct nflua_ack {
	int err;		/* 0 or a negative errno */
	char *text;		/* the kernel's message; free() it; NULL: see has_text */
	bool has_text;		/* there was one, even if there was no memory for it */
	int attr;		/* the attribute that was wrong, or -1 */
	bool inconsistent;	/* a dump that raced with a change */
};

void nflua_ack_parse(struct nflua_ack *ack, const struct nlmsghdr *nlh,
		     const struct nlmsghdr *request);
const char *nflua_ack_allowed(const struct nflua_ack *ack);
const char *nflua_attr_name(int attr);

#endif
