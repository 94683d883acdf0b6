// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generic netlink family: who may ask for what. Requests that run Lua are
 * parsed in request.c; nothing but these two, job.c and event.c knows an
 * attribute, with fill.c for what they put into messages.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "request/job.h"

static bool unprivileged_userns;
module_param(unprivileged_userns, bool, 0644);
MODULE_PARM_DESC(unprivileged_userns,
		 "serve namespaces that belong to other user namespaces than the first (default: no)");

#define GROUP_EVENTS	0
#define GROUP_DATA	1

/* "events", then "data0" to "data31"; named in init_groups. */
static struct genl_multicast_group groups[GROUP_DATA + NFLUA_DATA_GROUPS];

static struct netlink_range_validation maxalloc_range = {
	.min = NFLUA_MAXALLOC_MIN,
	.max = NFLUA_MAXALLOC_MAX,
};

static struct netlink_range_validation budget_range = {
	.min = NFLUA_BUDGET_MIN,
	.max = NFLUA_BUDGET_MAX,
};

static struct netlink_range_validation repeat_range = {
	.min = 1,
	.max = NFLUA_REPEAT_MAX,
};

#define NAME_POLICY	{ .type = NLA_NUL_STRING, .len = NFLUA_NAME_SIZE - 1 }
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
	CHUNK_POLICIES,
};

static const struct nla_policy del_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_FORCE] = { .type = NLA_FLAG },
};

/* Of commands that say which state, and no more. */
static const struct nla_policy get_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
};

static const struct nla_policy exec_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_EXEC_FLAGS] = NLA_POLICY_MASK(NLA_U32, NFLUA_EXEC_EVAL |
					       NFLUA_EXEC_CHECK |
					       NFLUA_EXEC_REPLACE |
					       NFLUA_EXEC_SHOW),
	[NFLUA_A_FORCE] = { .type = NLA_FLAG },
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
	[NFLUA_A_FUNCTION] = { .type = NLA_NUL_STRING, .len = NFLUA_FUNCTION_MAX },
	[NFLUA_A_FRAME] = { .type = NLA_BINARY, .len = NFLUA_FRAME_MAX },
	[NFLUA_A_PACKET] = { .type = NLA_BINARY, .len = NFLUA_MSG_MAX },
	[NFLUA_A_HOOK] = NLA_POLICY_MAX(NLA_U32, NF_INET_NUMHOOKS - 1),
	[NFLUA_A_REPEAT] = NLA_POLICY_FULL_RANGE(NLA_U32, &repeat_range),
};

static const struct nla_policy no_policy[NFLUA_A_MAX + 1] = {};

static struct genl_family family;

bool nflua_userns_allowed(const struct net *net)
{
	return net->user_ns == &init_user_ns || READ_ONCE(unprivileged_userns);
}

/* Who may: code that runs in the kernel is not for all who can unshare. */
static int check_sender(struct sk_buff *skb, const struct net *net,
			struct netlink_ext_ack *extack)
{
	if (!netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(extack, "this needs CAP_NET_ADMIN in the network namespace");
		return -EPERM;
	}
	if (!nflua_userns_allowed(net)) {
		NL_SET_ERR_MSG(extack, "not in a user namespace: the module's parameter unprivileged_userns is off");
		return -EPERM;
	}
	return 0;
}

/* The parser keeps the last of several: refuse them, but for pieces of chunks. */
static int check_repeats(const struct genl_info *info)
{
	DECLARE_BITMAP(seen, NFLUA_A_MAX + 1) = {};
	const struct nlattr *attr;
	size_t chunk = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) == NFLUA_A_CHUNK) {
			chunk += nla_len(attr);
		} else if (__test_and_set_bit(nla_type(attr), seen)) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "this attribute may come only once");
			return -EINVAL;
		}
	}
	if (chunk > NFLUA_CHUNK_MAX) {
		NL_SET_ERR_MSG(info->extack, "the script is longer than 8 MiB");
		return -E2BIG;
	}
	return 0;
}

/* What every request goes through first. */
int nflua_check_request(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_sender(skb, genl_info_net(info), info->extack);

	return err ?: check_repeats(info);
}

/* The same for those that name a state. */
int nflua_check_named(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_request(skb, info);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, NFLUA_A_NAME)) {
		NL_SET_ERR_MSG(info->extack, "the request lacks the name of a state");
		return -EINVAL;
	}
	err = nflua_name_check(nla_data(info->attrs[NFLUA_A_NAME]), info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, info->attrs[NFLUA_A_NAME]);
	return err;
}

static int do_del(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);

	return err ?: nflua_state_destroy(nflua_net(genl_info_net(info)),
					  nla_data(info->attrs[NFLUA_A_NAME]),
					  info->attrs[NFLUA_A_FORCE],
					  info->extack);
}

static int do_interrupt(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_request(skb, info);

	if (err)
		return err;
	err = nflua_job_interrupt(NETLINK_CB(skb).sk);
	if (err)
		NL_SET_ERR_MSG(info->extack, "this socket has nothing running");
	return err;
}

/* A message of ours with its headers; end it with nlmsg_end. */
struct sk_buff *nflua_genl_new(enum nflua_cmd cmd, size_t size, u32 portid,
			       u32 seq, gfp_t gfp)
{
	struct sk_buff *skb = genlmsg_new(size, gfp);

	if (skb && !genlmsg_put(skb, portid, seq, &family, 0, cmd)) {
		nlmsg_free(skb);
		skb = NULL;
	}
	return skb;
}

bool nflua_genl_listened(struct net *net)
{
	return genl_has_listeners(&family, net, GROUP_EVENTS);
}

/* BHs are off. -ESRCH: nobody got it. */
int nflua_genl_event(struct net *net, struct sk_buff *skb)
{
	return genlmsg_multicast_netns(&family, net, skb, 0, GROUP_EVENTS,
				       NFLUA_GFP_ATOMIC);
}

bool nflua_genl_data_listened(struct net *net, unsigned int group)
{
	return genl_has_listeners(&family, net, GROUP_DATA + group);
}

/* BHs are off. -ESRCH: nobody got it. */
int nflua_genl_data(struct net *net, struct sk_buff *skb, unsigned int group)
{
	return genlmsg_multicast_netns(&family, net, skb, 0, GROUP_DATA + group,
				       NFLUA_GFP_ATOMIC);
}

/* The state that is named, alive or not; -ENOENT when there is none. */
static int with_state(struct genl_info *info, struct sk_buff *answer,
		      int (*act)(struct sk_buff *answer, struct nflua_state *state))
{
	struct nflua_net *nn = nflua_net(genl_info_net(info));
	struct nflua_state *state;
	int err = -ENOENT;

	mutex_lock(&nn->lock);
	state = nflua_state_lookup(nn, nla_data(info->attrs[NFLUA_A_NAME]));
	if (state)
		err = act(answer, state);
	else
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_NAME],
				    "there is no state of this name");
	mutex_unlock(&nn->lock);
	return err;
}

static int clear_state(struct sk_buff *answer, struct nflua_state *state)
{
	nflua_last_error_clear(state);
	return 0;
}

static int do_clear(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);

	return err ?: with_state(info, NULL, clear_state);
}

static int do_get(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);
	struct sk_buff *answer;

	if (err)
		return err;
	answer = nflua_genl_new(NFLUA_CMD_STATE_GET, NFLUA_STATE_SIZE,
				info->snd_portid, info->snd_seq, GFP_KERNEL);
	err = answer ? with_state(info, answer, nflua_fill_state) : -ENOMEM;
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	nlmsg_end(answer, nlmsg_hdr(answer));
	return genlmsg_reply(answer, info);
}

/* In the dump itself, as what a start callback says reaches nobody on 6.1. */
static int check_dump(struct netlink_callback *cb)
{
	if (nflua_dump_attrs(cb)[NFLUA_A_NAME]) {
		NL_SET_ERR_MSG(cb->extack, "a dump is of all states, not of one");
		return -EINVAL;
	}
	return check_sender(cb->skb, sock_net(cb->skb->sk), cb->extack);
}

static int dump_state(struct sk_buff *skb, struct netlink_callback *cb,
		      struct nflua_state *state)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
				NFLUA_CMD_STATE_GET);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	err = nflua_fill_state(skb, state);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Before the dump: each of its messages has room for a state. */
static int start_dump(struct netlink_callback *cb)
{
	cb->min_dump_alloc = NLMSG_ALIGN(NFLUA_STATE_SIZE + GENL_HDRLEN + NLMSG_HDRLEN);
	return 0;
}

/* Goes on with the first state whose id is not below cb->args[0]. */
static int dump_states(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nflua_net *nn = nflua_net(sock_net(skb->sk));
	unsigned long id = cb->args[0];
	struct nflua_state *state;
	int err = check_dump(cb);

	if (err)
		return err;
	mutex_lock(&nn->lock);
	cb->seq = nn->generation;
	xa_for_each_start(&nn->ids, id, state, cb->args[0]) {
		err = dump_state(skb, cb, state);
		if (err)
			break;
	}
	cb->args[0] = state ? id : ULONG_MAX;
	mutex_unlock(&nn->lock);
	/* An empty message would be taken for the end. */
	return skb->len || !err ? skb->len : err;
}

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
	OP(STATE_DEL, do_del, del_policy),
	{
		.cmd = NFLUA_CMD_STATE_GET,
		.doit = do_get,
		.start = start_dump,
		.dumpit = dump_states,
		.policy = get_policy,
		.maxattr = NFLUA_A_MAX,
	},
	OP(EXEC, nflua_do_exec, exec_policy),
	OP(INTERRUPT, do_interrupt, no_policy),
	OP(RUN, nflua_do_run, run_policy),
	OP(DATA, nflua_do_data, data_policy),
	OP(COMPLETE, nflua_do_complete, complete_policy),
	OP(CLEAR, do_clear, get_policy),
};

static struct genl_family family __ro_after_init = {
	.name = NFLUA_GENL_NAME,
	.version = NFLUA_GENL_VERSION,
	.maxattr = NFLUA_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = NFLUA_CMD_STATE_NEW,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init nflua_genl_init(void)
{
	size_t i;

	strscpy(groups[GROUP_EVENTS].name, NFLUA_MCGRP_EVENTS, GENL_NAMSIZ);
	groups[GROUP_EVENTS].flags = GENL_MCAST_CAP_NET_ADMIN;
	for (i = GROUP_DATA; i < ARRAY_SIZE(groups); i++) {
		snprintf(groups[i].name, GENL_NAMSIZ, "%s%zu",
			 NFLUA_MCGRP_DATA_PREFIX, i - GROUP_DATA);
		groups[i].flags = GENL_MCAST_CAP_NET_ADMIN;
	}
	return genl_register_family(&family);
}

void nflua_genl_exit(void)
{
	genl_unregister_family(&family);
}
