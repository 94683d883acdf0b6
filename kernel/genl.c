// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generic netlink family: requests are checked and parsed here, into a
 * struct or a job, and nothing but this file, job.c and event.c knows an
 * attribute, with fill.c for what they put into messages.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "job.h"

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
	CHUNK_POLICIES,
};

static const struct nla_policy del_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy get_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
};

static const struct nla_policy exec_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_EXEC_FLAGS] = NLA_POLICY_MASK(NLA_U32, NFLUA_EXEC_EVAL |
					       NFLUA_EXEC_CHECK |
					       NFLUA_EXEC_REPLACE),
	CHUNK_POLICIES,
};

static const struct nla_policy data_policy[NFLUA_A_MAX + 1] = {
	[NFLUA_A_NAME] = NAME_POLICY,
	[NFLUA_A_MSG] = { .type = NLA_BINARY, .len = NFLUA_MSG_MAX },
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
static int check_request(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_sender(skb, genl_info_net(info), info->extack);

	return err ?: check_repeats(info);
}

static int check_named(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_request(skb, info);

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

static u32 u32_or(const struct genl_info *info, int attr, u32 otherwise)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : otherwise;
}

static u64 u64_or(const struct genl_info *info, int attr, u64 otherwise)
{
	return info->attrs[attr] ? nla_get_u64(info->attrs[attr]) : otherwise;
}

static struct nflua_job *new_job(const struct genl_info *info, const char *name)
{
	struct nflua_job *job = kvzalloc(sizeof(*job), GFP_KERNEL);
	const struct nlattr *chunk_name = info->attrs[NFLUA_A_CHUNK_NAME];

	if (!job)
		return NULL;
	job->cmd = info->genlhdr->cmd;
	strscpy(job->name, name, sizeof(job->name));
	strscpy(job->chunk_name, chunk_name ? nla_data(chunk_name) : "=chunk",
		sizeof(job->chunk_name));
	job->has_chunk = info->attrs[NFLUA_A_CHUNK];
	job->exec_flags = u32_or(info, NFLUA_A_EXEC_FLAGS, 0);
	return job;
}

static int start_job(struct nflua_job *job, struct sk_buff *skb,
		     struct genl_info *info)
{
	int err = nflua_job_start(job, skb, info);

	if (err != -EINTR)
		kvfree(job);
	return err;
}

/* Version 1: `name NUL script`, or a script. */
static int do_msg(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NFLUA_A_MSG];
	int err = check_request(skb, info);
	const char *payload, *script;
	struct nflua_job *job;
	size_t len;

	if (err)
		return err;
	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "the request lacks the message");
		return -EINVAL;
	}
	job = new_job(info, NFLUA_DEFAULT_STATE);
	if (!job)
		return -ENOMEM;
	payload = nla_data(attr);
	len = nla_len(attr);
	script = memchr(payload, '\0', len);
	if (script) {
		snprintf(job->chunk_name, sizeof(job->chunk_name), "@%s", payload);
		script++;
	} else {
		script = payload;
	}
	job->has_chunk = true;
	job->script = script;
	job->script_len = payload + len - script;
	return start_job(job, skb, info);
}

static int do_new(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_named(skb, info);
	struct nflua_job *job;

	if (err)
		return err;
	if (u32_or(info, NFLUA_A_FLAGS, 0) & NFLUA_STATE_PERCPU) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_FLAGS],
				    "states per CPU are not supported yet");
		return -EOPNOTSUPP;
	}
	if (info->attrs[NFLUA_A_CHUNK_NAME] && !info->attrs[NFLUA_A_CHUNK]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_CHUNK_NAME],
				    "a name for a script, and no script");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]));
	if (!job)
		return -ENOMEM;
	job->maxalloc = u64_or(info, NFLUA_A_MAXALLOC, NFLUA_MAXALLOC_DEFAULT);
	job->budget = u32_or(info, NFLUA_A_BUDGET, NFLUA_BUDGET_DEFAULT);
	job->flags = u32_or(info, NFLUA_A_FLAGS, 0);
	return start_job(job, skb, info);
}

static int do_exec(struct sk_buff *skb, struct genl_info *info)
{
	u32 flags = u32_or(info, NFLUA_A_EXEC_FLAGS, 0);
	int err = check_named(skb, info);
	struct nflua_job *job;

	if (err)
		return err;
	if (!info->attrs[NFLUA_A_CHUNK]) {
		NL_SET_ERR_MSG(info->extack, "the request lacks a script");
		return -EINVAL;
	}
	if (flags & NFLUA_EXEC_CHECK && flags != NFLUA_EXEC_CHECK) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_EXEC_FLAGS],
				    "check goes with no other flag");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]));
	return job ? start_job(job, skb, info) : -ENOMEM;
}

static int do_data(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NFLUA_A_MSG];
	int err = check_named(skb, info);
	struct nflua_job *job;

	if (err)
		return err;
	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "the request lacks the message");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]));
	if (!job)
		return -ENOMEM;
	job->data.portid = info->snd_portid;
	job->data.payload = nla_data(attr);
	job->data.len = nla_len(attr);
	return start_job(job, skb, info);
}

static int do_del(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_named(skb, info);

	return err ?: nflua_state_destroy(nflua_net(genl_info_net(info)),
					  nla_data(info->attrs[NFLUA_A_NAME]),
					  info->attrs[NFLUA_A_FORCE],
					  info->extack);
}

static int do_interrupt(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_request(skb, info);

	if (err)
		return err;
	err = nflua_job_interrupt(genl_info_net(info), info->snd_portid);
	if (err)
		NL_SET_ERR_MSG(info->extack, "this socket has nothing running");
	return err;
}

static int do_reserved(struct sk_buff *skb, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "this version of the module does not have the command");
	return -EOPNOTSUPP;
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

void nflua_genl_event(struct net *net, struct sk_buff *skb, gfp_t gfp)
{
	genlmsg_multicast_netns(&family, net, skb, 0, GROUP_EVENTS, gfp);
}

bool nflua_genl_data_listened(struct net *net, unsigned int group)
{
	return genl_has_listeners(&family, net, GROUP_DATA + group);
}

/* BHs are off. -ESRCH: nobody got it. */
int nflua_genl_data(struct net *net, struct sk_buff *skb, unsigned int group)
{
	return genlmsg_multicast_netns(&family, net, skb, 0, GROUP_DATA + group,
				       GFP_ATOMIC | __GFP_NOWARN);
}

static int do_get(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_named(skb, info);
	struct nflua_state *state;
	struct sk_buff *answer;

	if (err)
		return err;
	state = nflua_state_find(nflua_net(genl_info_net(info)),
				 nla_data(info->attrs[NFLUA_A_NAME]));
	if (!state) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_NAME],
				    "there is no state of this name");
		return -ENOENT;
	}
	answer = nflua_genl_new(NFLUA_CMD_STATE_GET,
				NFLUA_FIGURES_SIZE, info->snd_portid,
				info->snd_seq, GFP_KERNEL);
	err = answer ? nflua_fill_figures(answer, state) : -ENOMEM;
	nflua_state_put(state);
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

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (nflua_fill_figures(skb, state)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
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
	xa_for_each_start(&nn->ids, id, state, cb->args[0])
		if (dump_state(skb, cb, state))
			break;
	cb->args[0] = state ? id : ULONG_MAX;
	mutex_unlock(&nn->lock);
	return skb->len;
}

#define OP(which, handler, with)					\
	{								\
		.cmd = NFLUA_CMD_##which,				\
		.doit = handler,					\
		.policy = with,						\
		.maxattr = NFLUA_A_MAX,					\
	}

static const struct genl_ops ops[] = {
	OP(MSG, do_msg, msg_policy),
	OP(STATE_NEW, do_new, new_policy),
	OP(STATE_DEL, do_del, del_policy),
	{
		.cmd = NFLUA_CMD_STATE_GET,
		.doit = do_get,
		.dumpit = dump_states,
		.policy = get_policy,
		.maxattr = NFLUA_A_MAX,
	},
	OP(EXEC, do_exec, exec_policy),
	OP(INTERRUPT, do_interrupt, no_policy),
	OP(RUN, do_reserved, no_policy),
	OP(DATA, do_data, data_policy),
	OP(COMPLETE, do_reserved, no_policy),
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
