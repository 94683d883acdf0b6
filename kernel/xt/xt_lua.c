// SPDX-License-Identifier: GPL-2.0-or-later
/* xt_lua.ko: rules of iptables, the match "lua" and the target "LUA". */
#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_lua.h>

#include "netfilter/packet_call.h"
#include "netfilter/verdict.h"
#include "packet/dissect.h"
#include "state/net.h"
#include "state/state.h"

static_assert(XT_LUA_FUNCTION_SIZE == NFLUA_FUNCTION_MAX + 1);

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
	return READ_ONCE(rcu_dereference(rule->state)->on_error) == NFLUA_ON_ERROR_DROP;
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
	bool invert = info->flags & XT_LUA_INVERT;
	struct nflua_outcome outcome;

	if (!is_for_lua(info, skb, par->state))
		return invert;
	outcome = nflua_call_match(info->rule, (struct sk_buff *)skb, par->state,
				   par->hotdrop ? NFLUA_EFFECT_HOTDROP : 0);
	if (unlikely(outcome.result < 0))
		return failed_match(info, par);
	par->hotdrop = outcome.effects & NFLUA_EFFECT_HOTDROP;
	return !!outcome.result != invert;
}

static enum nflua_run_result failed_target(const struct xt_lua_info *info)
{
	switch (info->on_error) {
	case XT_LUA_ON_ERROR_ACCEPT:
		return NFLUA_RUN_ACCEPT;
	case XT_LUA_ON_ERROR_DROP:
		return NFLUA_RUN_DROP;
	case XT_LUA_ON_ERROR_CONTINUE:
		return NFLUA_RUN_CONTINUE;
	default:
		return drops_on_error(info->rule) ? NFLUA_RUN_DROP : NFLUA_RUN_CONTINUE;
	}
}

static unsigned int target(struct sk_buff *skb, const struct xt_action_param *par)
{
	const struct xt_lua_info *info = par->targinfo;
	struct nflua_outcome outcome;

	if (!is_for_lua(info, skb, par->state))
		return XT_CONTINUE;
	outcome = nflua_call_verdict(info->rule, skb, par->state);
	if (unlikely(outcome.result < 0))
		outcome.result = failed_target(info);
	if (outcome.result == NFLUA_RUN_CONTINUE)
		return XT_CONTINUE;
	return nflua_verdict_give(outcome, skb, par->state);
}

static bool is_string(const char *s, size_t size)
{
	size_t len = strnlen(s, size);

	return len > 0 && len < size;
}

static int check_info(const struct xt_lua_info *info, u16 flags, u8 on_error)
{
	if (!is_string(info->state, sizeof(info->state)) ||
	    !is_string(info->function, sizeof(info->function)))
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

static int make_rule(struct net *net, struct xt_lua_info *info)
{
	struct nflua_rule *rule = nflua_rule_create(net, info->state, info->function);

	if (IS_ERR(rule))
		return PTR_ERR(rule);
	info->rule = rule;
	return 0;
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

static int __init xt_lua_init(void)
{
	int err = xt_register_matches(matches, ARRAY_SIZE(matches));

	if (err)
		return err;
	err = xt_register_targets(targets, ARRAY_SIZE(targets));
	if (err)
		xt_unregister_matches(matches, ARRAY_SIZE(matches));
	return err;
}

static void __exit xt_lua_exit(void)
{
	xt_unregister_targets(targets, ARRAY_SIZE(targets));
	xt_unregister_matches(matches, ARRAY_SIZE(matches));
}

module_init(xt_lua_init);
module_exit(xt_lua_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(NFLUA_VERSION);
MODULE_DESCRIPTION("Rules of iptables that call Lua functions");
MODULE_ALIAS("ipt_lua");
MODULE_ALIAS("ip6t_lua");
MODULE_ALIAS("ipt_LUA");
MODULE_ALIAS("ip6t_LUA");
