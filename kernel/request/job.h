/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: requests that run Lua. The handler of such a request does not answer
 * it, for it has generic netlink's locks; a worker does the work and then
 * sends the answer and the acknowledgement.
 */
#ifndef NFLUA_JOB_H
#define NFLUA_JOB_H

#include <net/genetlink.h>

#include "lib/message.h"
#include "request/dry_run.h"
#include "runtime/exec.h"
#include "state/rule.h"

struct nflua_job;

/**
 * struct nflua_job_ops - what a command does, in the worker
 *
 * @cmd: of the answer
 * @run: does it; returns 0 or a negative errno
 * @size: of its answer beside the state's name, in bytes
 * @fill: puts the answer into a message with that room; returns 0 or -EMSGSIZE
 */
struct nflua_job_ops {
	enum nflua_cmd cmd;
	int (*run)(struct nflua_job *job);
	size_t (*size)(const struct nflua_job *job);
	int (*fill)(struct sk_buff *skb, const struct nflua_job *job);
};

/**
 * struct nflua_job - a request, as its handler understood it
 *
 * @ops: of its command
 * @name: the state
 * @maxalloc, @budget, @flags, @on_error: of a new state
 * @lack: whether rules may call functions that a script lacks
 * @exec_flags: enum nflua_exec_flags
 * @has_answer: there is one, also when nothing failed
 * @chunk_name: what Lua calls it
 * @exec: the run
 * @script, @script_len: the chunk of version 1; else it is in @skb's attributes
 * @message: of NFLUA_CMD_DATA
 * @dry: of NFLUA_CMD_RUN
 *
 * The rest is the worker's:
 *
 * @skb: the request, held
 * @sk: who sent it, held; keeps the namespace
 * @why: for the extended acknowledgement
 * @answer: NULL: none was made yet
 * @next, @left: of the chunk, for the reader
 */
struct nflua_job {
	const struct nflua_job_ops *ops;
	char name[NFLUA_NAME_SIZE];
	u64 maxalloc;
	u32 budget;
	u32 flags;
	u8 on_error;
	struct nflua_lack lack;
	u32 exec_flags;
	bool has_answer;
	char chunk_name[NFLUA_CHUNK_NAME_MAX + 1];
	struct nflua_exec exec;
	const char *script;
	size_t script_len;
	struct nflua_message message;
	struct nflua_dry_run dry;

	struct list_head list;
	struct work_struct work;
	struct nflua_net *nn;
	struct sk_buff *skb;
	struct nlmsghdr *nlh;
	struct sock *sk;
	u32 portid;
	int interrupt;
	const char *why;
	struct sk_buff *answer;
	const struct nlattr *next;
	int left;
};

/* run.c: one for each command */
extern const struct nflua_job_ops nflua_job_msg;
extern const struct nflua_job_ops nflua_job_new;
extern const struct nflua_job_ops nflua_job_exec;
extern const struct nflua_job_ops nflua_job_data;
extern const struct nflua_job_ops nflua_job_complete;
extern const struct nflua_job_ops nflua_job_run;

/*
 * answer.c: makes the answer out of what the job did, if there is one to be made.
 * Returns 0 or a negative errno.
 */
int nflua_answer_make(struct nflua_job *job);
size_t nflua_answer_exec_size(const struct nflua_job *job);
int nflua_answer_exec_fill(struct sk_buff *skb, const struct nflua_job *job);
size_t nflua_answer_dry_size(const struct nflua_job *job);
int nflua_answer_dry_fill(struct sk_buff *skb, const struct nflua_job *job);

/**
 * nflua_job_start - hands a request to the worker
 * @job: kvmalloc'ed; owned by the worker when this returns -EINTR
 * @skb, @info: the request
 *
 * Returns what the handler must return: -EINTR, upon which netlink_rcv_skb
 * leaves the acknowledgement to the worker, or another errno.
 */
int nflua_job_start(struct nflua_job *job, struct sk_buff *skb,
		    struct genl_info *info);

/* Interrupts what the socket has running; -ENOENT: that is nothing. */
int nflua_job_interrupt(const struct sock *sk);

int nflua_jobs_init(void);
void nflua_jobs_exit(void);

#endif
