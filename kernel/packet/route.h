/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source routes. */
#ifndef NFLUA_ROUTE_H
#define NFLUA_ROUTE_H

#include <linux/skbuff.h>

/* Returns whether a source route has hops left. The header of IPv4 is in one piece. */
bool nflua_has_source_route(const struct sk_buff *skb, bool is_ipv6);

#endif
