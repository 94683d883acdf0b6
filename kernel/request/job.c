// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs: requests that run Lua, in a worker; see job.h. */
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "request/answer.h"
#include "request/job.h"
#include "request/script.h"
#include "runtime/debug.h"
#include "state/event.h"
#include "state/net.h"

/* Jobs at a time in a namespace, so that none keeps the workers from the others. */
#define JOBS_MAX	64

static LIST_HEAD(jobs);
/* Protects jobs, their interrupt, and nflua_net.jobs. */
static DEFINE_SPINLOCK(jobs_lock);
static struct workqueue_struct *jobs_wq;

static void explain(struct nflua_job *job, int err)
{
	switch (err) {
	case -EEXIST:
		job->why = "a state of this name exists already";
		break;
	case -ENOENT:
		job->why = "there is no state of this name";
		break;
	case -ENOMEM:
		job->why = "not enough memory";
		break;
	case -ENOTCONN:
		job->why = "the state has no message handler (nf.receive)";
		break;
	case -ENXIO:
		job->why = job->lack.text;
		break;
	case -EBUSY:
		job->why = "a change waits for its confirmation";
		break;
	case -EINTR:
		job->why = "interrupted";
		break;
	case -EAGAIN:
		job->why = "the script was replaced while the chunk ran, so that what it did is lost";
		break;
	case -ESHUTDOWN:
		job->why = "the network namespace is being removed";
		break;
	}
}

static void acknowledge(struct nflua_job *job, int err)
{
	struct netlink_ext_ack extack = {};

	extack._msg = job->exec.error.text ? job->exec.error.text : job->why;
	if (err || job->nlh->nlmsg_flags & NLM_F_ACK)
		netlink_ack(job->skb, job->nlh, err, &extack);
}

/*
 * Sends the answer, unless the request failed before Lua, and the acknowledgement. A
 * chunk in a live state has run, even if there is no memory for the answer.
 */
static void reply(struct nflua_job *job, int err)
{
	if (!err || job->exec.error.kind != NFLUA_ERROR_NONE) {
		if (!job->answer && nflua_answer_make(job) && !err) {
			job->why = "done, but there is not enough memory for the answer";
			err = -ENOMEM;
		}
		/* If the socket's buffer is full, the socket reports that by itself. */
		if (job->answer)
			genlmsg_unicast(job->nn->net, job->answer, job->portid);
		job->answer = NULL;
	}
	acknowledge(job, err);
}

static void free_job(struct nflua_job *job)
{
	nflua_exec_clear(&job->exec);
	nflua_dry_run_clear(&job->dry);
	nlmsg_free(job->answer);
	/* In this order, as the socket may be the last that keeps the namespace. */
	consume_skb(job->skb);
	sock_put(job->sk);
	mem_cgroup_put(job->memcg);
	kvfree(job);
}

static void work(struct work_struct *work)
{
	struct nflua_job *job = container_of(work, struct nflua_job, work);
	struct mem_cgroup *others;
	bool closed;
	int err;

	others = set_active_memcg(job->memcg);
	err = job->ops->run(job);
	set_active_memcg(others);
	explain(job, err);

	/* From here on the socket may send its next request. */
	spin_lock(&jobs_lock);
	list_del(&job->list);
	job->nn->jobs--;
	/*
	 * If the socket was closed, another one may have its port by now. If it is closed
	 * at this moment, the other one may get the answer, and must ignore it by its
	 * number: a socket can only be addressed by its port.
	 */
	closed = sock_flag(job->sk, SOCK_DEAD);
	spin_unlock(&jobs_lock);
	if (!closed)
		reply(job, err);
	free_job(job);
	module_put(THIS_MODULE);
}

/* Returns the job of a socket, or NULL. Its port may already belong to another socket. */
static struct nflua_job *find_job(const struct sock *sk)
{
	struct nflua_job *job;

	lockdep_assert_held(&jobs_lock);
	list_for_each_entry(job, &jobs, list)
		if (job->sk == sk)
			return job;
	return NULL;
}

static int enter_job(struct nflua_job *job, struct netlink_ext_ack *extack)
{
	int err = -EBUSY;

	spin_lock(&jobs_lock);
	if (find_job(job->sk)) {
		NL_SET_ERR_MSG(extack, "this socket has a request running");
	} else if (job->nn->jobs >= JOBS_MAX) {
		NL_SET_ERR_MSG(extack, "too many requests are running in this network namespace");
	} else {
		job->nn->jobs++;
		list_add_tail(&job->list, &jobs);
		err = 0;
	}
	spin_unlock(&jobs_lock);
	return err;
}

int nflua_job_start(struct nflua_job *job, struct sk_buff *skb,
		    struct genl_info *info)
{
	job->nn = nflua_net(genl_info_net(info));
	job->nlh = (struct nlmsghdr *)info->nlhdr;
	job->sk = NETLINK_CB(skb).sk;
	job->skb = skb;
	job->portid = info->snd_portid;
	job->exec.interrupt = &job->interrupt;
	job->message.interrupt = &job->interrupt;
	job->dry.interrupt = &job->interrupt;
	nflua_job_scripts(job);
	job->exec.chunk.eval = job->exec_flags & NFLUA_EXEC_EVAL;
	job->exec.chunk.check = job->exec_flags & NFLUA_EXEC_CHECK;
	INIT_WORK(&job->work, work);
	/* While the module is being unloaded, nothing else keeps the handlers out. */
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(info->extack, "the module is being unloaded");
		return -ENODEV;
	}
	if (enter_job(job, info->extack)) {
		module_put(THIS_MODULE);
		return -EBUSY;
	}
	job->memcg = get_mem_cgroup_from_mm(NULL);
	sock_hold(job->sk);
	skb_get(skb);
	queue_work(jobs_wq, &job->work);
	return -EINTR;
}

int nflua_job_interrupt(const struct sock *sk)
{
	struct nflua_job *job;
	int err = -ENOENT;

	spin_lock(&jobs_lock);
	job = find_job(sk);
	if (job) {
		WRITE_ONCE(job->interrupt, 1);
		err = 0;
	}
	spin_unlock(&jobs_lock);
	return err;
}

/*
 * Interrupts the job of a socket that was closed. The kernel does not say which socket it
 * was, but it is dead by now, and in no group any more. Process context.
 */
static int socket_closed(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	const struct netlink_notify *n = data;
	struct nflua_job *job;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	nflua_event_socket_closed(nflua_net(n->net));
	nflua_debug_hold(NFLUA_HOLD_CLOSES);
	spin_lock(&jobs_lock);
	list_for_each_entry(job, &jobs, list)
		if (sock_flag(job->sk, SOCK_DEAD))
			WRITE_ONCE(job->interrupt, 1);
	spin_unlock(&jobs_lock);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = {
	.notifier_call = socket_closed,
};

int nflua_jobs_init(void)
{
	int err;

	jobs_wq = alloc_workqueue("nflua_jobs", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (!jobs_wq)
		return -ENOMEM;
	err = netlink_register_notifier(&netlink_notifier);
	if (err)
		destroy_workqueue(jobs_wq);
	return err;
}

/* Each job holds the module, so none is left. */
void nflua_jobs_exit(void)
{
	netlink_unregister_notifier(&netlink_notifier);
	destroy_workqueue(jobs_wq);
}
