/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How memory is allocated where a call may not sleep. */
#ifndef NFLUA_GFP_H
#define NFLUA_GFP_H

#include <linux/gfp.h>

/*
 * The caller reports a failed allocation. Without __GFP_NOWARN the kernel's log would get
 * a stack trace for each packet. Some functions of the kernel take no flags and may still
 * write to the log: those that look up routes (dst_alloc()), and ip_route_me_harder() and
 * ip6_route_me_harder() if a device needs more headroom (pskb_expand_head()). Only
 * xmit/transmit.c calls them.
 */
#define NFLUA_GFP_ATOMIC	(GFP_ATOMIC | __GFP_NOWARN)

#endif
