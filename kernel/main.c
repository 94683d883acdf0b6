// SPDX-License-Identifier: GPL-2.0-or-later
/* The module: what it brings up and takes down, once and in each namespace. */
#include <linux/module.h>
#include <linux/random.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>

#include "request/job.h"

/* Events that packets cause, in a second, in a namespace. */
#define EVENT_BURST	200
/* And those beyond it that find out whether anybody listens. */
#define EVENT_TRIES	10

unsigned int nflua_net_id __read_mostly;

/* Frees runtimes, and what else need not be waited for. */
struct workqueue_struct *nflua_wq;

struct nflua_net *nflua_net(const struct net *net)
{
	return net_generic(net, nflua_net_id);
}

static int __net_init net_init(struct net *net)
{
	struct nflua_net *nn = nflua_net(net);
	int err;

	nn->net = net;
	spin_lock_init(&nn->event_lock);
	ratelimit_state_init(&nn->event_limit, HZ, EVENT_BURST);
	ratelimit_state_init(&nn->event_tries, HZ, EVENT_TRIES);
	/* No word to the kernel's log; the events count what is held back. */
	ratelimit_set_flags(&nn->event_limit, RATELIMIT_MSG_ON_RELEASE);
	ratelimit_set_flags(&nn->event_tries, RATELIMIT_MSG_ON_RELEASE);
	nflua_conntrack_init(nn);
	err = nflua_outbox_init(&nn->outbox);
	if (err)
		return err;
	err = nflua_states_init(nn);
	if (err)
		nflua_outbox_exit(&nn->outbox);
	return err;
}

/* Between the two there is a grace period: no packet is in a runtime then. */
static void __net_exit net_pre_exit(struct net *net)
{
	nflua_states_close(nflua_net(net));
	nflua_outbox_close(&nflua_net(net)->outbox);
}

static void __net_exit net_exit(struct net *net)
{
	struct nflua_net *nn = nflua_net(net);

	nflua_conntrack_exit(nn);
	nflua_outbox_exit(&nn->outbox);
	nflua_states_exit(nn);
}

/* What was unlinked is freed before the namespaces are. */
static void __net_exit net_exit_batch(struct list_head *nets)
{
	rcu_barrier();
	flush_workqueue(nflua_wq);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.exit_batch = net_exit_batch,
	.id = &nflua_net_id,
	.size = sizeof(struct nflua_net),
};

/*
 * What is queued by now runs code of the module: the timers of CPUs, what was freed
 * by RCU, and runtimes, which free states by RCU in their turn.
 */
static void wait_for_rest(void)
{
	nflua_watch_exit();
	rcu_barrier();
	destroy_workqueue(nflua_wq);
	rcu_barrier();
}

/*
 * Once the family is there requests come, and what they begin is waited for only by
 * nflua_exit(): so what comes then cannot fail.
 */
static int __init nflua_init(void)
{
	int err;

	nflua_wq = alloc_workqueue("nflua", WQ_UNBOUND, 0);
	if (!nflua_wq)
		return -ENOMEM;
	err = nflua_watch_init();
	if (err)
		goto err_wq;
	nflua_engine_init(get_random_u64());
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_watch;
	err = nflua_jobs_init();
	if (err)
		goto err_net;
	err = nflua_debug_fail_load ? -ENOMEM : nflua_genl_init();
	if (err)
		goto err_jobs;
	nflua_xt_init();
	return 0;

err_jobs:
	nflua_jobs_exit();
err_net:
	unregister_pernet_subsys(&net_ops);
err_watch:
	wait_for_rest();
	return err;

err_wq:
	destroy_workqueue(nflua_wq);
	return err;
}

static void __exit nflua_exit(void)
{
	nflua_xt_exit();
	nflua_genl_exit();
	nflua_jobs_exit();
	unregister_pernet_subsys(&net_ops);
	wait_for_rest();
}

module_init(nflua_init);
module_exit(nflua_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(NFLUA_VERSION);
MODULE_DESCRIPTION("Packet filters in Lua");
