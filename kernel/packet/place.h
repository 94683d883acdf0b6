/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where on its way through the kernel a call's packet is. */
#ifndef NFLUA_PLACE_H
#define NFLUA_PLACE_H

#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>

/*
 * nf_hook_state.hook of a call's packet is one of enum nf_inet_hooks, or one of these; pf
 * is NFPROTO_IPV4 or NFPROTO_IPV6 in any case.
 */
#define NFLUA_HOOK_INGRESS	NF_INET_INGRESS
#define NFLUA_HOOK_EGRESS	(NF_INET_INGRESS + 1)
#define NFLUA_HOOK_BRIDGE	(NF_INET_INGRESS + 2)	/* plus enum nf_br_hooks */
#define NFLUA_HOOKS		(NFLUA_HOOK_BRIDGE + NF_BR_POST_ROUTING + 1)

#endif
