/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handlers of requests about hooks, which are answered at once. */
#ifndef NFLUA_REQUEST_HOOK_H
#define NFLUA_REQUEST_HOOK_H

#include <net/genetlink.h>

int nflua_do_hook_new(struct sk_buff *skb, struct genl_info *info);
int nflua_do_hook_set(struct sk_buff *skb, struct genl_info *info);
int nflua_do_hook_del(struct sk_buff *skb, struct genl_info *info);
int nflua_do_hook_get(struct sk_buff *skb, struct genl_info *info);
int nflua_dump_hooks(struct sk_buff *skb, struct netlink_callback *cb);

#endif
