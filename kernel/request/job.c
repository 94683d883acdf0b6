// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs: requests that run Lua, in a worker; see job.h. */
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include <net/sock.h>

#include "request/job.h"

/* At a time in a namespace, so that none keeps the workers from the others. */
#define JOBS_MAX	64

static LIST_HEAD(jobs);
/* jobs, and their interrupt; nflua_net.jobs */
static DEFINE_SPINLOCK(jobs_lock);
static struct workqueue_struct *jobs_wq;

/* The chunk goes to the parser straight from the request. */
static void rewind_chunk(void *ud)
{
	struct nflua_job *job = ud;

	job->next = nlmsg_attrdata(job->nlh, GENL_HDRLEN);
	job->left = nlmsg_attrlen(job->nlh, GENL_HDRLEN);
}

static const char *read_chunk(void *ud, size_t *size)
{
	struct nflua_job *job = ud;
	const struct nlattr *attr;

	if (job->script) {
		*size = job->left ? job->script_len : 0;
		job->left = 0;
		return *size ? job->script : NULL;
	}
	while (nla_ok(job->next, job->left)) {
		attr = job->next;
		job->next = nla_next(attr, &job->left);
		if (nla_type(attr) == NFLUA_A_CHUNK && nla_len(attr) > 0) {
			*size = nla_len(attr);
			return nla_data(attr);
		}
	}
	return NULL;
}

static int explain(struct nflua_job *job, int err)
{
	switch (err) {
	case -EEXIST:
		job->message = "a state of this name exists already";
		break;
	case -ENOENT:
		job->message = "there is no state of this name";
		break;
	case -ENOMEM:
		job->message = "not enough memory";
		break;
	case -ENOTCONN:
		job->message = "the state has no handler of messages";
		break;
	case -ENXIO:
		job->message = job->lack.text;
		break;
	case -EINTR:
		job->message = "interrupted";
		break;
	}
	return err;
}

static size_t exec_size(const struct nflua_exec *exec)
{
	struct nflua_value value;
	size_t pos = 0, size = nla_total_size(sizeof(u32));

	while (nflua_values_next(&exec->values, &pos, &value))
		size += nla_total_size(nla_total_size_64bit(value.len));
	size += nla_total_size(exec->output.len);
	return size + nflua_fill_error_size(&exec->error);
}

static int put_value(struct sk_buff *skb, const struct nflua_value *value)
{
	struct nlattr *nest = nla_nest_start(skb, NFLUA_A_VALUE);
	int err;

	if (!nest)
		return -EMSGSIZE;
	if (value->type == NFLUA_VALUE_INTEGER)
		err = nla_put_64bit(skb, value->type, value->len, value->data,
				    NFLUA_VALUE_PAD);
	else
		err = nla_put(skb, value->type, value->len, value->data);
	nla_nest_end(skb, nest);
	return err;
}

static u32 truncated(const struct nflua_exec *exec)
{
	return exec->error.truncated |
	       (exec->values.truncated ? NFLUA_TRUNCATED_VALUES : 0) |
	       (exec->output.truncated ? NFLUA_TRUNCATED_OUTPUT : 0);
}

static int fill_exec(struct sk_buff *skb, const struct nflua_exec *exec)
{
	struct nflua_value value;
	size_t pos = 0;

	/* The values of a chunk that failed are none. */
	while (exec->error.kind == NFLUA_ERROR_NONE &&
	       nflua_values_next(&exec->values, &pos, &value))
		if (put_value(skb, &value))
			return -EMSGSIZE;
	if (exec->output.len &&
	    nla_put(skb, NFLUA_A_OUTPUT, exec->output.len, exec->output.buf))
		return -EMSGSIZE;
	if (nflua_fill_error(skb, &exec->error))
		return -EMSGSIZE;
	if (truncated(exec) &&
	    nla_put_u32(skb, NFLUA_A_TRUNCATED, truncated(exec)))
		return -EMSGSIZE;
	return 0;
}

static size_t answer_size(const struct nflua_job *job)
{
	return nla_total_size(NFLUA_NAME_SIZE) +
	       (job->cmd == NFLUA_CMD_RUN ? nflua_fill_trial_size(&job->trial) :
					    exec_size(&job->exec));
}

static int fill_answer(struct sk_buff *skb, const struct nflua_job *job)
{
	if (nla_put_string(skb, NFLUA_A_NAME, job->name))
		return -EMSGSIZE;
	return job->cmd == NFLUA_CMD_RUN ? nflua_fill_trial(skb, &job->trial) :
					   fill_exec(skb, &job->exec);
}

/*
 * Makes the answer out of what the chunk did. What is published has it before,
 * so that a request that fails for want of memory has changed nothing.
 */
static int make_answer(struct nflua_job *job)
{
	struct sk_buff *skb;

	if (!job->has_answer && job->exec.error.kind == NFLUA_ERROR_NONE)
		return 0;
	skb = nflua_genl_new(job->cmd, answer_size(job), job->portid,
			     job->nlh->nlmsg_seq, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	if (WARN_ON_ONCE(fill_answer(skb, job))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlmsg_hdr(skb));
	job->answer = skb;
	return 0;
}

static int create_state(struct nflua_job *job)
{
	struct nflua_state_config config = {
		.name = job->name,
		.maxalloc = job->maxalloc,
		.budget = job->budget,
		.flags = job->flags,
		.on_error = job->on_error,
	};
	struct nflua_state *state = nflua_state_find(job->nn, job->name);
	struct nflua_runtime *rt;
	int err = -EEXIST;

	if (state)
		goto out;
	state = nflua_state_alloc(job->nn, &config);
	if (!state)
		return -ENOMEM;
	err = nflua_exec_build(state, &job->exec, &rt);
	if (err)
		goto out;
	err = make_answer(job);
	if (!err)
		err = nflua_state_add(state, rt, &job->lack);
	if (err)
		nflua_runtime_put(rt);
out:
	nflua_state_put(state);
	return err;
}

static int build_for(struct nflua_job *job, struct nflua_state *state)
{
	struct nflua_runtime *rt;
	int err = nflua_exec_build(state, &job->exec, &rt);

	if (err)
		return err;
	err = make_answer(job);
	if (!err && job->exec_flags & NFLUA_EXEC_CHECK)
		err = -ENODATA;
	else if (!err)
		err = nflua_state_replace(state, rt, &job->lack);
	if (err)
		nflua_runtime_put(rt);
	return err == -ENODATA ? 0 : err;
}

static int run_chunk(struct nflua_job *job, struct nflua_state *state)
{
	if (job->exec_flags & NFLUA_EXEC_SHOW) {
		job->exec.show = nflua_show_new();
		if (!job->exec.show)
			return -ENOMEM;
	}
	if (job->exec_flags & (NFLUA_EXEC_CHECK | NFLUA_EXEC_REPLACE))
		return build_for(job, state);
	return nflua_exec_live(state, &job->exec);
}

static int run_in_state(struct nflua_job *job)
{
	struct nflua_state *state;
	int err;

	if (job->cmd == NFLUA_CMD_MSG) {
		err = nflua_state_default(job->nn);
		if (err)
			return err;
	}
	state = nflua_state_find(job->nn, job->name);
	if (!state)
		return -ENOENT;
	err = nflua_state_exec_get(state);
	if (err)
		goto out;
	if (job->cmd == NFLUA_CMD_DATA)
		err = nflua_message_deliver(state, &job->data, &job->exec.error);
	else if (job->cmd == NFLUA_CMD_RUN)
		err = nflua_trial_run(state, &job->trial);
	else
		err = run_chunk(job, state);
	nflua_state_exec_put(state);
out:
	nflua_state_put(state);
	return err;
}

static void acknowledge(struct nflua_job *job, int err)
{
	struct netlink_ext_ack extack = {};

	extack._msg = job->exec.error.text ? job->exec.error.text : job->message;
	if (err || job->nlh->nlmsg_flags & NLM_F_ACK)
		netlink_ack(job->skb, job->nlh, err, &extack);
}

/*
 * The answer, unless the request got no further than to its state; and its end.
 * A chunk in a live state has run, whether that can be told or not.
 */
static void reply(struct nflua_job *job, int err)
{
	if (!err || job->exec.error.kind != NFLUA_ERROR_NONE) {
		if (!job->answer && make_answer(job) && !err) {
			job->message = "done, but there is not enough memory for the answer";
			err = -ENOMEM;
		}
		/* Where its buffer is full the acknowledgement tells of it. */
		if (job->answer)
			genlmsg_unicast(job->nn->net, job->answer, job->portid);
		job->answer = NULL;
	}
	acknowledge(job, err);
}

static void free_job(struct nflua_job *job)
{
	nflua_exec_clear(&job->exec);
	nflua_trial_clear(&job->trial);
	nlmsg_free(job->answer);
	/* In this order: the socket may be the last that keeps the namespace. */
	consume_skb(job->skb);
	sock_put(job->sk);
	kvfree(job);
}

static void work(struct work_struct *work)
{
	struct nflua_job *job = container_of(work, struct nflua_job, work);
	bool closed;
	int err;

	if (job->cmd == NFLUA_CMD_STATE_NEW)
		err = create_state(job);
	else
		err = run_in_state(job);
	explain(job, err);

	/* From here on the socket may send its next request. */
	spin_lock(&jobs_lock);
	list_del(&job->list);
	job->nn->jobs--;
	/*
	 * Of one that was closed another socket may have the port by now. Of one
	 * that is closed in this moment it may get the answer, and goes by its
	 * number: there is no way to send to a socket but by its port.
	 */
	closed = sock_flag(job->sk, SOCK_DEAD);
	spin_unlock(&jobs_lock);
	if (!closed)
		reply(job, err);
	free_job(job);
	module_put(THIS_MODULE);
}

/* By the socket: a port belongs to another one as soon as this one is closed. */
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
		NL_SET_ERR_MSG(extack, "too many scripts are running in this network namespace");
	} else {
		job->nn->jobs++;
		list_add_tail(&job->list, &jobs);
		err = 0;
	}
	spin_unlock(&jobs_lock);
	return err;
}

/**
 * nflua_job_start - hands a request to the worker
 * @job: kvmalloc'ed; owned by the worker when this returns -EINTR
 * @skb, @info: the request
 *
 * Returns what the handler is to return: -EINTR, upon which netlink_rcv_skb
 * leaves the acknowledgement to us, or another errno.
 */
int nflua_job_start(struct nflua_job *job, struct sk_buff *skb,
		    struct genl_info *info)
{
	job->nn = nflua_net(genl_info_net(info));
	job->nlh = (struct nlmsghdr *)info->nlhdr;
	job->sk = NETLINK_CB(skb).sk;
	job->skb = skb;
	job->portid = info->snd_portid;
	job->exec.interrupt = &job->interrupt;
	job->data.interrupt = &job->interrupt;
	job->trial.interrupt = &job->interrupt;
	job->exec.chunk.read = read_chunk;
	job->exec.chunk.rewind = rewind_chunk;
	job->exec.chunk.ud = job;
	job->exec.chunk.name = job->chunk_name;
	job->exec.chunk.eval = job->exec_flags & NFLUA_EXEC_EVAL;
	job->exec.chunk.check = job->exec_flags & NFLUA_EXEC_CHECK;
	INIT_WORK(&job->work, work);
	/* Of a module that is being unloaded nobody else keeps the handlers out. */
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(info->extack, "the module is being unloaded");
		return -ENODEV;
	}
	if (enter_job(job, info->extack)) {
		module_put(THIS_MODULE);
		return -EBUSY;
	}
	sock_hold(job->sk);
	skb_get(skb);
	queue_work(jobs_wq, &job->work);
	return -EINTR;
}

/* Breaks off what the socket has running; -ENOENT when that is nothing. */
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
 * Which one it was is not said, but it is dead by now, and in no group any more.
 * Process context.
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

/* Each job holds the module: none is left. */
void nflua_jobs_exit(void)
{
	netlink_unregister_notifier(&netlink_notifier);
	destroy_workqueue(jobs_wq);
}
