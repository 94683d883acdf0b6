// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests that are answered at once, as they run no Lua. */
#include <net/genetlink.h>
#include <net/sock.h>

#include "genl.h"
#include "request/check.h"
#include "request/job.h"
#include "request/query.h"
#include "state/fill.h"
#include "state/net.h"
#include "state/settings.h"
#include "state/state.h"

int nflua_do_del(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);

	return err ?: nflua_state_destroy(nflua_net(genl_info_net(info)),
					  nla_data(info->attrs[NFLUA_A_NAME]),
					  info->attrs[NFLUA_A_FORCE],
					  info->extack);
}

int nflua_do_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	int err = nflua_check_named(skb, info);
	struct nflua_settings to = {};

	if (err)
		return err;
	if (attrs[NFLUA_A_MAXALLOC])
		to.maxalloc = nla_get_u64(attrs[NFLUA_A_MAXALLOC]);
	if (attrs[NFLUA_A_BUDGET])
		to.budget = nla_get_u32(attrs[NFLUA_A_BUDGET]);
	to.has_on_error = attrs[NFLUA_A_ON_ERROR];
	if (to.has_on_error)
		to.on_error = nla_get_u32(attrs[NFLUA_A_ON_ERROR]);
	if (attrs[NFLUA_A_OWNER])
		to.owner = nla_data(attrs[NFLUA_A_OWNER]);
	return nflua_state_set(nflua_net(genl_info_net(info)),
			       nla_data(attrs[NFLUA_A_NAME]), &to, info->extack);
}

int nflua_do_confirm(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);

	return err ?: nflua_aside_confirm(nflua_net(genl_info_net(info)),
					  nla_data(info->attrs[NFLUA_A_NAME]), info->extack);
}

int nflua_do_rollback(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);

	return err ?: nflua_aside_rollback(nflua_net(genl_info_net(info)),
					   nla_data(info->attrs[NFLUA_A_NAME]),
					   info->attrs[NFLUA_A_FORCE], info->extack);
}

int nflua_do_interrupt(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_request(skb, info);

	if (err)
		return err;
	err = nflua_job_interrupt(NETLINK_CB(skb).sk);
	if (err)
		NL_SET_ERR_MSG(info->extack, "no request is running on this socket");
	return err;
}

/* Returns what @act returns for the named state, dead or alive, or -ENOENT. */
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

int nflua_do_clear(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);

	return err ?: with_state(info, NULL, clear_state);
}

int nflua_do_get(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);
	struct sk_buff *answer;

	if (err)
		return err;
	answer = nflua_genl_new(NFLUA_CMD_STATE_GET, NFLUA_STATE_SIZE,
				info->snd_portid, info->snd_seq, GFP_KERNEL);
	err = answer ? with_state(info, answer, nflua_state_fill) : -ENOMEM;
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	nlmsg_end(answer, nlmsg_hdr(answer));
	return genlmsg_reply(answer, info);
}

static int dump_state(struct sk_buff *skb, struct netlink_callback *cb,
		      struct nflua_state *state)
{
	void *hdr = nflua_genl_put(skb, cb, NFLUA_CMD_STATE_GET);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	err = nflua_state_fill(skb, state);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Gives each message of the dump room for a state. */
int nflua_start_dump(struct netlink_callback *cb)
{
	cb->min_dump_alloc = NLMSG_ALIGN(NFLUA_STATE_SIZE + GENL_HDRLEN + NLMSG_HDRLEN);
	return 0;
}

/* Continues with the first state whose id is not below cb->args[0]. */
int nflua_dump_states(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nflua_net *nn = nflua_net(sock_net(skb->sk));
	unsigned long id = cb->args[0];
	struct nflua_state *state;
	int err = nflua_check_dump(cb);

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
