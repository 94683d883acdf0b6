// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of the family, with their attributes and their handlers. */
#include <linux/netfilter.h>

#include "genl.h"
#include "request/hook.h"
#include "request/ops.h"
#include "request/query.h"
#include "request/request.h"

static struct netlink_range_validation maxalloc_range = {
	.min = NFLUA_MAXALLOC_MIN,
	.max = NFLUA_MAXALLOC_MAX,
};

static struct netlink_range_validation budget_range = {
	.min = NFLUA_BUDGET_MIN,
	.max = NFLUA_BUDGET_MAX,
};

static struct netlink_range_validation confirm_range = {
	.min = 1,
	.max = NFLUA_CONFIRM_MAX,
};

static struct netlink_range_validation repeat_range = {
	.min = 1,
	.max = NFLUA_REPEAT_MAX,
};

#define NAME_POLICY	{ .type = NLA_NUL_STRING, .len = NFLUA_NAME_SIZE - 1 }
#define FUNCTION_POLICY	{ .type = NLA_NUL_STRING, .len = NFLUA_FUNCTION_MAX }
#define EXEC_FLAGS_POLICY						\
	NLA_POLICY_MASK(NLA_U32, NFLUA_EXEC_EVAL | NFLUA_EXEC_CHECK |	\
			NFLUA_EXEC_REPLACE | NFLUA_EXEC_SHOW | NFLUA_EXEC_TRY)
#define OWNER_POLICY	{ .type = NLA_NUL_STRING, .len = NFLUA_OWNER_MAX }
#define CHUNK_POLICIES							\
	[NFLUA_A_CHUNK] = { .type = NLA_BINARY },			\
	[NFLUA_A_CHUNK_NAME] = { .type = NLA_NUL_STRING,		\
				 .len = NFLUA_CHUNK_NAME_MAX }

static const struct nla_policy msg_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_MSG] = { .type = NLA_BINARY, .len = NFLUA_MSG_MAX },
};

static const struct nla_policy new_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_MAXALLOC] = NLA_POLICY_FULL_RANGE(NLA_U64, &maxalloc_range),
	[NFLUA_A_BUDGET] = NLA_POLICY_FULL_RANGE(NLA_U32, &budget_range),
	[NFLUA_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, NFLUA_STATE_PERCPU),
	[NFLUA_A_ON_ERROR] = NLA_POLICY_MAX(NLA_U32, NFLUA_ON_ERROR_DROP),
	[NFLUA_A_FORCE] = { .type = NLA_FLAG },
	[NFLUA_A_OWNER] = OWNER_POLICY,
	[NFLUA_A_EXEC_FLAGS] = EXEC_FLAGS_POLICY,
	[NFLUA_A_RULE_FUNCTION] = FUNCTION_POLICY,
	CHUNK_POLICIES,
};

static const struct nla_policy set_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_MAXALLOC] = NLA_POLICY_FULL_RANGE(NLA_U64, &maxalloc_range),
	[NFLUA_A_BUDGET] = NLA_POLICY_FULL_RANGE(NLA_U32, &budget_range),
	[NFLUA_A_ON_ERROR] = NLA_POLICY_MAX(NLA_U32, NFLUA_ON_ERROR_DROP),
	[NFLUA_A_OWNER] = OWNER_POLICY,
};

static const struct nla_policy del_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_FORCE] = { .type = NLA_FLAG },
};

/* For commands that only name a state. */
static const struct nla_policy get_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
};

static const struct nla_policy exec_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_EXEC_FLAGS] = EXEC_FLAGS_POLICY,
	[NFLUA_A_FORCE] = { .type = NLA_FLAG },
	[NFLUA_A_CONFIRM_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &confirm_range),
	[NFLUA_A_MAX_ERRORS] = NLA_POLICY_MIN(NLA_U32, 1),
	[NFLUA_A_KEEP] = { .type = NLA_FLAG },
	CHUNK_POLICIES,
};

static const struct nla_policy data_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_MSG] = { .type = NLA_BINARY, .len = NFLUA_MSG_MAX },
};

static const struct nla_policy complete_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_PREFIX] = { .type = NLA_NUL_STRING, .len = NFLUA_PREFIX_MAX },
};

static const struct nla_policy run_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_FUNCTION] = FUNCTION_POLICY,
	[NFLUA_A_FRAME] = { .type = NLA_BINARY, .len = NFLUA_FRAME_MAX },
	[NFLUA_A_PACKET] = { .type = NLA_BINARY, .len = NFLUA_MSG_MAX },
	[NFLUA_A_HOOK] = NLA_POLICY_MAX(NLA_U32, NF_INET_INGRESS),
	[NFLUA_A_REPEAT] = NLA_POLICY_FULL_RANGE(NLA_U32, &repeat_range),
};

#define TYPES_POLICY	{ .type = NLA_BINARY, .len = NFLUA_FRAME_TYPES_MAX * sizeof(u16) }
#define DEVICE_POLICY	{ .type = NLA_NUL_STRING, .len = NFLUA_DEVICE_SIZE - 1 }

static const struct nla_policy hook_new_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_FUNCTION] = FUNCTION_POLICY,
	[NFLUA_A_FAMILY] = NLA_POLICY_MAX(NLA_U32, NFPROTO_IPV6),
	[NFLUA_A_HOOK] = NLA_POLICY_MAX(NLA_U32, NF_INET_INGRESS),
	[NFLUA_A_PRIORITY] = { .type = NLA_S32 },
	[NFLUA_A_MARK] = { .type = NLA_U32 },
	[NFLUA_A_MARK_MASK] = { .type = NLA_U32 },
	[NFLUA_A_IIF] = DEVICE_POLICY,
	[NFLUA_A_OIF] = DEVICE_POLICY,
	[NFLUA_A_FRAME_TYPES] = TYPES_POLICY,
	[NFLUA_A_PROTOCOL] = { .type = NLA_U8 },
	[NFLUA_A_ON_ERROR] = NLA_POLICY_MAX(NLA_U32, NFLUA_ON_ERROR_DROP),
	[NFLUA_A_FORCE] = { .type = NLA_FLAG },
	[NFLUA_A_OWNER] = OWNER_POLICY,
};

static const struct nla_policy hook_del_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_FUNCTION] = FUNCTION_POLICY,
	[NFLUA_A_HOOK_ID] = { .type = NLA_U32 },
};

static const struct nla_policy hook_set_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_HOOK_ID] = { .type = NLA_U32 },
	[NFLUA_A_ON_ERROR] = NLA_POLICY_MAX(NLA_U32, NFLUA_ON_ERROR_DROP),
	[NFLUA_A_OWNER] = OWNER_POLICY,
};

static const struct nla_policy hook_get_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_HOOK_ID] = { .type = NLA_U32 },
};

static const struct nla_policy no_policy[NFLUA_A_MAX + 1] = {};

#define OP(which, handler, with)					\
	{								\
		.cmd = NFLUA_CMD_##which,				\
		.doit = handler,					\
		.policy = with,						\
		.maxattr = NFLUA_A_MAX,					\
	}

static const struct genl_ops ops[] = {
	OP(MSG, nflua_do_msg, msg_policy),
	OP(STATE_NEW, nflua_do_new, new_policy),
	OP(STATE_DEL, nflua_do_del, del_policy),
	{
		.cmd = NFLUA_CMD_STATE_GET,
		.doit = nflua_do_get,
		.start = nflua_start_dump,
		.dumpit = nflua_dump_states,
		.policy = get_policy,
		.maxattr = NFLUA_A_MAX,
	},
	OP(EXEC, nflua_do_exec, exec_policy),
	OP(INTERRUPT, nflua_do_interrupt, no_policy),
	OP(RUN, nflua_do_run, run_policy),
	OP(DATA, nflua_do_data, data_policy),
	OP(COMPLETE, nflua_do_complete, complete_policy),
	OP(CLEAR, nflua_do_clear, get_policy),
	OP(STATE_SET, nflua_do_set, set_policy),
	OP(HOOK_SET, nflua_do_hook_set, hook_set_policy),
	OP(STATE_CONFIRM, nflua_do_confirm, get_policy),
	OP(STATE_ROLLBACK, nflua_do_rollback, del_policy),
	OP(HOOK_NEW, nflua_do_hook_new, hook_new_policy),
	OP(HOOK_DEL, nflua_do_hook_del, hook_del_policy),
	{
		.cmd = NFLUA_CMD_HOOK_GET,
		.doit = nflua_do_hook_get,
		.dumpit = nflua_dump_hooks,
		.policy = hook_get_policy,
		.maxattr = NFLUA_A_MAX,
	},
};

int __init nflua_requests_init(void)
{
	return nflua_genl_init(ops, ARRAY_SIZE(ops));
}
