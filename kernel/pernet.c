// SPDX-License-Identifier: GPL-2.0-or-later
/* What is brought up and taken down in each network namespace, in this order. */
#include <net/net_namespace.h>

#include "lib/conntrack.h"
#include "netfilter/hook.h"
#include "pernet.h"
#include "runtime/runtime.h"
#include "state/event.h"
#include "state/net.h"
#include "state/state.h"
#include "xmit/queue.h"

static int __net_init net_init(struct net *net)
{
	struct nflua_net *nn = nflua_net(net);
	int err;

	nn->net = net;
	nflua_events_init(nn);
	nflua_conntrack_init(nn);
	nflua_hooks_init(nn);
	err = nflua_tx_init(nn);
	if (err)
		return err;
	err = nflua_states_init(nn);
	if (err)
		nflua_tx_exit(nn);
	return err;
}

/* A grace period follows, so that no packet is in a runtime when net_exit() is called. */
static void __net_exit net_pre_exit(struct net *net)
{
	nflua_hooks_close(nflua_net(net));
	nflua_states_close(nflua_net(net));
	nflua_tx_close(nflua_net(net));
}

static void __net_exit net_exit(struct net *net)
{
	struct nflua_net *nn = nflua_net(net);

	nflua_conntrack_exit(nn);
	nflua_tx_exit(nn);
	nflua_states_exit(nn);
	nflua_hooks_exit(nn);
}

/* Waits until unlinked states and runtimes are freed; then the namespaces may be. */
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

int __init nflua_pernet_init(void)
{
	int err = register_pernet_subsys(&net_ops);

	if (err)
		return err;
	err = nflua_hooks_start();
	if (err)
		unregister_pernet_subsys(&net_ops);
	return err;
}

void nflua_pernet_exit(void)
{
	nflua_hooks_stop();
	unregister_pernet_subsys(&net_ops);
}
