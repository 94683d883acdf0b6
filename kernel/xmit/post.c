// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a script's packets go: to be sent, or to the dry run that it is in. */
#include "runtime/runtime.h"
#include "xmit/parcel.h"
#include "xmit/queue.h"

const char *nflua_post(lua_State *L, struct list_head *parcels)
{
	struct nflua_call *call = nflua_call_of(L);
	struct nflua_parcel *parcel =
		list_first_entry(parcels, struct nflua_parcel, list);
	LIST_HEAD(kept);

	if (!call->dry && !parcel->dry)
		return nflua_outbox_put(call->runtime->state, parcels, !call->packet);
	list_for_each_entry(parcel, parcels, list)
		if (call->dry)
			call->dry->packet(call->dry, skb_network_header(parcel->skb),
					  parcel->skb->len);
	list_splice_init(parcels, &kept);
	nflua_parcels_free(&kept);
	return NULL;
}
