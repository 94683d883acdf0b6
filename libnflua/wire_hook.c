// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the module says of a hook. */
#include "wire.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "hook.h"

static const int protos[] = {
	[NFLUA_FAMILY_INET] = NFPROTO_INET,
	[NFLUA_FAMILY_IP] = NFPROTO_IPV4,
	[NFLUA_FAMILY_IP6] = NFPROTO_IPV6,
	[NFLUA_FAMILY_NETDEV] = NFPROTO_NETDEV,
	[NFLUA_FAMILY_BRIDGE] = NFPROTO_BRIDGE,
	[NFLUA_FAMILY_ARP] = NFPROTO_ARP,
};

#define FAMILIES (sizeof(protos) / sizeof(protos[0]))

/* Returns the module's number of a family, or -1. */
int nflua_wire_family_number(enum nflua_family family)
{
	return (size_t)family < FAMILIES ? protos[family] : -1;
}

/* Returns the module's number of a hook, or -1 if the family does not have it. */
int nflua_wire_hook_number(enum nflua_family family, enum nflua_hook hook)
{
	if (family == NFLUA_FAMILY_ARP)
		return hook == NFLUA_HOOK_INPUT	 ? NF_ARP_IN :
		       hook == NFLUA_HOOK_OUTPUT ? NF_ARP_OUT : -1;
	switch (hook) {
	case NFLUA_HOOK_INGRESS:
		if (family == NFLUA_FAMILY_INET)
			return NF_INET_INGRESS;
		return family == NFLUA_FAMILY_NETDEV ? NF_NETDEV_INGRESS : -1;
	case NFLUA_HOOK_EGRESS:
		return family == NFLUA_FAMILY_NETDEV ? NF_NETDEV_EGRESS : -1;
	default:
		return family != NFLUA_FAMILY_NETDEV && hook <= NFLUA_HOOK_POSTROUTING ?
		       (int)hook : -1;
	}
}

static int take_hook(const struct nlattr *attr, enum nflua_family family,
		     enum nflua_hook *hook)
{
	int i, number = nflua_wire_u32(attr);

	for (i = 0; i <= NFLUA_HOOK_EGRESS; i++)
		if (nflua_wire_hook_number(family, i) == number) {
			*hook = i;
			return 0;
		}
	return -EPROTO;
}

static int take_family(const struct nlattr *attr, enum nflua_family *family)
{
	size_t i;

	for (i = 0; attr && i < FAMILIES; i++)
		if (nflua_wire_u32(attr) == (uint32_t)protos[i]) {
			*family = i;
			return 0;
		}
	return -EPROTO;
}

static int take_text(char *to, size_t size, struct nlattr *attr)
{
	if (!attr)
		return 0;
	if ((size_t)nla_len(attr) > size)
		return -EPROTO;
	memcpy(to, nla_data(attr), nla_len(attr));
	return 0;
}

static int take_frames(uint16_t frames[NFLUA_FRAMES_MAX], const struct nlattr *attr)
{
	if (!attr)
		return 0;
	if ((size_t)nla_len(attr) > NFLUA_FRAMES_MAX * sizeof(*frames))
		return -EPROTO;
	memcpy(frames, nla_data(attr), nla_len(attr));
	return 0;
}

static enum nflua_hook_error take_on_error(const struct nlattr *attr)
{
	if (!attr)
		return NFLUA_HOOK_ERROR_STATE;
	return nflua_wire_u32(attr) == NFLUA_ON_ERROR_DROP ? NFLUA_HOOK_ERROR_DROP :
							    NFLUA_HOOK_ERROR_ACCEPT;
}

/**
 * nflua_wire_hook - reads what the module says of a hook
 * @entry: zeroed
 *
 * Returns 0 or -EPROTO.
 */
int nflua_wire_hook(struct nlmsghdr *nlh, struct nflua_hook_entry *entry)
{
	struct nflua_attachment *what = &entry->what;
	struct nlattr *tb[NFLUA_A_MAX + 1];

	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_NAME] || !tb[NFLUA_A_FUNCTION] ||
	    take_family(tb[NFLUA_A_FAMILY], &what->family) ||
	    take_hook(tb[NFLUA_A_HOOK], what->family, &what->hook))
		return -EPROTO;
	what->id = nflua_wire_u32(tb[NFLUA_A_HOOK_ID]);
	what->priority = (int32_t)nflua_wire_u32(tb[NFLUA_A_PRIORITY]);
	what->mark = nflua_wire_u32(tb[NFLUA_A_MARK]);
	what->mark_mask = nflua_wire_u32(tb[NFLUA_A_MARK_MASK]);
	what->protocol = tb[NFLUA_A_PROTOCOL] ? nla_get_u8(tb[NFLUA_A_PROTOCOL]) : 0;
	what->on_error = take_on_error(tb[NFLUA_A_ON_ERROR]);
	what->waits = tb[NFLUA_A_WAITS];
	if (take_frames(what->frames, tb[NFLUA_A_FRAME_TYPES]) ||
	    take_text(entry->state, sizeof(entry->state), tb[NFLUA_A_NAME]) ||
	    take_text(entry->function, sizeof(entry->function), tb[NFLUA_A_FUNCTION]) ||
	    take_text(entry->iif, sizeof(entry->iif), tb[NFLUA_A_IIF]) ||
	    take_text(entry->oif, sizeof(entry->oif), tb[NFLUA_A_OIF]) ||
	    take_text(entry->owner, sizeof(entry->owner), tb[NFLUA_A_OWNER]))
		return -EPROTO;
	return 0;
}

const struct nflua_attachment *nflua_hook_of(struct nflua_hook_entry *entry)
{
	struct nflua_attachment *what = &entry->what;

	what->state = entry->state;
	what->function = entry->function;
	what->iif = *entry->iif ? entry->iif : NULL;
	what->oif = *entry->oif ? entry->oif : NULL;
	what->owner = *entry->owner ? entry->owner : NULL;
	return what;
}
