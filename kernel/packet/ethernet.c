// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields of frames: IEEE 802.3 and 802.1Q. Only Ethernet and loopback frames have any.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>

#include "packet/dissect.h"
#include "packet/field.h"

/* Returns the header if it has at least @len bytes, or NULL. It lies in one piece. */
static const void *header(struct nflua_call *call, int len)
{
	struct nflua_span span;
	u16 type;

	nflua_span_find(call, NFLUA_VIEW_FRAME, &span);
	if (span.len < len)
		return NULL;
	type = nflua_frame_device(call->frame)->type;
	return type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK ?
	       skb_mac_header(call->frame->skb) : NULL;
}

/* Returns the header if a tag is still in it. Usually a tag is taken out on receipt. */
static const struct vlan_ethhdr *tagged(struct nflua_call *call)
{
	const struct vlan_ethhdr *tag = header(call, VLAN_ETH_HLEN);

	return tag && eth_type_vlan(tag->h_vlan_proto) ? tag : NULL;
}

static int tag_of(struct nflua_call *call)
{
	const struct vlan_ethhdr *tag;

	if (skb_vlan_tag_present(call->frame->skb))
		return skb_vlan_tag_get(call->frame->skb);
	tag = tagged(call);
	return tag ? ntohs(tag->h_vlan_TCI) : -1;
}

static enum nflua_tag get_vlan(struct nflua_call *call, long long *value)
{
	int tag = tag_of(call);

	return tag < 0 ? NFLUA_TAG_NIL : nflua_tag_number(tag & VLAN_VID_MASK, value);
}

static enum nflua_tag get_priority(struct nflua_call *call, long long *value)
{
	int tag = tag_of(call);

	return tag < 0 ? NFLUA_TAG_NIL : nflua_tag_number(tag >> VLAN_PRIO_SHIFT, value);
}

static enum nflua_tag get_type(struct nflua_call *call, long long *value)
{
	const struct vlan_ethhdr *tag = tagged(call);
	const struct ethhdr *eth = header(call, ETH_HLEN);

	if (!eth)
		return NFLUA_TAG_NIL;
	return nflua_tag_number(ntohs(tag ? tag->h_vlan_encapsulated_proto : eth->h_proto),
				value);
}

static void push_bytes(lua_State *L, struct nflua_call *call,
		       const struct nflua_field *field)
{
	const char *eth = header(call, ETH_HLEN);

	if (eth)
		lua_pushlstring(L, eth + field->at, ETH_ALEN);
	else
		lua_pushnil(L);
}

static void push_text(lua_State *L, struct nflua_call *call,
		      const struct nflua_field *field)
{
	const u8 *eth = header(call, ETH_HLEN);
	char text[sizeof("00:00:00:00:00:00")];

	if (eth) {
		snprintf(text, sizeof(text), "%pM", eth + field->at);
		lua_pushstring(L, text);
	} else {
		lua_pushnil(L);
	}
}

#define SOURCE		offsetof(struct ethhdr, h_source)
#define DESTINATION	offsetof(struct ethhdr, h_dest)

const struct nflua_field nflua_frame_fields[] = {
	{ "daddr", DESTINATION, .push = push_bytes },
	{ "dst", DESTINATION, .push = push_text },
	{ "priority", .get = get_priority },
	{ "saddr", SOURCE, .push = push_bytes },
	{ "src", SOURCE, .push = push_text },
	{ "type", .get = get_type },
	{ "vlan", .get = get_vlan },
	{}
};
