// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests that run Lua: their attributes become a job; see job.h. */
#include "request/check.h"
#include "request/job.h"
#include "request/request.h"
#include "request/run.h"
#include "runtime/sink.h"

static u32 u32_or(const struct genl_info *info, int attr, u32 otherwise)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : otherwise;
}

static u64 u64_or(const struct genl_info *info, int attr, u64 otherwise)
{
	return info->attrs[attr] ? nla_get_u64(info->attrs[attr]) : otherwise;
}

static struct nflua_job *new_job(const struct genl_info *info, const char *name,
				 const struct nflua_job_ops *ops)
{
	struct nflua_job *job = kvzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);
	const struct nlattr *chunk_name = info->attrs[NFLUA_A_CHUNK_NAME];

	if (!job)
		return NULL;
	job->ops = ops;
	strscpy(job->name, name, sizeof(job->name));
	strscpy(job->chunk_name, chunk_name ? nla_data(chunk_name) : "=chunk",
		sizeof(job->chunk_name));
	job->has_answer = info->attrs[NFLUA_A_CHUNK];
	job->exec_flags = u32_or(info, NFLUA_A_EXEC_FLAGS, 0);
	job->lack.allowed = info->attrs[NFLUA_A_FORCE];
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
int nflua_do_msg(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NFLUA_A_MSG];
	int err = nflua_check_request(skb, info);
	const char *payload, *script;
	struct nflua_job *job;
	size_t len;

	if (err)
		return err;
	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "the request lacks the message");
		return -EINVAL;
	}
	job = new_job(info, NFLUA_DEFAULT_STATE, &nflua_job_msg);
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
	job->has_answer = true;
	job->script = script;
	job->script_len = payload + len - script;
	return start_job(job, skb, info);
}

int nflua_do_new(struct sk_buff *skb, struct genl_info *info)
{
	u32 flags = u32_or(info, NFLUA_A_EXEC_FLAGS, 0);
	int err = nflua_check_named(skb, info);
	struct nflua_job *job;

	if (err)
		return err;
	if (u32_or(info, NFLUA_A_FLAGS, 0) & NFLUA_STATE_PERCPU) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_FLAGS],
				    "per-CPU states are not supported");
		return -EOPNOTSUPP;
	}
	if (info->attrs[NFLUA_A_CHUNK_NAME] && !info->attrs[NFLUA_A_CHUNK]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_CHUNK_NAME],
				    "script name without a script");
		return -EINVAL;
	}
	if (flags && flags != NFLUA_EXEC_CHECK && flags != NFLUA_EXEC_TRY) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_EXEC_FLAGS],
				    "a new state is only checked, or only tried");
		return -EINVAL;
	}
	if (info->attrs[NFLUA_A_RULE_FUNCTION] && flags != NFLUA_EXEC_TRY) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_RULE_FUNCTION],
				    "functions are only for a state that is tried");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]), &nflua_job_new);
	if (!job)
		return -ENOMEM;
	job->maxalloc = u64_or(info, NFLUA_A_MAXALLOC, NFLUA_MAXALLOC_DEFAULT);
	job->budget = u32_or(info, NFLUA_A_BUDGET, NFLUA_BUDGET_DEFAULT);
	job->flags = u32_or(info, NFLUA_A_FLAGS, 0);
	job->on_error = u32_or(info, NFLUA_A_ON_ERROR, NFLUA_ON_ERROR_ACCEPT);
	job->inherit = !info->attrs[NFLUA_A_ON_ERROR];
	if (info->attrs[NFLUA_A_OWNER])
		job->owner = nla_data(info->attrs[NFLUA_A_OWNER]);
	return start_job(job, skb, info);
}

/* Returns an attribute that asks for a way back, or NULL. */
static const struct nlattr *find_confirm(const struct genl_info *info)
{
	return info->attrs[NFLUA_A_CONFIRM_MS] ?: info->attrs[NFLUA_A_MAX_ERRORS] ?:
	       info->attrs[NFLUA_A_KEEP];
}

static bool has_many_scripts(const struct genl_info *info)
{
	const struct nlattr *attr;
	int rem, names = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		names += nla_type(attr) == NFLUA_A_CHUNK_NAME;
	return names > 1;
}

int nflua_do_exec(struct sk_buff *skb, struct genl_info *info)
{
	u32 flags = u32_or(info, NFLUA_A_EXEC_FLAGS, 0);
	int err = nflua_check_named(skb, info);
	const struct nlattr *attr;
	struct nflua_job *job;

	if (err)
		return err;
	if (!info->attrs[NFLUA_A_CHUNK]) {
		NL_SET_ERR_MSG(info->extack, "the request lacks a script");
		return -EINVAL;
	}
	if (flags & NFLUA_EXEC_CHECK && flags != NFLUA_EXEC_CHECK) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_EXEC_FLAGS],
				    "check cannot be combined with other flags");
		return -EINVAL;
	}
	if (flags & NFLUA_EXEC_TRY) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_EXEC_FLAGS],
				    "only a new state is tried");
		return -EINVAL;
	}
	if (flags & NFLUA_EXEC_EVAL && has_many_scripts(info)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_EXEC_FLAGS],
				    "of several scripts, none has values");
		return -EINVAL;
	}
	attr = find_confirm(info);
	if (attr && !(flags & NFLUA_EXEC_REPLACE)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "only a replace can be taken back");
		return -EINVAL;
	}
	if (info->attrs[NFLUA_A_MAX_ERRORS] && !info->attrs[NFLUA_A_CONFIRM_MS]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NFLUA_A_MAX_ERRORS],
				    "a limit of errors needs a time for the confirmation");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]), &nflua_job_exec);
	if (!job)
		return -ENOMEM;
	job->confirm.msecs = u32_or(info, NFLUA_A_CONFIRM_MS, 0);
	job->confirm.max_errors = u32_or(info, NFLUA_A_MAX_ERRORS, 0);
	job->confirm.keep = info->attrs[NFLUA_A_KEEP];
	return start_job(job, skb, info);
}

int nflua_do_data(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NFLUA_A_MSG];
	int err = nflua_check_named(skb, info);
	struct nflua_job *job;

	if (err)
		return err;
	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "the request lacks the message");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]), &nflua_job_data);
	if (!job)
		return -ENOMEM;
	job->message.portid = info->snd_portid;
	job->message.payload = nla_data(attr);
	job->message.len = nla_len(attr);
	return start_job(job, skb, info);
}

int nflua_do_complete(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);
	struct nflua_job *job;

	if (err)
		return err;
	if (!info->attrs[NFLUA_A_PREFIX]) {
		NL_SET_ERR_MSG(info->extack, "the request lacks the prefix");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]), &nflua_job_complete);
	if (!job)
		return -ENOMEM;
	job->exec.prefix = nla_data(info->attrs[NFLUA_A_PREFIX]);
	job->has_answer = true;
	return start_job(job, skb, info);
}

/* Reads what to call, and for which packet. The pointers are into the request. */
static void read_dry_run(struct nflua_dry_run *dry, const struct genl_info *info)
{
	const struct nlattr *frame = info->attrs[NFLUA_A_FRAME];
	const struct nlattr *packet = info->attrs[NFLUA_A_PACKET];

	dry->function = nla_data(info->attrs[NFLUA_A_FUNCTION]);
	dry->hook = u32_or(info, NFLUA_A_HOOK, NF_INET_PRE_ROUTING);
	dry->repeat = u32_or(info, NFLUA_A_REPEAT, 1);
	dry->packet = nla_data(packet);
	dry->packet_len = nla_len(packet);
	if (frame) {
		dry->frame = nla_data(frame);
		dry->frame_len = nla_len(frame);
	}
}

int nflua_do_run(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_named(skb, info);
	struct nflua_job *job;
	const char *why;
	int attr;

	if (err)
		return err;
	if (!info->attrs[NFLUA_A_FUNCTION] || !info->attrs[NFLUA_A_PACKET]) {
		NL_SET_ERR_MSG(info->extack, "the request lacks a function or a packet");
		return -EINVAL;
	}
	job = new_job(info, nla_data(info->attrs[NFLUA_A_NAME]), &nflua_job_run);
	if (!job)
		return -ENOMEM;
	read_dry_run(&job->dry, info);
	why = nflua_dry_run_check(&job->dry, &attr);
	if (why) {
		info->extack->_msg = why;
		NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
		kvfree(job);
		return -EINVAL;
	}
	job->has_answer = true;
	return start_job(job, skb, info);
}
