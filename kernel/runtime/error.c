// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of an error, and how it gets into messages. */
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "runtime/error.h"

void nflua_error_clear(struct nflua_error *error)
{
	kfree(error->text);
	kfree(error->traceback);
	memset(error, 0, sizeof(*error));
}

int nflua_error_errno(const struct nflua_error *error)
{
	static const int errnos[] = {
		[NFLUA_ERROR_NONE] = 0,
		[NFLUA_ERROR_SYNTAX] = -ENOEXEC,
		[NFLUA_ERROR_INCOMPLETE] = -ENOEXEC,
		[NFLUA_ERROR_RUNTIME] = -ECANCELED,
		[NFLUA_ERROR_MEMORY] = -ENOMEM,
		[NFLUA_ERROR_BUDGET] = -ETIME,
		[NFLUA_ERROR_INTERRUPTED] = -EINTR,
	};

	return errnos[error->kind];
}

size_t nflua_error_size(const struct nflua_error *error)
{
	size_t size = 2 * nla_total_size(sizeof(u32));

	if (error->text)
		size += nla_total_size(strlen(error->text) + 1);
	if (error->traceback)
		size += nla_total_size(strlen(error->traceback) + 1);
	return size;
}

int nflua_error_fill(struct sk_buff *skb, const struct nflua_error *error)
{
	if (error->kind == NFLUA_ERROR_NONE)
		return 0;
	if (nla_put_u32(skb, NFLUA_A_ERROR_KIND, error->kind))
		return -EMSGSIZE;
	if (error->text && nla_put_string(skb, NFLUA_A_ERROR_TEXT, error->text))
		return -EMSGSIZE;
	if (error->traceback &&
	    nla_put_string(skb, NFLUA_A_TRACEBACK, error->traceback))
		return -EMSGSIZE;
	return 0;
}
