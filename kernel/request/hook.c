// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests that add, remove and list hooks. */
#include <linux/netfilter_arp.h>
#include <linux/netfilter_bridge.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "genl.h"
#include "netfilter/hook.h"
#include "netfilter/link.h"
#include "request/check.h"
#include "request/hook.h"
#include "state/net.h"

static int refuse(struct genl_info *info, int attr, const char *why)
{
	info->extack->_msg = why;
	if (info->attrs[attr])
		NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
	return -EINVAL;
}

static int read_device(struct genl_info *info, int attr, char name[NFLUA_DEVICE_SIZE])
{
	if (!info->attrs[attr])
		return 0;
	nla_strscpy(name, info->attrs[attr], NFLUA_DEVICE_SIZE);
	if (!*name)
		return refuse(info, attr, "a device has a name of 1 to 15 bytes");
	return 0;
}

/* A hook of a device is for one device, which is named as that of its packets. */
static int check_device(struct genl_info *info, const struct nflua_hook_spec *spec)
{
	const char *own = nflua_hook_device(spec);
	bool comes_in = own == spec->iif;

	if (!*own)
		return refuse(info, comes_in ? NFLUA_A_IIF : NFLUA_A_OIF,
			      "a hook of ingress or egress needs the name of a device");
	if (*(comes_in ? spec->oif : spec->iif))
		return refuse(info, comes_in ? NFLUA_A_OIF : NFLUA_A_IIF,
			      "a hook of ingress or egress has one device");
	return 0;
}

/* netfilter calls a hook of input or prerouting before there is a device to leave by. */
static int check_devices(struct genl_info *info, const struct nflua_hook_spec *spec)
{
	bool arp = spec->family == NFPROTO_ARP;
	bool leaves = arp ? spec->hook == NF_ARP_OUT : spec->hook == NF_INET_LOCAL_OUT ||
						       spec->hook == NF_INET_POST_ROUTING;
	bool comes = arp ? spec->hook == NF_ARP_IN : spec->hook == NF_INET_PRE_ROUTING ||
						     spec->hook == NF_INET_LOCAL_IN;

	if (nflua_hook_device(spec))
		return check_device(info, spec);
	if (*spec->iif && leaves)
		return refuse(info, NFLUA_A_IIF, "packets of this hook came in by no device");
	if (*spec->oif && comes)
		return refuse(info, NFLUA_A_OIF, "packets of this hook leave by no device yet");
	return 0;
}

static int read_mark(struct genl_info *info, struct nflua_hook_spec *spec)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[NFLUA_A_MARK])
		return attrs[NFLUA_A_MARK_MASK] ?
		       refuse(info, NFLUA_A_MARK_MASK, "a mask without a mark") : 0;
	spec->mark = nla_get_u32(attrs[NFLUA_A_MARK]);
	spec->mask = attrs[NFLUA_A_MARK_MASK] ? nla_get_u32(attrs[NFLUA_A_MARK_MASK]) :
						~0u;
	if (!spec->mask)
		return refuse(info, NFLUA_A_MARK_MASK, "the mask of the mark is 0");
	if (spec->mark & ~spec->mask)
		return refuse(info, NFLUA_A_MARK, "the mark has bits that its mask has not");
	return 0;
}

static int read_types(struct genl_info *info, struct nflua_hook_spec *spec)
{
	const struct nlattr *types = info->attrs[NFLUA_A_FRAME_TYPES];
	int len = types ? nla_len(types) : 0, i;

	if (!types)
		return 0;
	if (spec->family == NFPROTO_ARP || !nflua_link_is_below_ip(spec->family, spec->hook))
		return refuse(info, NFLUA_A_FRAME_TYPES,
			      "types of frames are for ingress, egress and bridges");
	if (!len || len % sizeof(*spec->types))
		return refuse(info, NFLUA_A_FRAME_TYPES, "types of frames have two bytes each");
	nla_memcpy(spec->types, types, sizeof(spec->types));
	spec->types_len = len / sizeof(*spec->types);
	for (i = 0; i < spec->types_len; i++)
		if (!spec->types[i])
			return refuse(info, NFLUA_A_FRAME_TYPES, "no frame has the type 0");
	return 0;
}

static int read_place(struct genl_info *info, struct nflua_hook_spec *spec)
{
	unsigned int hook = nla_get_u32(info->attrs[NFLUA_A_HOOK]), last;

	spec->family = nla_get_u32(info->attrs[NFLUA_A_FAMILY]);
	spec->hook = hook;
	switch (spec->family) {
	case NFPROTO_INET:
		last = NF_INET_INGRESS;
		break;
	case NFPROTO_IPV4:
	case NFPROTO_IPV6:
		last = NF_INET_NUMHOOKS - 1;
		break;
	case NFPROTO_NETDEV:
		last = NF_NETDEV_EGRESS;
		break;
	case NFPROTO_BRIDGE:
		if (!IS_ENABLED(CONFIG_NETFILTER_FAMILY_BRIDGE))
			return refuse(info, NFLUA_A_FAMILY, "this kernel has no hooks of bridges");
		last = NF_BR_POST_ROUTING;
		break;
	case NFPROTO_ARP:
		if (!IS_ENABLED(CONFIG_NETFILTER_FAMILY_ARP))
			return refuse(info, NFLUA_A_FAMILY, "this kernel has no hooks of ARP");
		last = NF_ARP_OUT;
		break;
	default:
		return refuse(info, NFLUA_A_FAMILY, "this family is not supported");
	}
	if (hook > last)
		return refuse(info, NFLUA_A_HOOK, "the family has no such hook");
	return 0;
}

static void read_on_error(struct genl_info *info, struct nflua_hook_spec *spec)
{
	const struct nlattr *on_error = info->attrs[NFLUA_A_ON_ERROR];

	spec->on_error = on_error ? nla_get_u32(on_error) : NFLUA_HOOK_ON_ERROR_STATE;
}

static int read_spec(struct genl_info *info, struct nflua_hook_spec *spec)
{
	struct nlattr **attrs = info->attrs;
	int err;

	if (!attrs[NFLUA_A_FAMILY] || !attrs[NFLUA_A_HOOK])
		return refuse(info, NFLUA_A_HOOK, "the request lacks a family or a hook");
	err = read_place(info, spec);
	if (err)
		return err;
	if (attrs[NFLUA_A_PRIORITY])
		spec->priority = nla_get_s32(attrs[NFLUA_A_PRIORITY]);
	spec->has_protocol = attrs[NFLUA_A_PROTOCOL];
	if (spec->has_protocol)
		spec->protocol = nla_get_u8(attrs[NFLUA_A_PROTOCOL]);
	read_on_error(info, spec);
	err = read_types(info, spec) ?: read_mark(info, spec) ?:
	      read_device(info, NFLUA_A_IIF, spec->iif) ?:
	      read_device(info, NFLUA_A_OIF, spec->oif);
	return err ?: check_devices(info, spec);
}

int nflua_do_hook_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nflua_net *nn = nflua_net(genl_info_net(info));
	int err = nflua_check_named(skb, info);
	struct nflua_hook *hook;
	struct sk_buff *answer;

	if (err)
		return err;
	if (!info->attrs[NFLUA_A_HOOK_ID])
		return refuse(info, NFLUA_A_HOOK_ID, "the request lacks the number of a hook");
	answer = nflua_genl_new(NFLUA_CMD_HOOK_GET, NFLUA_HOOK_SIZE, info->snd_portid,
				info->snd_seq, GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	mutex_lock(&nn->lock);
	hook = nflua_hook_find(nn, nla_data(info->attrs[NFLUA_A_NAME]),
			       nla_get_u32(info->attrs[NFLUA_A_HOOK_ID]));
	err = hook ? nflua_hook_fill(answer, hook) : -ENOENT;
	mutex_unlock(&nn->lock);
	if (err) {
		NL_SET_ERR_MSG(info->extack, "the state has no such hook");
		nlmsg_free(answer);
		return err;
	}
	nlmsg_end(answer, nlmsg_hdr(answer));
	return genlmsg_reply(answer, info);
}

int nflua_do_hook_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nflua_net *nn = nflua_net(genl_info_net(info));
	const struct nlattr *owner = info->attrs[NFLUA_A_OWNER];
	struct nflua_hook_spec spec = {};
	int err = nflua_check_named(skb, info);
	struct sk_buff *answer;
	u32 id = 0;

	if (err)
		return err;
	if (!info->attrs[NFLUA_A_FUNCTION])
		return refuse(info, NFLUA_A_FUNCTION, "the request lacks a function");
	err = read_spec(info, &spec);
	if (err)
		return err;
	/* Before the hook is there, so that a failed request leaves none. */
	answer = nflua_genl_new(NFLUA_CMD_HOOK_NEW, nla_total_size(sizeof(id)),
				info->snd_portid, info->snd_seq, GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	err = nflua_hook_add(nn, nla_data(info->attrs[NFLUA_A_NAME]),
			     nla_data(info->attrs[NFLUA_A_FUNCTION]), &spec,
			     owner ? nla_data(owner) : NULL, info->attrs[NFLUA_A_FORCE],
			     &id, info->extack);
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	WARN_ON_ONCE(nla_put_u32(answer, NFLUA_A_HOOK_ID, id));
	nlmsg_end(answer, nlmsg_hdr(answer));
	return genlmsg_reply(answer, info);
}

int nflua_do_hook_set(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *owner = info->attrs[NFLUA_A_OWNER];
	struct nflua_hook_spec spec = {};
	int err = nflua_check_named(skb, info);

	if (err)
		return err;
	if (!info->attrs[NFLUA_A_HOOK_ID])
		return refuse(info, NFLUA_A_HOOK_ID, "the request lacks the number of a hook");
	read_on_error(info, &spec);
	return nflua_hook_set(nflua_net(genl_info_net(info)),
			      nla_data(info->attrs[NFLUA_A_NAME]),
			      nla_get_u32(info->attrs[NFLUA_A_HOOK_ID]), &spec,
			      owner ? nla_data(owner) : NULL, info->extack);
}

int nflua_do_hook_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nflua_net *nn = nflua_net(genl_info_net(info));
	const struct nlattr *function = info->attrs[NFLUA_A_FUNCTION];
	const struct nlattr *id = info->attrs[NFLUA_A_HOOK_ID];
	int err = nflua_check_named(skb, info);

	if (err)
		return err;
	if (!function == !id)
		return refuse(info, NFLUA_A_HOOK_ID,
			      "the request needs a function or a number of a hook");
	return nflua_hook_del(nn, nla_data(info->attrs[NFLUA_A_NAME]),
			      function ? nla_data(function) : NULL,
			      id ? nla_get_u32(id) : 0, info->extack);
}

static int dump_hook(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct nflua_hook *hook)
{
	void *hdr = nflua_genl_put(skb, cb, NFLUA_CMD_HOOK_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (nflua_hook_fill(skb, hook)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Returns whether the dump, which may be for one state, has this hook. */
static bool is_wanted(struct netlink_callback *cb, const struct nflua_hook *hook)
{
	const struct nlattr *name = nflua_dump_attrs(cb)[NFLUA_A_NAME];

	return !name || nflua_hook_is_of(hook, nla_data(name));
}

/* Continues with the first hook whose id is not below cb->args[0]. */
int nflua_dump_hooks(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nflua_net *nn = nflua_net(sock_net(skb->sk));
	unsigned long id = cb->args[0];
	struct nflua_hook *hook;
	int err = nflua_check_sender(cb);

	if (err)
		return err;
	if (nflua_dump_attrs(cb)[NFLUA_A_HOOK_ID]) {
		NL_SET_ERR_MSG(cb->extack, "a dump lists all hooks: a number is not allowed");
		return -EINVAL;
	}
	mutex_lock(&nn->lock);
	cb->seq = nn->hook_generation;
	xa_for_each_start(&nn->hooks, id, hook, cb->args[0]) {
		if (!is_wanted(cb, hook))
			continue;
		err = dump_hook(skb, cb, hook);
		if (err)
			break;
	}
	cb->args[0] = hook ? id : ULONG_MAX;
	mutex_unlock(&nn->lock);
	/* An empty message would be taken for the end. */
	return skb->len || !err ? skb->len : err;
}
