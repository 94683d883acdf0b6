/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages for the targets that read them. */
#ifndef NFLUA_FUZZ_DATAGRAM_H
#define NFLUA_FUZZ_DATAGRAM_H

#include <linux/netlink.h>

#include "target.h"

/* A message of that payload, as a socket gives it; free() it. */
static inline struct nlmsghdr *message(int type, int flags, const void *data,
				       size_t size)
{
	struct nlmsghdr *nlh = malloc(NLMSG_HDRLEN + size);

	MUST(nlh);
	memset(nlh, 0, NLMSG_HDRLEN);
	nlh->nlmsg_len = NLMSG_HDRLEN + size;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	if (size)
		memcpy(nlh + 1, data, size);
	return nlh;
}

#endif
