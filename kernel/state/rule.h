/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of iptables: which state they hold, and which function they call. */
#ifndef NFLUA_RULE_H
#define NFLUA_RULE_H

#include <linux/list.h>
#include <linux/netfilter/xt_lua.h>
#include <linux/types.h>

struct nflua_net;
struct nflua_runtime;
struct nflua_state;
struct sk_buff;

/**
 * struct nflua_rule - a rule, as long as it is there
 *
 * @state: held by it; changes when another state takes over its name
 * @node: in the state's rule_list
 * @net: where it is
 * @id: no other rule ever has it
 * @function: the global that it calls
 */
struct nflua_rule {
	struct nflua_state __rcu *state;
	struct list_head node;
	struct nflua_net *net;
	u64 id;
	char function[XT_LUA_FUNCTION_SIZE];
};

/* What rules would call that a runtime lacks. */
struct nflua_lack {
	bool allowed;		/* in: nobody minds */
	char text[512];		/* out, when somebody does: what is missing */
};

/*
 * Makes a rule that calls what @info says. Returns 0, -ENOMEM, or -ENOENT when there is
 * no such state. Process context.
 */
int nflua_rule_create(struct nflua_net *nn, const struct xt_lua_info *info,
		      struct nflua_rule **out);

/* No packet is in the rule any more. Process context. */
void nflua_rule_free(struct nflua_rule *rule);

/* Returns an id that no other rule ever has. */
u64 nflua_rule_id(void);

/*
 * Gives all rules of a state that was destroyed to the one that has its name now.
 * Packets that are on their way find the old one, which is freed by RCU. nflua_net.lock
 * is held.
 */
void nflua_rules_move(struct nflua_state *from, struct nflua_state *to);

/**
 * nflua_rules_lack - whether rules of @state would call what @rt lacks
 * @rt: to be published in the state of this name
 * @lack: whether that is allowed; it is told what is missing
 *
 * nflua_net.lock is held. A function that a metatable of the globals may make counts
 * as there.
 */
bool nflua_rules_lack(const struct nflua_state *state, struct nflua_runtime *rt,
		      struct nflua_lack *lack);

/**
 * nflua_rules_fill - puts the functions that rules call, and the missing ones, into @skb
 * @truncated: set when these are not all
 *
 * nflua_net.lock is held. Returns 0, -EMSGSIZE or -ENOMEM.
 */
int nflua_rules_fill(struct sk_buff *skb, const struct nflua_state *state,
		     bool *truncated);

#endif
