/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generic netlink family: its messages and multicast groups, but no command. */
#ifndef NFLUA_GENL_H
#define NFLUA_GENL_H

#include <linux/nflua.h>
#include <net/genetlink.h>

/*
 * Registers the family with these commands. Returns 0 or a negative errno. Requests may
 * come before it returns.
 */
int nflua_genl_init(const struct genl_ops *ops, unsigned int n_ops);
void nflua_genl_exit(void);

/* Returns whether the module's parameters allow requests and rules in @net. */
bool nflua_userns_allowed(const struct net *net);

/* Returns a new message with its headers, for nlmsg_end(), or NULL without memory. */
struct sk_buff *nflua_genl_new(enum nflua_cmd cmd, size_t size, u32 portid,
			       u32 seq, gfp_t gfp);

/* Puts headers into the message of a dump. Returns them, or NULL if there is no room. */
void *nflua_genl_put(struct sk_buff *skb, const struct netlink_callback *cb,
		     enum nflua_cmd cmd);

/*
 * The functions with "listened" return whether anyone on this machine listens to events,
 * or to a data group. The others send @skb there and free it, with BHs off. They return
 * 0 or a negative errno; -ESRCH: nobody in this namespace got it.
 */
bool nflua_genl_listened(struct net *net);
int nflua_genl_event(struct net *net, struct sk_buff *skb);
bool nflua_genl_data_listened(struct net *net, unsigned int group);
int nflua_genl_data(struct net *net, struct sk_buff *skb, unsigned int group);

#endif
