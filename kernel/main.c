// SPDX-License-Identifier: GPL-2.0-or-later
/* The module: the order in which its parts are brought up and taken down. */
#include <linux/module.h>
#include <linux/random.h>

#include "genl.h"
#include "lib/lib.h"
#include "pernet.h"
#include "request/job.h"
#include "request/ops.h"
#include "runtime/budget.h"
#include "runtime/runtime.h"
#include "state/event.h"
#include "state/state.h"

#ifndef CONFIG_64BIT
#error "nflua needs a 64-bit kernel: its stacks have 16 KB, and a pointer has room for the number of a packet (packet/view.h)"
#endif

/* What runtimes ask of the parts above them. */

static void printed(struct nflua_runtime *rt, const char *text, size_t len)
{
	nflua_event_print(rt->state, text, len);
}

static void failed(struct nflua_runtime *rt, const char *function,
		   struct nflua_error *error)
{
	nflua_account_error(rt->state, function, NULL, error);
}

static void release(struct nflua_runtime *rt)
{
	nflua_state_put(rt->state);
}

static const struct nflua_runtime_ops runtime_ops = {
	.open = nflua_lib_open,
	.printed = printed,
	.failed = failed,
	.release = release,
};

/*
 * Once the family is registered, requests can come, and only nflua_exit() waits for the
 * jobs that they start. So nothing after that may fail.
 */
static int __init nflua_init(void)
{
	int err = nflua_runtime_init(&runtime_ops);

	if (err)
		return err;
	err = nflua_budget_init();
	if (err)
		goto err_runtime;
	nflua_engine_init(get_random_u64());
	err = nflua_pernet_init();
	if (err)
		goto err_budget;
	err = nflua_jobs_init();
	if (err)
		goto err_net;
	err = nflua_debug_fail_load ? -ENOMEM : nflua_requests_init();
	if (err)
		goto err_jobs;
	return 0;

err_jobs:
	nflua_jobs_exit();
err_net:
	nflua_pernet_exit();
err_budget:
	nflua_budget_exit();
err_runtime:
	nflua_runtime_exit();
	return err;
}

static void __exit nflua_exit(void)
{
	nflua_genl_exit();
	nflua_jobs_exit();
	nflua_pernet_exit();
	nflua_budget_exit();
	nflua_runtime_exit();
}

module_init(nflua_init);
module_exit(nflua_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(NFLUA_VERSION);
MODULE_DESCRIPTION("Packet filters in Lua");
