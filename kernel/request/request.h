/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handlers of requests that run Lua, which are jobs. */
#ifndef NFLUA_REQUEST_H
#define NFLUA_REQUEST_H

#include <net/genetlink.h>

int nflua_do_msg(struct sk_buff *skb, struct genl_info *info);
int nflua_do_new(struct sk_buff *skb, struct genl_info *info);
int nflua_do_exec(struct sk_buff *skb, struct genl_info *info);
int nflua_do_data(struct sk_buff *skb, struct genl_info *info);
int nflua_do_complete(struct sk_buff *skb, struct genl_info *info);
int nflua_do_run(struct sk_buff *skb, struct genl_info *info);

#endif
