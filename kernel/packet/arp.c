// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields of ARP (RFC 826) that asks for addresses of IPv4 on Ethernet. Others have no view of
 * their header.
 */
#include <linux/if_arp.h>
#include <linux/if_ether.h>

#include "packet/address.h"
#include "packet/arp.h"
#include "packet/bytes.h"
#include "packet/dissect.h"
#include "packet/field.h"

/* What comes after the fixed part. */
struct addresses {
	u8 sha[ETH_ALEN];
	u8 spa[4];
	u8 tha[ETH_ALEN];
	u8 tpa[4];
} __packed;

static_assert(sizeof(struct arphdr) + sizeof(struct addresses) == NFLUA_ARP_SIZE);

bool nflua_is_arp(const struct sk_buff *skb, int at)
{
	const struct arphdr *arp;
	struct arphdr buf;

	if (skb->protocol != htons(ETH_P_ARP))
		return false;
	arp = skb_header_pointer(skb, at, sizeof(buf), &buf);
	return arp && arp->ar_hrd == htons(ARPHRD_ETHER) && arp->ar_pro == htons(ETH_P_IP) &&
	       arp->ar_hln == ETH_ALEN && arp->ar_pln == 4;
}

/* Returns the field's address, which is there if a view of the header was made, or NULL. */
static const u8 *find(struct nflua_call *call, const struct nflua_field *field, int size,
		      u8 *buf)
{
	return nflua_bytes(call->frame->skb, nflua_headers(call)->transport + field->at, size,
			   buf);
}

static void push_mac(lua_State *L, struct nflua_call *call, const struct nflua_field *field)
{
	char text[sizeof("00:00:00:00:00:00")];
	u8 buf[ETH_ALEN];
	const u8 *mac = find(call, field, sizeof(buf), buf);

	if (mac)
		snprintf(text, sizeof(text), "%pM", mac);
	lua_pushstring(L, mac ? text : NULL);	/* NULL is nil */
}

static void push_ip(lua_State *L, struct nflua_call *call, const struct nflua_field *field)
{
	char text[NFLUA_ADDRESS_TEXT];
	struct nflua_address a;
	u8 buf[sizeof(__be32)];
	const u8 *ip = find(call, field, sizeof(buf), buf);

	if (ip) {
		a = nflua_address_ipv4(get_unaligned((__be32 *)ip));
		nflua_address_print(&a, text);
	}
	lua_pushstring(L, ip ? text : NULL);
}

#define AT(field)	(sizeof(struct arphdr) + offsetof(struct addresses, field))

const struct nflua_field nflua_arp_fields[] = {
	{ "op", offsetof(struct arphdr, ar_op), 2 },
	{ "sha", AT(sha), .push = push_mac },
	{ "spa", AT(spa), .push = push_ip },
	{ "tha", AT(tha), .push = push_mac },
	{ "tpa", AT(tpa), .push = push_ip },
	{}
};
