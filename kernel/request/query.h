/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handlers of requests that are answered at once. */
#ifndef NFLUA_QUERY_H
#define NFLUA_QUERY_H

#include <net/genetlink.h>

int nflua_do_del(struct sk_buff *skb, struct genl_info *info);
int nflua_do_get(struct sk_buff *skb, struct genl_info *info);
int nflua_do_clear(struct sk_buff *skb, struct genl_info *info);
int nflua_do_set(struct sk_buff *skb, struct genl_info *info);
int nflua_do_confirm(struct sk_buff *skb, struct genl_info *info);
int nflua_do_rollback(struct sk_buff *skb, struct genl_info *info);
int nflua_do_interrupt(struct sk_buff *skb, struct genl_info *info);
int nflua_start_dump(struct netlink_callback *cb);
int nflua_dump_states(struct sk_buff *skb, struct netlink_callback *cb);

#endif
