/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where on its way through the kernel a call's packet is. */
#ifndef NFLUA_PLACE_H
#define NFLUA_PLACE_H

#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_bridge.h>

/*
 * nf_hook_state.hook of a call's packet is one of enum nf_inet_hooks, or one of these; pf
 * is NFPROTO_IPV4 or NFPROTO_IPV6, or NFPROTO_UNSPEC for what is no IP.
 */
#define NFLUA_HOOK_INGRESS	NF_INET_INGRESS
#define NFLUA_HOOK_EGRESS	(NF_INET_INGRESS + 1)
#define NFLUA_HOOK_BRIDGE	(NF_INET_INGRESS + 2)	/* plus enum nf_br_hooks */
#define NFLUA_HOOK_ARP		(NFLUA_HOOK_BRIDGE + NF_BR_POST_ROUTING + 1)	/* plus NF_ARP_* */
#define NFLUA_HOOKS		(NFLUA_HOOK_ARP + NF_ARP_OUT + 1)

#endif
