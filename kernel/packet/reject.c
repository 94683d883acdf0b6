// SPDX-License-Identifier: GPL-2.0-or-later
/* How packets are rejected; see reject.h. */
#include <linux/bitfield.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "packet/dissect.h"
#include "packet/place.h"
#include "packet/reject.h"
#include "packet/view.h"
#include "runtime/runtime.h"

static const char *const kinds[] = {
	[NFLUA_REJECT_DEFAULT] = "",
	[NFLUA_REJECT_TCP_RESET] = "tcp-reset",
	[NFLUA_REJECT_NO_ROUTE] = "no-route",
	[NFLUA_REJECT_PORT] = "port-unreachable",
	[NFLUA_REJECT_HOST] = "host-unreachable",
	[NFLUA_REJECT_ADMIN] = "admin-prohibited",
};

/*
 * Returns whether there is a way back to the sender. In input of a bridge, a packet may have
 * a tag that the bridge gave it, and only the bridge knows whether its sender understands it.
 */
static bool has_way_back(const struct sk_buff *skb, const struct nf_hook_state *hook)
{
	switch (hook->hook) {
	case NF_INET_PRE_ROUTING:
	case NF_INET_LOCAL_IN:
	case NF_INET_FORWARD:
	case NF_INET_LOCAL_OUT:
		return true;
	case NFLUA_HOOK_INGRESS:
	case NFLUA_HOOK_BRIDGE + NF_BR_PRE_ROUTING:
		return hook->in->type == ARPHRD_ETHER;
	case NFLUA_HOOK_BRIDGE + NF_BR_LOCAL_IN:
		return hook->in->type == ARPHRD_ETHER && !skb_vlan_tag_present(skb);
	default:
		return false;
	}
}

static int kind_of(const char *text, size_t len)
{
	int kind;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		if (len == strlen(kinds[kind]) && memcmp(text, kinds[kind], len) == 0)
			return kind;
	return -1;
}

int nflua_reject_read(struct nflua_call *call, const char *text, size_t len,
		      const char **why)
{
	int kind = kind_of(text, len);
	bool is_tcp;

	if (!NFLUA_HAVE_REJECT)
		*why = "this kernel cannot reject packets";
	else if (kind < 0)
		*why = "there is no such kind";
	else if (!call->packet || !has_way_back(call->packet->skb, call->packet->hook))
		*why = "from here there is no way back to the sender";
	if (*why)
		return -1;
	is_tcp = nflua_headers(call)->kind == NFLUA_VIEW_TCP;
	if (kind == NFLUA_REJECT_DEFAULT)
		return is_tcp ? NFLUA_REJECT_TCP_RESET : NFLUA_REJECT_PORT;
	if (kind != NFLUA_REJECT_TCP_RESET || is_tcp)
		return kind;
	*why = "a reset is for TCP";
	return -1;
}

int nflua_packet_reject(lua_State *L)
{
	struct nflua_call *call = nflua_check_packet_view(L);
	const char *text, *why = NULL;
	size_t len;
	int kind;

	text = luaL_optlstring(L, 2, "", &len);
	if (call->frame->is_const)
		luaL_error(L, "a match cannot reject the packet: use -j LUA or a hook");
	kind = nflua_reject_read(call, text, len, &why);
	if (why)
		luaL_error(L, "cannot reject the packet: %s", why);
	call->packet->effects &= ~NFLUA_EFFECT_REJECT;
	call->packet->effects |= FIELD_PREP(NFLUA_EFFECT_REJECT, kind);
	return 0;
}
