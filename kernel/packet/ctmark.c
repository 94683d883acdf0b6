// SPDX-License-Identifier: GPL-2.0-or-later
/* The mark of a packet's connection. */
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_ecache.h>

#include "packet/ctmark.h"
#include "packet/field.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)

/* Returns the connection of the packet, or NULL. */
static struct nf_conn *connection(const struct nflua_call *call)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(call->packet->skb, &info);

	return ct && !nf_ct_is_template(ct) ? ct : NULL;
}

enum nflua_tag nflua_get_ctmark(struct nflua_call *call, long long *value)
{
	const struct nf_conn *ct = connection(call);

	return ct ? nflua_tag_number(READ_ONCE(ct->mark), value) : NFLUA_TAG_NIL;
}

/* Other packets of the connection may set it at the same time; the last one wins. */
const char *nflua_set_ctmark(struct nflua_call *call, u32 value)
{
	struct nf_conn *ct = connection(call);

	if (!ct)
		return "the packet has no connection";
	if (READ_ONCE(ct->mark) != value) {
		WRITE_ONCE(ct->mark, value);
		nf_conntrack_event_cache(IPCT_MARK, ct);
	}
	return NULL;
}

#else

enum nflua_tag nflua_get_ctmark(struct nflua_call *call, long long *value)
{
	return NFLUA_TAG_NIL;
}

const char *nflua_set_ctmark(struct nflua_call *call, u32 value)
{
	return "this kernel has no marks of connections";
}

#endif
