/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks of our own: functions that netfilter calls for packets, without any rule. */
#ifndef NFLUA_HOOK_H
#define NFLUA_HOOK_H

#include <linux/netfilter.h>
#include <linux/nflua.h>

#include "state/rule.h"

struct netlink_ext_ack;
struct nflua_net;
struct sk_buff;

/**
 * struct nflua_hook_spec - which packets a hook gets, and what becomes of them on errors
 *
 * @family: NFPROTO_*
 * @hook: enum nf_inet_hooks or enum nf_dev_hooks
 * @priority: the lowest is called first
 * @mark: of the packet, in the bits of @mask
 * @mask: 0: any mark
 * @iif: name of the device; "": any. A hook of ingress needs it
 * @oif: name of the device; "": any. A hook of egress needs it
 * @protocol: IPPROTO_*
 * @has_protocol: false: any
 * @types: of a hook below IP, which frames it gets: EtherTypes, or ETH_P_ALL
 * @types_len: how many; 0: packets of IP
 * @on_error: enum nflua_on_error, or NFLUA_HOOK_ON_ERROR_STATE: that of the state
 */
struct nflua_hook_spec {
	u8 family;
	u8 hook;
	s32 priority;
	u32 mark;
	u32 mask;
	char iif[NFLUA_DEVICE_SIZE];
	char oif[NFLUA_DEVICE_SIZE];
	u8 protocol;
	bool has_protocol;
	u16 types[NFLUA_FRAME_TYPES_MAX];
	u8 types_len;
	u8 on_error;
};

#define NFLUA_HOOK_ON_ERROR_STATE	U8_MAX

/**
 * struct nflua_hook - a hook
 *
 * @rule: its state and function
 * @spec: which packets it gets
 * @ops: netfilter's part of it
 * @last: a hook behind all others, while this one is removed
 * @id: in nflua_net.hooks; a newer hook has a higher one
 * @conditions: @spec has some, so not every packet of the hook is for it
 * @waits: netfilter does not know it, as its device is not there
 * @queues: it has queued a packet
 * @ends: it is being removed, and must queue nothing more
 */
struct nflua_hook {
	struct nflua_rule rule;
	struct nflua_hook_spec spec;
	struct nf_hook_ops ops;
	struct nf_hook_ops last;
	u32 id;
	bool conditions;
	bool waits;
	bool queues;
	bool ends;
	struct rcu_head rcu;
};

/*
 * hook_packet.c: called by netfilter, under RCU, in softirq or process context. @priv: the
 * hook. nflua_hook_frame() is for hooks below IP. nft shows the names of these two.
 */
unsigned int nflua_hook_packet(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state);
unsigned int nflua_hook_frame(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);

/* Returns the name of the hook's device, or NULL if it is of none. */
const char *nflua_hook_device(const struct nflua_hook_spec *spec);

/* Bytes of the attributes of nflua_hook_fill(). */
#define NFLUA_HOOK_SIZE	(nla_total_size(NFLUA_NAME_SIZE) +			\
			 nla_total_size(NFLUA_FUNCTION_MAX + 1) +		\
			 2 * nla_total_size(NFLUA_DEVICE_SIZE) +		\
			 nla_total_size(NFLUA_OWNER_MAX + 1) +			\
			 nla_total_size(NFLUA_FRAME_TYPES_MAX * sizeof(u16)) +	\
			 9 * nla_total_size(sizeof(u32)))

/* The functions below are for process context. */

/**
 * nflua_hook_add - adds a hook, which packets meet at once, or when its device comes
 * @nn: its namespace
 * @name: of its state
 * @function: the global that it calls; at most NFLUA_FUNCTION_MAX bytes
 * @spec: checked by the caller
 * @owner: what it belongs to, copied; NULL or "": nothing
 * @force: the state may lack the function, or be destroyed
 * @id: becomes that of the hook
 * @extack: gets a message on failure
 *
 * Returns 0, -EEXIST, -ENOENT (no such state), -ENXIO (no such function), -ESHUTDOWN (the
 * namespace is being closed), or another negative errno.
 */
int nflua_hook_add(struct nflua_net *nn, const char *name, const char *function,
		   const struct nflua_hook_spec *spec, const char *owner, bool force,
		   u32 *id, struct netlink_ext_ack *extack);

/*
 * Gives a hook of a state another on_error, that of @spec, and another owner. Returns 0, or
 * -ENOENT with a message in @extack, or -ENOMEM.
 */
int nflua_hook_set(struct nflua_net *nn, const char *name, u32 id,
		   const struct nflua_hook_spec *spec, const char *owner,
		   struct netlink_ext_ack *extack);

/**
 * nflua_hook_del - removes hooks of a state
 * @name: of the state
 * @function: remove those that call it; NULL: remove the one with @id
 *
 * Returns 0, or -ENOENT with a message in @extack.
 */
int nflua_hook_del(struct nflua_net *nn, const char *name, const char *function, u32 id,
		   struct netlink_ext_ack *extack);

/* Returns whether the hook is one of the state of this name. nflua_net.lock is held. */
bool nflua_hook_is_of(const struct nflua_hook *hook, const char *name);

/* Returns that hook of a state, or NULL. nflua_net.lock is held. */
struct nflua_hook *nflua_hook_find(struct nflua_net *nn, const char *name, u32 id);

/* Puts what is known of a hook. nflua_net.lock is held. Returns 0 or -EMSGSIZE. */
int nflua_hook_fill(struct sk_buff *skb, const struct nflua_hook *hook);

/* Has hooks follow their devices, in all namespaces. Returns 0 or a negative errno. */
int nflua_hooks_start(void);
void nflua_hooks_stop(void);

/*
 * The hooks of a namespace. nflua_hooks_close() removes all of them; nflua_hooks_exit()
 * comes a grace period later.
 */
void nflua_hooks_init(struct nflua_net *nn);
void nflua_hooks_close(struct nflua_net *nn);
void nflua_hooks_exit(struct nflua_net *nn);

#endif
