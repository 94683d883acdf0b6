// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules: the match "lua" and the target "LUA". */
#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_lua.h>

#include "genl.h"
#include "netfilter/netfilter.h"
#include "packet/view.h"
#include "state/net.h"
#include "state/state.h"

/* How many times in all a target calls a function that returns "repeat". */
#define REPEAT_MAX	8

/*
 * Verdicts by name. Netfilter gets no NF_STOP or NF_REPEAT: on 6.1 and later a hook that
 * returns one of them leaks the packet.
 */
static const char *const verdicts[] = {
	[NFLUA_RUN_CONTINUE] = "continue",
	[NFLUA_RUN_ACCEPT] = "accept",
	[NFLUA_RUN_DROP] = "drop",
	[NFLUA_RUN_STOLEN] = "stolen",
	[NFLUA_RUN_QUEUE] = "queue",
	[NFLUA_RUN_REPEAT] = "repeat",
	[NFLUA_RUN_STOP] = "stop",
};

/* Returns whether the rule's options let the packet through to Lua. */
static bool is_for_lua(const struct xt_lua_info *info, const struct sk_buff *skb,
		       const struct nf_hook_state *hook)
{
	const struct nflua_rule *rule = info->rule;

	if (info->flags & XT_LUA_MASK &&
	    !(atomic64_read(&rule->net->match_mask) & info->mask))
		return false;
	if (info->flags & XT_LUA_TCP_PAYLOAD && !nflua_has_tcp_payload(skb, hook))
		return false;
	return true;
}

/* Returns whether the state, which may be dead, wants packets dropped if their call fails. */
static bool drops_on_error(const struct nflua_rule *rule)
{
	return rcu_dereference(rule->state)->on_error == NFLUA_ON_ERROR_DROP;
}

static bool failed_match(const struct xt_lua_info *info, struct xt_action_param *par)
{
	if (info->on_error == XT_LUA_ON_ERROR_DEFAULT && drops_on_error(info->rule))
		par->hotdrop = true;
	return info->on_error == XT_LUA_ON_ERROR_YES;
}

static bool match(const struct sk_buff *skb, struct xt_action_param *par)
{
	const struct xt_lua_info *info = par->matchinfo;
	const struct nflua_rule *rule = info->rule;
	bool invert = info->flags & XT_LUA_INVERT;
	int ret;

	if (!is_for_lua(info, skb, par->state))
		return invert;
	ret = nflua_call_packet(rule, (struct sk_buff *)skb, par->state,
				&par->hotdrop, NULL, nflua_engine_boolean);
	if (unlikely(ret < 0))
		return failed_match(info, par);
	return !!ret != invert;
}

int nflua_xt_verdict(lua_State *L)
{
	const char *name;
	int i;

	if (!lua_toboolean(L, -1))
		return NFLUA_RUN_CONTINUE;
	if (lua_type(L, -1) != LUA_TSTRING)
		return -1;
	name = lua_tostring(L, -1);
	for (i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (strcmp(name, verdicts[i]) == 0)
			return i;
	return -1;
}

static unsigned int failed_target(const struct xt_lua_info *info)
{
	switch (info->on_error) {
	case XT_LUA_ON_ERROR_ACCEPT:
		return NF_ACCEPT;
	case XT_LUA_ON_ERROR_DROP:
		return NF_DROP;
	case XT_LUA_ON_ERROR_CONTINUE:
		return XT_CONTINUE;
	default:
		return drops_on_error(info->rule) ? NF_DROP : XT_CONTINUE;
	}
}

/*
 * Takes the packet away from its hook, and returns the verdict. A caller without a
 * function to go on with is none of netfilter's hooks, but the action xt of tc in older
 * kernels, which would go on with a packet that it knows no more.
 */
static unsigned int steal(struct sk_buff *skb, const struct nf_hook_state *hook)
{
	if (!hook->okfn)
		return NF_DROP;
	kfree_skb(skb);
	return NF_STOLEN;
}

static unsigned int to_netfilter(enum nflua_run_result verdict, struct sk_buff *skb,
				 const struct nf_hook_state *hook)
{
	switch (verdict) {
	case NFLUA_RUN_ACCEPT:
	case NFLUA_RUN_STOP:
		return NF_ACCEPT;
	case NFLUA_RUN_DROP:
		return NF_DROP;
	case NFLUA_RUN_STOLEN:
		return steal(skb, hook);
	case NFLUA_RUN_QUEUE:
		return NF_QUEUE_NR(0) | NF_VERDICT_FLAG_QUEUE_BYPASS;
	default:
		return XT_CONTINUE;
	}
}

/*
 * Steals a packet of this host's TCP that was answered, instead of dropping it: TCP would
 * take a dropped packet for one that it has not sent, and the answer for one out of
 * order. Returns the verdict.
 */
static unsigned int steal_answered(struct sk_buff *skb, unsigned int verdict,
				   const struct nf_hook_state *hook)
{
	return verdict == NF_DROP ? steal(skb, hook) : verdict;
}

static unsigned int target(struct sk_buff *skb, const struct xt_action_param *par)
{
	const struct xt_lua_info *info = par->targinfo;
	const struct nflua_rule *rule = info->rule;
	bool hotdrop = false, answered = false;
	unsigned int verdict;
	int ret, i;

	if (!is_for_lua(info, skb, par->state))
		return XT_CONTINUE;
	for (i = 0; i < REPEAT_MAX; i++) {
		ret = nflua_call_packet(rule, skb, par->state, &hotdrop,
					&answered, nflua_xt_verdict);
		if (ret != NFLUA_RUN_REPEAT)
			break;
	}
	if (hotdrop)
		verdict = NF_DROP;
	else if (unlikely(ret < 0))
		verdict = failed_target(info);
	else
		verdict = to_netfilter(ret, skb, par->state);
	return unlikely(answered) ? steal_answered(skb, verdict, par->state) : verdict;
}

static bool is_string(const char *s, size_t size)
{
	size_t len = strnlen(s, size);

	return len > 0 && len < size;
}

static int check_info(const struct xt_lua_info *info, u16 flags, u8 on_error)
{
	if (!is_string(info->state, sizeof(info->state)) ||
	    !is_string(info->function, sizeof(info->function)) ||
	    nflua_name_check(info->state, NULL))
		return -EINVAL;
	if (info->flags & ~flags || memchr_inv(info->reserved, 0,
					       sizeof(info->reserved)))
		return -EINVAL;
	if (!!(info->flags & XT_LUA_MASK) != !!info->mask)
		return -EINVAL;
	if (info->on_error > XT_LUA_ON_ERROR_MAX || !(BIT(info->on_error) & on_error))
		return -EINVAL;
	return 0;
}

static int make_rule(const struct net *net, struct xt_lua_info *info)
{
	struct nflua_net *nn = nflua_net(net);
	struct nflua_rule *rule;
	int err;

	if (!nflua_userns_allowed(net))
		return -EPERM;
	if (strcmp(info->state, NFLUA_DEFAULT_STATE) == 0) {
		err = nflua_state_default(nn);
		if (err)
			return err;
	}
	err = nflua_rule_create(nn, info, &rule);
	if (!err)
		info->rule = rule;
	return err;
}

static int match_check(const struct xt_mtchk_param *par)
{
	struct xt_lua_info *info = par->matchinfo;
	int err;

	err = check_info(info, XT_LUA_INVERT | XT_LUA_TCP_PAYLOAD | XT_LUA_MASK,
			 BIT(XT_LUA_ON_ERROR_DEFAULT) | BIT(XT_LUA_ON_ERROR_YES) |
			 BIT(XT_LUA_ON_ERROR_NO));
	return err ?: make_rule(par->net, info);
}

static void match_destroy(const struct xt_mtdtor_param *par)
{
	const struct xt_lua_info *info = par->matchinfo;

	nflua_rule_free(info->rule);
}

static int target_check(const struct xt_tgchk_param *par)
{
	struct xt_lua_info *info = par->targinfo;
	int err;

	err = check_info(info, XT_LUA_TCP_PAYLOAD | XT_LUA_MASK,
			 BIT(XT_LUA_ON_ERROR_DEFAULT) | BIT(XT_LUA_ON_ERROR_ACCEPT) |
			 BIT(XT_LUA_ON_ERROR_DROP) | BIT(XT_LUA_ON_ERROR_CONTINUE));
	return err ?: make_rule(par->net, info);
}

static void target_destroy(const struct xt_tgdtor_param *par)
{
	const struct xt_lua_info *info = par->targinfo;

	nflua_rule_free(info->rule);
}

#define MATCH(pf) {							\
		.name = "lua",						\
		.revision = 0,						\
		.family = pf,						\
		.match = match,						\
		.checkentry = match_check,				\
		.destroy = match_destroy,				\
		.matchsize = sizeof(struct xt_lua_info),		\
		.usersize = offsetof(struct xt_lua_info, rule),		\
		.me = THIS_MODULE,					\
	}

#define TARGET(pf) {							\
		.name = "LUA",						\
		.revision = 0,						\
		.family = pf,						\
		.target = target,					\
		.checkentry = target_check,				\
		.destroy = target_destroy,				\
		.targetsize = sizeof(struct xt_lua_info),		\
		.usersize = offsetof(struct xt_lua_info, rule),		\
		.me = THIS_MODULE,					\
	}

static struct xt_match matches[] __read_mostly = {
	MATCH(NFPROTO_IPV4),
	MATCH(NFPROTO_IPV6),
};

static struct xt_target targets[] __read_mostly = {
	TARGET(NFPROTO_IPV4),
	TARGET(NFPROTO_IPV6),
};

static bool registered __ro_after_init;

/* Registering is adding to a list, on each kernel so far, and does not fail. */
void __init nflua_xt_init(void)
{
	int err = xt_register_matches(matches, ARRAY_SIZE(matches));

	if (!err) {
		err = xt_register_targets(targets, ARRAY_SIZE(targets));
		if (err)
			xt_unregister_matches(matches, ARRAY_SIZE(matches));
	}
	registered = !WARN(err, "nflua: no rules: error %d\n", err);
}

void nflua_xt_exit(void)
{
	if (!registered)
		return;
	xt_unregister_targets(targets, ARRAY_SIZE(targets));
	xt_unregister_matches(matches, ARRAY_SIZE(matches));
}

MODULE_ALIAS("ipt_lua");
MODULE_ALIAS("ip6t_lua");
MODULE_ALIAS("ipt_LUA");
MODULE_ALIAS("ip6t_LUA");
