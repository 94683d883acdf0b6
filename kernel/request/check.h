/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every request is checked for. */
#ifndef NFLUA_CHECK_H
#define NFLUA_CHECK_H

#include <net/genetlink.h>

/*
 * These return 0, or a negative errno with a message in the extended
 * acknowledgement. nflua_check_named() is for requests that must name a state.
 * nflua_check_sender() and nflua_check_dump(), for one that lists all states, are called
 * in the dump itself, as the message of a start callback reaches nobody on 6.1.
 */
int nflua_check_request(struct sk_buff *skb, struct genl_info *info);
int nflua_check_named(struct sk_buff *skb, struct genl_info *info);
int nflua_check_sender(struct netlink_callback *cb);
int nflua_check_dump(struct netlink_callback *cb);

#endif
