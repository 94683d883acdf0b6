// SPDX-License-Identifier: GPL-2.0-or-later
/* What each command does, in the worker. */
#include "lib/conntrack.h"
#include "lib/lib.h"
#include "request/answer.h"
#include "request/job.h"
#include "request/script.h"
#include "runtime/show.h"
#include "state/live.h"
#include "state/net.h"
#include "state/state.h"

/*
 * Returns a runtime in which the scripts have run, and which nobody else sees yet, or an
 * ERR_PTR(). The answer is made before the runtime is published, so that a request that
 * fails for lack of memory has changed nothing.
 */
static struct nflua_runtime *build(struct nflua_job *job, struct nflua_state *state)
{
	struct nflua_runtime *rt = nflua_state_new_runtime(state);
	u8 digest[NFLUA_DIGEST_SIZE];
	int err = 0;

	if (IS_ERR(rt))
		return rt;
	while (!err && nflua_job_next_script(job)) {
		err = nflua_exec_build(rt, &job->exec);
		nflua_job_digest(job, digest);
		nflua_code_add(&job->code, job->chunk_name, digest);
	}
	err = err ?: nflua_answer_make(job);
	if (!err)
		return rt;
	nflua_runtime_put(rt);
	return ERR_PTR(err);
}

/* Returns -ENXIO if the runtime lacks a function that the request names. */
static int check_functions(struct nflua_job *job, const struct nflua_runtime *rt)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, job->nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != NFLUA_A_RULE_FUNCTION ||
		    nflua_engine_callable(rt->main, nla_data(attr)))
			continue;
		snprintf(job->lack.text, sizeof(job->lack.text),
			 "the script does not define the function %s",
			 (const char *)nla_data(attr));
		return -ENXIO;
	}
	return 0;
}

/* Builds a state that nobody ever sees. */
static int try_state(struct nflua_job *job, const struct nflua_state_config *config)
{
	struct nflua_state *state = nflua_state_alloc(job->nn, config);
	struct nflua_runtime *rt;
	int err;

	if (!state)
		return -ENOMEM;
	rt = build(job, state);
	err = PTR_ERR_OR_ZERO(rt);
	job->lack.owner = config->owner;
	if (!err && job->exec_flags & NFLUA_EXEC_TRY)
		err = check_functions(job, rt) ?:
		      nflua_state_try(job->nn, job->name, rt, &job->lack);
	if (!IS_ERR(rt))
		nflua_runtime_put(rt);
	nflua_state_put(state);
	return err;
}

static int create_state(struct nflua_job *job)
{
	struct nflua_state_config config = {
		.name = job->name,
		.maxalloc = job->maxalloc,
		.budget = job->budget,
		.flags = job->flags,
		.on_error = job->on_error,
		.inherit = job->inherit,
		.owner = job->owner,
	};
	struct nflua_state *state;
	struct nflua_runtime *rt;
	int err = -EEXIST;

	if (job->exec_flags)
		return try_state(job, &config);
	state = nflua_state_find(job->nn, job->name);
	if (state)
		goto out;
	state = nflua_state_alloc(job->nn, &config);
	if (!state)
		return -ENOMEM;
	rt = build(job, state);
	err = PTR_ERR_OR_ZERO(rt);
	if (err)
		goto out;
	state->code = job->code;
	err = nflua_state_add(state, rt, &job->lack);
	if (err) {
		nflua_runtime_put(rt);
	} else {
		/* What the script wants of the namespace happens only now. */
		nflua_net_change_mask(job->nn, job->exec.mask.clear, job->exec.mask.set);
		nflua_conntrack_want(job->nn, job->exec.wants);
	}
out:
	nflua_state_put(state);
	return err;
}

static int replace_script(struct nflua_job *job, struct nflua_state *state)
{
	bool check = job->exec_flags & NFLUA_EXEC_CHECK;
	struct nflua_runtime *rt;
	int err;

	if (!check && nflua_state_waits(state))
		return -EBUSY;
	rt = build(job, state);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (check) {
		nflua_runtime_put(rt);
		return 0;
	}
	job->confirm.mask_bits = job->exec.mask.clear | job->exec.mask.set;
	err = nflua_state_replace(state, rt, &job->code, &job->exec.mask, &job->confirm,
				  &job->lack);
	if (err)
		nflua_runtime_put(rt);
	else
		nflua_conntrack_want(job->nn, job->exec.wants);
	return err;
}

/*
 * Returns whether what ran counts as code of the state: a script that began to run. If the
 * state was replaced meanwhile, it can perhaps go back.
 */
static bool is_code(const struct nflua_exec *exec, int err)
{
	if (exec->prefix || exec->chunk.eval || exec->chunk.stage != NFLUA_STAGE_RUN)
		return false;
	return !err || err == -EAGAIN || exec->error.kind != NFLUA_ERROR_NONE;
}

/* Runs a script, or a completion, in turns with packets. */
static int run_one(struct nflua_job *job, struct nflua_state *state)
{
	struct nflua_runtime *rt = nflua_live_take(state);
	u8 digest[NFLUA_DIGEST_SIZE];
	int err;

	if (!rt)
		return -ENOENT;
	err = nflua_exec_live(rt, &job->exec);
	nflua_live_leave(rt);
	nflua_conntrack_want(job->nn, job->exec.wants);
	if (is_code(&job->exec, err)) {
		nflua_job_digest(job, digest);
		nflua_state_ran(state, rt, job->chunk_name, digest);
	}
	nflua_runtime_put(rt);
	return err;
}

static int run_live(struct nflua_job *job, struct nflua_state *state)
{
	int err = 0;

	/* What it changes would be lost if the state goes back. */
	if (!job->exec.chunk.eval && nflua_state_waits(state))
		return -EBUSY;
	while (!err && nflua_job_next_script(job))
		err = run_one(job, state);
	return err;
}

static int run_chunk(struct nflua_job *job, struct nflua_state *state)
{
	if (job->exec_flags & NFLUA_EXEC_SHOW) {
		job->exec.show = nflua_show_new();
		if (!job->exec.show)
			return -ENOMEM;
	}
	if (job->exec_flags & (NFLUA_EXEC_CHECK | NFLUA_EXEC_REPLACE))
		return replace_script(job, state);
	return run_live(job, state);
}

static int deliver(struct nflua_job *job, struct nflua_state *state)
{
	struct nflua_runtime *rt = nflua_live_take(state);
	int err;

	if (!rt)
		return -ENOENT;
	err = nflua_message_deliver(rt, &job->message, &job->exec.error);
	nflua_live_leave(rt);
	nflua_runtime_put(rt);
	return err;
}

static int run_dry(struct nflua_job *job, struct nflua_state *state)
{
	return nflua_dry_run(state, &job->dry);
}

/* Returns what @act returns for the live state that the request names, or -ENOENT. */
static int run_in_state(struct nflua_job *job,
			int (*act)(struct nflua_job *job, struct nflua_state *state))
{
	struct nflua_state *state = nflua_state_find(job->nn, job->name);
	int err;

	if (!state)
		return -ENOENT;
	err = nflua_state_exec_get(state);
	if (!err) {
		err = act(job, state);
		nflua_state_exec_put(state);
	}
	nflua_state_put(state);
	return err;
}

static int do_exec(struct nflua_job *job)
{
	return run_in_state(job, run_chunk);
}

static int do_msg(struct nflua_job *job)
{
	int err = nflua_state_default(job->nn);

	return err ?: run_in_state(job, run_live);
}

static int do_complete(struct nflua_job *job)
{
	return run_in_state(job, run_one);
}

static int do_data(struct nflua_job *job)
{
	return run_in_state(job, deliver);
}

static int do_run(struct nflua_job *job)
{
	return run_in_state(job, run_dry);
}

#define OPS(what, command, does, answers)				\
	const struct nflua_job_ops nflua_job_##what = {			\
		.cmd = NFLUA_CMD_##command,				\
		.run = does,						\
		.size = nflua_answer_##answers##_size,			\
		.fill = nflua_answer_##answers##_fill,			\
	}

OPS(msg, MSG, do_msg, exec);
OPS(new, STATE_NEW, create_state, exec);
OPS(exec, EXEC, do_exec, exec);
OPS(data, DATA, do_data, exec);
OPS(complete, COMPLETE, do_complete, exec);
OPS(run, RUN, do_run, dry);
