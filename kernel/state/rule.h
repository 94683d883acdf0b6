/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules and hooks: the state that they hold, and the function that they call. */
#ifndef NFLUA_RULE_H
#define NFLUA_RULE_H

#include <linux/list.h>
#include <linux/nflua.h>
#include <linux/types.h>

struct net;
struct nflua_net;
struct nflua_runtime;
struct nflua_state;
struct sk_buff;

/**
 * struct nflua_rule - a rule of iptables, or the same part of a hook
 *
 * @state: held by the rule; changes when a new state gets the name
 * @node: in the state's rule_list
 * @net: the namespace
 * @id: no other rule ever has it
 * @is_hook: part of a struct nflua_hook
 * @owner: of a hook: what it belongs to; NULL: nothing. Under nflua_net.lock
 * @function: the global that it calls
 */
struct nflua_rule {
	struct nflua_state __rcu *state;
	struct list_head node;
	struct nflua_net *net;
	u64 id;
	bool is_hook;
	char *owner;
	char function[NFLUA_FUNCTION_MAX + 1];
};

/* Functions that rules call and a runtime lacks. */
struct nflua_lack {
	bool allowed;		/* in: missing functions are allowed */
	const char *owner;	/* in: hooks of this owner do not count; NULL: all do */
	char text[512];		/* out, if they are not: which ones are missing */
};

/**
 * nflua_rule_create - makes a rule
 * @net: its namespace
 * @name: of its state; the state "default" is made if there is none
 * @function: the global that it calls; at most NFLUA_FUNCTION_MAX bytes
 *
 * Process context. Returns the rule, for nflua_rule_free(), or an ERR_PTR(): -EINVAL (no
 * name of a state), -ENOENT (no such state), -EPERM (the module's parameters do not allow
 * it), -ENOMEM.
 */
struct nflua_rule *nflua_rule_create(const struct net *net, const char *name,
				     const char *function);

/* Frees a rule that no packet is in any more. Process context. */
void nflua_rule_free(struct nflua_rule *rule);

/*
 * Sets up the part of a hook that is a rule, and gives it to its state. Returns 0, -ENOENT,
 * -ENXIO (the state has no such function, and @force is false), or -EPERM, as
 * nflua_rule_create(). nflua_net.lock is held.
 */
int nflua_rule_join(struct nflua_rule *rule, struct nflua_net *nn, const char *name,
		    const char *function, bool force);

/*
 * Ends that. Packets on their way may still use the rule, for a grace period.
 * nflua_net.lock is held.
 */
void nflua_rule_leave(struct nflua_rule *rule);

/* Returns an id that no other rule ever has. */
u64 nflua_rule_id(void);

/*
 * Gives all rules of a destroyed state to the new state of its name. Packets on their way
 * may still find the old one, which is freed by RCU. nflua_net.lock is held.
 */
void nflua_rules_move(struct nflua_state *from, struct nflua_state *to);

/**
 * nflua_rules_lack - looks for functions that rules call and a runtime lacks
 * @state: the state of the rules
 * @rt: about to be published under the name of @state; nobody else sees it yet
 * @lack: whether missing functions are allowed; if not, filled with what is missing
 *
 * Returns true if functions are missing and that is not allowed. A function that a
 * metatable of the globals may make does not count as missing. nflua_net.lock is held.
 */
bool nflua_rules_lack(const struct nflua_state *state, struct nflua_runtime *rt,
		      struct nflua_lack *lack);

/**
 * nflua_rules_fill - puts the functions that rules call, and the missing ones, into @skb
 * @truncated: set if these are not all
 *
 * nflua_net.lock is held. Returns 0, -EMSGSIZE or -ENOMEM.
 */
int nflua_rules_fill(struct sk_buff *skb, const struct nflua_state *state,
		     bool *truncated);

#endif
