// SPDX-License-Identifier: GPL-2.0-or-later
/* The answers of jobs. */
#include <net/genetlink.h>

#include "genl.h"
#include "request/answer.h"
#include "request/job.h"
#include "runtime/values.h"

size_t nflua_answer_exec_size(const struct nflua_job *job)
{
	const struct nflua_exec *exec = &job->exec;
	struct nflua_value value;
	size_t pos = 0, size = nla_total_size(sizeof(u32));

	while (nflua_values_next(&exec->values, &pos, &value))
		size += nla_total_size(nla_total_size_64bit(value.len));
	size += nla_total_size(exec->output.len);
	return size + nflua_error_size(&exec->error);
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

int nflua_answer_exec_fill(struct sk_buff *skb, const struct nflua_job *job)
{
	const struct nflua_exec *exec = &job->exec;
	struct nflua_value value;
	size_t pos = 0;

	/* A chunk that failed has no values. */
	while (exec->error.kind == NFLUA_ERROR_NONE &&
	       nflua_values_next(&exec->values, &pos, &value))
		if (put_value(skb, &value))
			return -EMSGSIZE;
	if (exec->output.len &&
	    nla_put(skb, NFLUA_A_OUTPUT, exec->output.len, exec->output.data))
		return -EMSGSIZE;
	if (nflua_error_fill(skb, &exec->error))
		return -EMSGSIZE;
	if (truncated(exec) &&
	    nla_put_u32(skb, NFLUA_A_TRUNCATED, truncated(exec)))
		return -EMSGSIZE;
	return 0;
}

size_t nflua_answer_dry_size(const struct nflua_job *job)
{
	const struct nflua_dry_run *dry = &job->dry;
	struct nflua_value sent;
	size_t pos = 0, size = nla_total_size(sizeof(dry->results)) +
			       nla_total_size(sizeof(dry->times)) +
			       6 * nla_total_size_64bit(sizeof(u64));

	while (nflua_values_next(&dry->sent, &pos, &sent))
		size += nla_total_size(sent.len);
	return size + nla_total_size(dry->output.len) +
	       nla_total_size(sizeof(u32)) + nflua_error_size(&dry->error);
}

static int put_sent(struct sk_buff *skb, const struct nflua_buffer *sent)
{
	struct nflua_value one;
	size_t pos = 0;

	while (nflua_values_next(sent, &pos, &one))
		if (nla_put(skb, one.type, one.len, one.data))
			return -EMSGSIZE;
	return 0;
}

int nflua_answer_dry_fill(struct sk_buff *skb, const struct nflua_job *job)
{
	const struct nflua_dry_run *dry = &job->dry;
	u32 cut = dry->error.truncated |
		  (dry->sent.truncated ? NFLUA_TRUNCATED_SENT : 0) |
		  (dry->output.truncated ? NFLUA_TRUNCATED_OUTPUT : 0);

	if (nla_put(skb, NFLUA_A_RESULTS, sizeof(dry->results), dry->results) ||
	    nla_put_u64_64bit(skb, NFLUA_A_CALLS, dry->calls, NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_TIME_NS, dry->time_ns, NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_FIRST_NS, dry->first_ns, NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_LONGEST_NS, dry->longest_ns,
			      NFLUA_A_PAD) ||
	    nla_put(skb, NFLUA_A_TIMES, sizeof(dry->times), dry->times) ||
	    nla_put_u64_64bit(skb, NFLUA_A_SENT_PACKETS, dry->packets,
			      NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_SENT_MESSAGES, dry->messages,
			      NFLUA_A_PAD) ||
	    put_sent(skb, &dry->sent))
		return -EMSGSIZE;
	if (dry->output.len &&
	    nla_put(skb, NFLUA_A_OUTPUT, dry->output.len, dry->output.data))
		return -EMSGSIZE;
	if (cut && nla_put_u32(skb, NFLUA_A_TRUNCATED, cut))
		return -EMSGSIZE;
	return nflua_error_fill(skb, &dry->error);
}

int nflua_answer_make(struct nflua_job *job)
{
	size_t size = nla_total_size(NFLUA_NAME_SIZE) + job->ops->size(job);
	struct sk_buff *skb;

	if (!job->has_answer && job->exec.error.kind == NFLUA_ERROR_NONE)
		return 0;
	skb = nflua_genl_new(job->ops->cmd, size, job->portid, job->nlh->nlmsg_seq,
			     GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	if (WARN_ON_ONCE(nla_put_string(skb, NFLUA_A_NAME, job->name) ||
			 job->ops->fill(skb, job))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlmsg_hdr(skb));
	job->answer = skb;
	return 0;
}
