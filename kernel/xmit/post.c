// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a script's packets go: to a transmit queue, or to the dry run. */
#include "runtime/runtime.h"
#include "runtime/sink.h"
#include "xmit/post.h"
#include "xmit/queue.h"
#include "xmit/xmit.h"

const char *nflua_post(lua_State *L, struct list_head *packets)
{
	struct nflua_call *call = nflua_call_of(L);
	struct nflua_xmit *xmit =
		list_first_entry(packets, struct nflua_xmit, list);
	LIST_HEAD(kept);

	if (!call->dry && !xmit->dry)
		return nflua_tx_put(call->runtime->state, packets, !call->frame);
	list_for_each_entry(xmit, packets, list)
		if (call->dry)
			call->dry->packet(call->dry, skb_network_header(xmit->skb),
					  xmit->skb->len);
	list_splice_init(packets, &kept);
	nflua_xmit_free_all(&kept);
	return NULL;
}
