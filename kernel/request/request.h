/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What user space asks of the module, over the netlink family. */
#ifndef NFLUA_REQUEST_H
#define NFLUA_REQUEST_H

#include <net/genetlink.h>

/* Registers the family with its commands: requests may come before this returns. */
int nflua_requests_init(void);

/*
 * check.c: these return 0, or a negative errno with a message in the extended
 * acknowledgement. nflua_check_named() is for requests that must name a state.
 * nflua_check_sender() and nflua_check_dump(), for one that lists all states, are called
 * in the dump itself, as the message of a start callback reaches nobody on 6.1.
 */
int nflua_check_request(struct sk_buff *skb, struct genl_info *info);
int nflua_check_named(struct sk_buff *skb, struct genl_info *info);
int nflua_check_sender(struct netlink_callback *cb);
int nflua_check_dump(struct netlink_callback *cb);

/* query.c: handlers of requests that are answered at once */
int nflua_do_del(struct sk_buff *skb, struct genl_info *info);
int nflua_do_get(struct sk_buff *skb, struct genl_info *info);
int nflua_do_clear(struct sk_buff *skb, struct genl_info *info);
int nflua_do_set(struct sk_buff *skb, struct genl_info *info);
int nflua_do_confirm(struct sk_buff *skb, struct genl_info *info);
int nflua_do_rollback(struct sk_buff *skb, struct genl_info *info);
int nflua_do_interrupt(struct sk_buff *skb, struct genl_info *info);
int nflua_start_dump(struct netlink_callback *cb);
int nflua_dump_states(struct sk_buff *skb, struct netlink_callback *cb);

/* hook.c: handlers of requests about hooks, which are answered at once */
int nflua_do_hook_new(struct sk_buff *skb, struct genl_info *info);
int nflua_do_hook_set(struct sk_buff *skb, struct genl_info *info);
int nflua_do_hook_del(struct sk_buff *skb, struct genl_info *info);
int nflua_do_hook_get(struct sk_buff *skb, struct genl_info *info);
int nflua_dump_hooks(struct sk_buff *skb, struct netlink_callback *cb);

/* request.c: handlers of requests that run Lua, which are jobs */
int nflua_do_msg(struct sk_buff *skb, struct genl_info *info);
int nflua_do_new(struct sk_buff *skb, struct genl_info *info);
int nflua_do_exec(struct sk_buff *skb, struct genl_info *info);
int nflua_do_data(struct sk_buff *skb, struct genl_info *info);
int nflua_do_complete(struct sk_buff *skb, struct genl_info *info);
int nflua_do_run(struct sk_buff *skb, struct genl_info *info);

#endif
