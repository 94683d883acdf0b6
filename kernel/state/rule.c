// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules and hooks: which state they hold, which functions they call, and which are missing. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "genl.h"
#include "runtime/runtime.h"
#include "state/net.h"
#include "state/rule.h"
#include "state/state.h"

/* Number of names in an error message. */
#define LACK_NAMES	5

/* Number of names that are looked up each time the runtime is locked. */
#define LOOK_NAMES	32

u64 nflua_rule_id(void)
{
	static atomic64_t last_id;

	return atomic64_inc_return(&last_id);
}

static void enter_list(struct nflua_rule *rule, struct nflua_state *state)
{
	rcu_assign_pointer(rule->state, state);
	list_add_tail(&rule->node, &state->rule_list);
	WRITE_ONCE(state->rules, state->rules + 1);
	WRITE_ONCE(state->hooks, state->hooks + rule->is_hook);
	kref_get(&state->refs);
}

/* Takes the rule out of its state's list. Returns the state; the reference stays. */
static struct nflua_state *leave_list(struct nflua_rule *rule)
{
	struct nflua_state *state =
		rcu_dereference_protected(rule->state,
					  lockdep_is_held(&rule->net->lock));

	list_del(&rule->node);
	WRITE_ONCE(state->rules, state->rules - 1);
	WRITE_ONCE(state->hooks, state->hooks - rule->is_hook);
	if (state->dead && !state->rules)
		nflua_state_drop_dead(state);
	return state;
}

struct nflua_rule *nflua_rule_create(const struct net *net, const char *name,
				     const char *function)
{
	struct nflua_net *nn = nflua_net(net);
	struct nflua_rule *rule;
	struct nflua_state *state;
	int err;

	if (!nflua_userns_allowed(net))
		return ERR_PTR(-EPERM);
	err = nflua_name_check(name, NULL);
	if (!err && strcmp(name, NFLUA_DEFAULT_STATE) == 0)
		err = nflua_state_default(nn);
	if (err)
		return ERR_PTR(err);
	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->net = nn;
	rule->id = nflua_rule_id();
	strscpy(rule->function, function, sizeof(rule->function));
	mutex_lock(&nn->lock);
	state = nflua_state_lookup(nn, name);
	if (state)
		enter_list(rule, state);
	mutex_unlock(&nn->lock);
	if (!state) {
		kfree(rule);
		return ERR_PTR(-ENOENT);
	}
	return rule;
}
EXPORT_SYMBOL_GPL(nflua_rule_create);

void nflua_rule_free(struct nflua_rule *rule)
{
	struct nflua_net *nn = rule->net;
	struct nflua_state *state;

	mutex_lock(&nn->lock);
	state = leave_list(rule);
	mutex_unlock(&nn->lock);
	nflua_state_put(state);
	kfree(rule);
}
EXPORT_SYMBOL_GPL(nflua_rule_free);

void nflua_rules_move(struct nflua_state *from, struct nflua_state *to)
{
	struct nflua_rule *rule, *next;

	lockdep_assert_held(&to->net->lock);
	kref_get(&from->refs);	/* the rules may be all that holds it */
	list_for_each_entry_safe(rule, next, &from->rule_list, node) {
		leave_list(rule);
		enter_list(rule, to);
		nflua_state_put(from);
	}
	nflua_state_put(from);
}

/*
 * Finds out which of these functions the runtime has. The lock is taken once, as long
 * calls may hold it; each look-up is short.
 */
static void find_functions(struct nflua_runtime *rt, const char *const *names,
			   bool *has, unsigned int count)
{
	unsigned int i;

	local_bh_disable();
	nflua_runtime_lock(rt);
	for (i = 0; i < count; i++)
		has[i] = nflua_engine_callable(rt->main, names[i]);
	spin_unlock(&rt->lock);
	local_bh_enable();
}

int nflua_rule_join(struct nflua_rule *rule, struct nflua_net *nn, const char *name,
		    const char *function, bool force)
{
	struct nflua_state *state = nflua_state_lookup(nn, name);
	struct nflua_runtime *rt;
	bool has = force;

	lockdep_assert_held(&nn->lock);
	if (!nflua_userns_allowed(nn->net))
		return -EPERM;
	if (!state || (state->dead && !force))
		return -ENOENT;
	rt = rcu_dereference_protected(state->runtime, lockdep_is_held(&nn->lock));
	if (!has)
		find_functions(rt, &function, &has, 1);
	if (!has)
		return -ENXIO;
	rule->net = nn;
	rule->id = nflua_rule_id();
	rule->is_hook = true;
	strscpy(rule->function, function, sizeof(rule->function));
	enter_list(rule, state);
	return 0;
}

void nflua_rule_leave(struct nflua_rule *rule)
{
	lockdep_assert_held(&rule->net->lock);
	nflua_state_put(leave_list(rule));
}

static bool is_among(const char *name, const char *const *names, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_of(const struct nflua_rule *rule, const char *owner)
{
	return owner && rule->owner && strcmp(rule->owner, owner) == 0;
}

static const char *users(const struct nflua_state *state)
{
	if (!state->hooks)
		return "rules";
	return state->hooks == state->rules ? "hooks" : "rules or hooks";
}

static void tell_lack(const struct nflua_state *state, struct nflua_lack *lack,
		      const char *const *names, unsigned int count, bool more)
{
	size_t len;
	unsigned int i;

	len = scnprintf(lack->text, sizeof(lack->text),
			"%s call functions that the script does not define: ", users(state));
	for (i = 0; i < count; i++)
		len += scnprintf(lack->text + len, sizeof(lack->text) - len, "%s%s",
				 i ? ", " : "", names[i]);
	if (more)
		scnprintf(lack->text + len, sizeof(lack->text) - len, ", and more");
}

bool nflua_rules_lack(const struct nflua_state *state, struct nflua_runtime *rt,
		      struct nflua_lack *lack)
{
	const char *names[LACK_NAMES];
	const struct nflua_rule *rule;
	unsigned int count = 0;
	bool more = false;

	lockdep_assert_held(&state->net->lock);
	if (lack->allowed)
		return false;
	list_for_each_entry(rule, &state->rule_list, node) {
		if (is_among(rule->function, names, count) || is_of(rule, lack->owner))
			continue;
		/* No lock: nobody else sees the runtime yet. */
		if (nflua_engine_callable(rt->main, rule->function))
			continue;
		more = count == LACK_NAMES;
		if (more)
			break;
		names[count++] = rule->function;
	}
	if (count)
		tell_lack(state, lack, names, count, more);
	return count;
}

/* The names of functions that rules call, each once, and whether the state has them. */
struct functions {
	const char *names[NFLUA_FUNCTIONS_MAX];
	bool has[NFLUA_FUNCTIONS_MAX];
	unsigned int count;
	bool truncated;
};

static void collect(const struct nflua_state *state, struct functions *f)
{
	const struct nflua_rule *rule;

	list_for_each_entry(rule, &state->rule_list, node) {
		if (is_among(rule->function, f->names, f->count))
			continue;
		f->truncated = f->count == NFLUA_FUNCTIONS_MAX;
		if (f->truncated)
			return;
		f->names[f->count++] = rule->function;
	}
}

/*
 * Looks for a missing function among @names. It takes the last place of the list, so that
 * the list shows that one is missing. Returns whether there is one.
 */
static bool show_missing(struct functions *f, struct nflua_runtime *rt,
			 const char *const *names, unsigned int count)
{
	bool has[LOOK_NAMES];
	unsigned int i;

	find_functions(rt, names, has, count);
	for (i = 0; i < count; i++)
		if (!has[i]) {
			f->names[f->count - 1] = names[i];
			f->has[f->count - 1] = false;
			return true;
		}
	return false;
}

/* Looks for a missing function among those that had no room in the list. */
static void look_at_rest(const struct nflua_state *state, struct nflua_runtime *rt,
			 struct functions *f)
{
	const struct nflua_rule *rule;
	const char *names[LOOK_NAMES];
	unsigned int count = 0;

	list_for_each_entry(rule, &state->rule_list, node) {
		if (is_among(rule->function, f->names, f->count) ||
		    is_among(rule->function, names, count))
			continue;
		names[count++] = rule->function;
		if (count < LOOK_NAMES)
			continue;
		if (show_missing(f, rt, names, count))
			return;
		count = 0;
	}
	show_missing(f, rt, names, count);
}

static int put_functions(struct sk_buff *skb, const struct functions *f)
{
	unsigned int i;

	for (i = 0; i < f->count; i++)
		if (nla_put_string(skb, NFLUA_A_RULE_FUNCTION, f->names[i]) ||
		    (!f->has[i] &&
		     nla_put_string(skb, NFLUA_A_MISSING_FUNCTION, f->names[i])))
			return -EMSGSIZE;
	return 0;
}

int nflua_rules_fill(struct sk_buff *skb, const struct nflua_state *state,
		     bool *truncated)
{
	struct nflua_runtime *rt =
		rcu_dereference_protected(state->runtime,
					  lockdep_is_held(&state->net->lock));
	struct functions *f;
	int err;

	*truncated = false;
	if (!state->rules)
		return 0;
	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	collect(state, f);
	/* For a dead state, no function counts as missing. */
	memset(f->has, true, sizeof(f->has));
	if (rt) {
		find_functions(rt, f->names, f->has, f->count);
		if (f->truncated && !memchr(f->has, false, f->count))
			look_at_rest(state, rt, f);
	}
	err = put_functions(skb, f);
	*truncated = f->truncated;
	kfree(f);
	return err;
}
