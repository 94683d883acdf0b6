// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hooks of our own. A hook is to netfilter what a table of nft is: a function with a
 * priority among others. For its state it is a rule, and so it waits for a new state after
 * its own was destroyed by force.
 *
 * A hook of a device names it. While there is no device of this name, the hook waits, and
 * netfilter does not know it. Devices come and go under the RTNL, which is taken before
 * nflua_net.lock.
 *
 * A hook holds the module, as netfilter does not. Packets may be in it for a grace period
 * after it was removed, which unloading the module waits for, too.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "netfilter/hook.h"
#include "netfilter/link.h"
#include "state/event.h"
#include "state/net.h"
#include "state/state.h"

static void end_queueing(struct nflua_hook *hook)
{
	WRITE_ONCE(hook->ends, true);
	smp_mb();	/* may_queue() in hook_packet.c sees it, or is seen here */
	if (READ_ONCE(hook->queues))
		synchronize_net();
}

bool nflua_hook_is_of(const struct nflua_hook *hook, const char *name)
{
	const struct nflua_state *state =
		rcu_dereference_protected(hook->rule.state,
					  lockdep_is_held(&hook->rule.net->lock));

	return strcmp(state->name, name) == 0;
}

static bool is_same(const struct nflua_hook *hook, const char *name, const char *function,
		    const struct nflua_hook_spec *spec)
{
	const struct nflua_hook_spec *own = &hook->spec;

	return nflua_hook_is_of(hook, name) &&
	       strcmp(hook->rule.function, function) == 0 &&
	       own->family == spec->family && own->hook == spec->hook &&
	       own->priority == spec->priority && own->mark == spec->mark &&
	       own->mask == spec->mask && strcmp(own->iif, spec->iif) == 0 &&
	       strcmp(own->oif, spec->oif) == 0 &&
	       own->has_protocol == spec->has_protocol &&
	       own->protocol == spec->protocol && own->types_len == spec->types_len &&
	       memcmp(own->types, spec->types, sizeof(own->types)) == 0;
}

static bool exists(struct nflua_net *nn, const char *name, const char *function,
		   const struct nflua_hook_spec *spec)
{
	struct nflua_hook *hook;
	unsigned long id;

	xa_for_each(&nn->hooks, id, hook)
		if (is_same(hook, name, function, spec))
			return true;
	return false;
}

static void tell(struct nflua_net *nn, const struct nflua_hook *hook, enum nflua_cmd cmd)
{
	struct sk_buff *skb = nflua_event_new(nn, cmd, NFLUA_HOOK_SIZE);

	if (skb)
		nflua_event_send(nn, skb, nflua_hook_fill(skb, hook));
}

const char *nflua_hook_device(const struct nflua_hook_spec *spec)
{
	if (!nflua_link_is_device(spec->family, spec->hook))
		return NULL;
	return spec->family == NFPROTO_NETDEV && spec->hook == NF_NETDEV_EGRESS ?
	       spec->oif : spec->iif;
}

/* Gives the hook to netfilter. @dev: its device, or NULL if it is of none */
static int give(struct nflua_hook *hook, struct net_device *dev)
{
	int err;

	hook->ops.dev = dev;
	err = nf_register_net_hook(hook->rule.net->net, &hook->ops);
	hook->waits = err;
	return err;
}

/* The same, unless its device is not there: then it waits. */
static int give_or_wait(struct nflua_hook *hook)
{
	const char *name = nflua_hook_device(&hook->spec);
	struct net_device *dev = NULL;

	if (name) {
		ASSERT_RTNL();
		dev = __dev_get_by_name(hook->rule.net->net, name);
		hook->waits = !dev;
	}
	return hook->waits ? 0 : give(hook, dev);
}

/* Puts the hook into the table, and gives it to netfilter. */
static int publish(struct nflua_net *nn, struct nflua_hook *hook)
{
	int err;

	if (!try_module_get(THIS_MODULE))
		return -ESHUTDOWN;
	hook->ops.hook = nflua_link_is_below_ip(hook->spec.family, hook->spec.hook) ?
			 nflua_hook_frame : nflua_hook_packet;
	hook->ops.priv = hook;
	hook->ops.pf = hook->spec.family;
	hook->ops.hooknum = hook->spec.hook;
	hook->ops.priority = hook->spec.priority;
	err = xa_alloc(&nn->hooks, &hook->id, hook, XA_LIMIT(nn->next_hook, U32_MAX),
		       GFP_KERNEL);
	if (err)
		goto err_module;
	err = give_or_wait(hook);
	if (err)
		goto err_table;
	nn->next_hook = hook->id + 1;
	nn->hook_generation++;
	return 0;

err_table:
	xa_erase(&nn->hooks, hook->id);
err_module:
	module_put(THIS_MODULE);
	return err;
}

static int add(struct nflua_net *nn, struct nflua_hook *hook, const char *name,
	       const char *function, bool force)
{
	int err;

	if (nn->closing)
		return -ESHUTDOWN;
	if (exists(nn, name, function, &hook->spec))
		return -EEXIST;
	err = nflua_rule_join(&hook->rule, nn, name, function, force);
	if (err)
		return err;
	err = publish(nn, hook);
	if (err)
		nflua_rule_leave(&hook->rule);
	else
		tell(nn, hook, NFLUA_CMD_HOOK_NEW_NTF);
	return err;
}

static void explain(int err, struct netlink_ext_ack *extack)
{
	switch (err) {
	case -EEXIST:
		NL_SET_ERR_MSG(extack, "there is such a hook already");
		break;
	case -ENOENT:
		NL_SET_ERR_MSG(extack, "there is no state of this name");
		break;
	case -ENXIO:
		NL_SET_ERR_MSG(extack, "the state has no such function");
		break;
	case -EOPNOTSUPP:
		NL_SET_ERR_MSG(extack, "this kernel has no such hook");
		break;
	case -E2BIG:
		NL_SET_ERR_MSG(extack, "netfilter has no room for more hooks there");
		break;
	}
}

static int copy_owner(const char *owner, char **copy)
{
	*copy = NULL;
	if (!owner || !*owner)
		return 0;
	*copy = kstrdup(owner, GFP_KERNEL_ACCOUNT);
	return *copy ? 0 : -ENOMEM;
}

static bool has_conditions(const struct nflua_hook_spec *spec)
{
	return spec->mask || spec->has_protocol ||
	       (!nflua_hook_device(spec) && (*spec->iif || *spec->oif));
}

static struct nflua_hook *new_hook(const struct nflua_hook_spec *spec, const char *owner)
{
	struct nflua_hook *hook = kzalloc(sizeof(*hook), GFP_KERNEL_ACCOUNT);

	if (!hook)
		return NULL;
	hook->spec = *spec;
	hook->conditions = has_conditions(spec);
	if (copy_owner(owner, &hook->rule.owner)) {
		kfree(hook);
		return NULL;
	}
	return hook;
}

/* Packets may still be in the hook; its owner is not for them. */
static void free_hook(struct nflua_hook *hook)
{
	kfree(hook->rule.owner);
	hook->rule.owner = NULL;
	kfree_rcu(hook, rcu);
}

int nflua_hook_add(struct nflua_net *nn, const char *name, const char *function,
		   const struct nflua_hook_spec *spec, const char *owner, bool force,
		   u32 *id, struct netlink_ext_ack *extack)
{
	struct nflua_hook *hook = new_hook(spec, owner);
	int err;

	if (!hook)
		return -ENOMEM;
	if (nflua_hook_device(spec))
		rtnl_lock();
	mutex_lock(&nn->lock);
	err = add(nn, hook, name, function, force);
	*id = hook->id;
	mutex_unlock(&nn->lock);
	if (nflua_hook_device(spec))
		rtnl_unlock();
	if (!err)
		return 0;
	/* Perhaps netfilter had it for a moment. */
	free_hook(hook);
	explain(err, extack);
	return err;
}

static unsigned int nflua_hook_pass(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

/*
 * When a hook was the last one, Linux 6.1 warns about each packet of it that it drops from
 * a queue, for a place behind the end. So there is another one at the end meanwhile.
 */
static bool add_last(struct nflua_hook *hook)
{
	hook->last = hook->ops;
	hook->last.hook = nflua_hook_pass;
	hook->last.priority = INT_MAX;
	return nf_register_net_hook(hook->rule.net->net, &hook->last) == 0;
}

static void take_back(struct nflua_hook *hook)
{
	bool has_last;

	if (hook->waits)
		return;
	has_last = READ_ONCE(hook->queues) && add_last(hook);
	nf_unregister_net_hook(hook->rule.net->net, &hook->ops);
	if (has_last)
		nf_unregister_net_hook(hook->rule.net->net, &hook->last);
}

static void drop(struct nflua_net *nn, struct nflua_hook *hook)
{
	lockdep_assert_held(&nn->lock);
	end_queueing(hook);
	take_back(hook);
	xa_erase(&nn->hooks, hook->id);
	nn->hook_generation++;
	tell(nn, hook, NFLUA_CMD_HOOK_DEL_NTF);
	nflua_rule_leave(&hook->rule);
	free_hook(hook);
	module_put(THIS_MODULE);
}

struct nflua_hook *nflua_hook_find(struct nflua_net *nn, const char *name, u32 id)
{
	struct nflua_hook *hook = xa_load(&nn->hooks, id);

	return hook && nflua_hook_is_of(hook, name) ? hook : NULL;
}

int nflua_hook_set(struct nflua_net *nn, const char *name, u32 id,
		   const struct nflua_hook_spec *spec, const char *owner,
		   struct netlink_ext_ack *extack)
{
	struct nflua_hook *hook;
	char *copy;
	int err = copy_owner(owner, &copy);

	if (err)
		return err;
	mutex_lock(&nn->lock);
	hook = nflua_hook_find(nn, name, id);
	if (hook) {
		WRITE_ONCE(hook->spec.on_error, spec->on_error);
		swap(hook->rule.owner, copy);
		tell(nn, hook, NFLUA_CMD_HOOK_NEW_NTF);
	}
	mutex_unlock(&nn->lock);
	kfree(copy);
	if (hook)
		return 0;
	NL_SET_ERR_MSG(extack, "the state has no such hook");
	return -ENOENT;
}

int nflua_hook_del(struct nflua_net *nn, const char *name, const char *function, u32 id,
		   struct netlink_ext_ack *extack)
{
	struct nflua_hook *hook;
	unsigned long at;
	int err = -ENOENT;

	mutex_lock(&nn->lock);
	xa_for_each(&nn->hooks, at, hook) {
		if (!nflua_hook_is_of(hook, name) ||
		    (function ? strcmp(hook->rule.function, function) != 0 : at != id))
			continue;
		drop(nn, hook);
		err = 0;
	}
	mutex_unlock(&nn->lock);
	if (err)
		NL_SET_ERR_MSG(extack, "the state has no such hook");
	return err;
}

int nflua_hook_fill(struct sk_buff *skb, const struct nflua_hook *hook)
{
	const struct nflua_hook_spec *spec = &hook->spec;
	const struct nflua_state *state =
		rcu_dereference_protected(hook->rule.state,
					  lockdep_is_held(&hook->rule.net->lock));

	if (nla_put_string(skb, NFLUA_A_NAME, state->name) ||
	    nla_put_string(skb, NFLUA_A_FUNCTION, hook->rule.function) ||
	    nla_put_u32(skb, NFLUA_A_HOOK_ID, hook->id) ||
	    nla_put_u32(skb, NFLUA_A_FAMILY, spec->family) ||
	    nla_put_u32(skb, NFLUA_A_HOOK, spec->hook) ||
	    nla_put_s32(skb, NFLUA_A_PRIORITY, spec->priority) ||
	    (spec->mask && (nla_put_u32(skb, NFLUA_A_MARK, spec->mark) ||
			    nla_put_u32(skb, NFLUA_A_MARK_MASK, spec->mask))) ||
	    (*spec->iif && nla_put_string(skb, NFLUA_A_IIF, spec->iif)) ||
	    (*spec->oif && nla_put_string(skb, NFLUA_A_OIF, spec->oif)) ||
	    (hook->waits && nla_put_flag(skb, NFLUA_A_WAITS)) ||
	    (hook->rule.owner && nla_put_string(skb, NFLUA_A_OWNER, hook->rule.owner)) ||
	    (spec->types_len && nla_put(skb, NFLUA_A_FRAME_TYPES,
					spec->types_len * sizeof(*spec->types), spec->types)) ||
	    (spec->has_protocol && nla_put_u8(skb, NFLUA_A_PROTOCOL, spec->protocol)) ||
	    (spec->on_error != NFLUA_HOOK_ON_ERROR_STATE &&
	     nla_put_u32(skb, NFLUA_A_ON_ERROR, spec->on_error)))
		return -EMSGSIZE;
	return 0;
}

/* A device has this name now, or goes; its hook gets it or waits. */
static void follow(struct nflua_net *nn, struct nflua_hook *hook, struct net_device *dev,
		   bool goes)
{
	const char *name = nflua_hook_device(&hook->spec);
	bool fits = name && !goes && strcmp(name, dev->name) == 0;

	ASSERT_RTNL();
	lockdep_assert_held(&nn->lock);
	if (hook->waits ? !fits : fits || hook->ops.dev != dev)
		return;
	if (!hook->waits) {
		take_back(hook);
		hook->waits = true;
	} else if (give(hook, dev)) {
		pr_warn("nflua: netfilter did not take the hook that waits for %s\n",
			dev->name);
	}
	nn->hook_generation++;
	tell(nn, hook, NFLUA_CMD_HOOK_NEW_NTF);
}

/*
 * Under the RTNL. A device goes before it gets another namespace; when this is called for
 * another name, it has it already.
 */
static int device_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct nflua_net *nn = nflua_net(dev_net(dev));
	struct nflua_hook *hook;
	unsigned long id;

	if (event != NETDEV_REGISTER && event != NETDEV_UNREGISTER &&
	    event != NETDEV_CHANGENAME)
		return NOTIFY_DONE;
	mutex_lock(&nn->lock);
	xa_for_each(&nn->hooks, id, hook)
		follow(nn, hook, dev, event == NETDEV_UNREGISTER);
	mutex_unlock(&nn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

int __init nflua_hooks_start(void)
{
	return register_netdevice_notifier(&device_notifier);
}

void nflua_hooks_stop(void)
{
	unregister_netdevice_notifier(&device_notifier);
}

void nflua_hooks_init(struct nflua_net *nn)
{
	xa_init_flags(&nn->hooks, XA_FLAGS_ALLOC1);
	nn->next_hook = 1;
}

void nflua_hooks_close(struct nflua_net *nn)
{
	struct nflua_hook *hook;
	unsigned long id;

	mutex_lock(&nn->lock);
	nn->closing = true;
	xa_for_each(&nn->hooks, id, hook)
		drop(nn, hook);
	mutex_unlock(&nn->lock);
}

void nflua_hooks_exit(struct nflua_net *nn)
{
	xa_destroy(&nn->hooks);
}
