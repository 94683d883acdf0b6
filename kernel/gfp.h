/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How memory is allocated. */
#ifndef NFLUA_GFP_H
#define NFLUA_GFP_H

#include <linux/gfp.h>

/*
 * The caller reports a failed allocation. Without __GFP_NOWARN the kernel's log would get
 * a stack trace for each packet. Some functions of the kernel take no flags and may still
 * write to the log: those that look up routes (dst_alloc()), and ip_route_me_harder() and
 * ip6_route_me_harder() if a device needs more headroom (pskb_expand_head()). Only
 * xmit/transmit.c and netfilter/hook_packet.c call them.
 */
#define NFLUA_GFP_ATOMIC	(GFP_ATOMIC | __GFP_NOWARN)

/*
 * For what scripts allocate: a memory cgroup pays, and its limit holds. Where a call may
 * not sleep, that takes GFP_NOWAIT: GFP_ATOMIC goes beyond the limit, and takes from the
 * reserve that drivers need to receive. Where it may sleep, the script gets an error
 * before the kernel kills a process.
 */
#define NFLUA_GFP_SCRIPT_NOWAIT	(GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT)
#define NFLUA_GFP_SCRIPT	\
	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

#endif
