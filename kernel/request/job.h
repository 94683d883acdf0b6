/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: requests that run Lua. The handler of such a request does not answer it, as it
 * holds generic netlink's locks. A worker does the work, and then sends the answer and
 * the acknowledgement.
 */
#ifndef NFLUA_JOB_H
#define NFLUA_JOB_H

#include <net/genetlink.h>

#include "lib/message.h"
#include "request/dry_run.h"
#include "runtime/exec.h"
#include "state/aside.h"
#include "state/code.h"
#include "state/rule.h"

struct nflua_job;

/**
 * struct nflua_job_ops - what a command does, in the worker
 *
 * @cmd: command of the answer
 * @run: does the work; returns 0 or a negative errno
 * @size: returns the bytes of the answer without the state's name
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
 * @maxalloc, @budget, @flags, @on_error, @inherit: of a new state
 * @lack: whether rules may call functions that the script lacks
 * @owner: of a new state; into the request, or NULL
 * @exec_flags: enum nflua_exec_flags
 * @confirm: how a replace can be taken back
 * @has_answer: there is an answer even if nothing fails
 * @chunk_name: of the script that runs, or runs next
 * @exec: the run of the script, or the completion
 * @script, @script_len: the chunk of version 1; otherwise it is in the attributes of @skb
 * @message: of NFLUA_CMD_DATA
 * @dry: of NFLUA_CMD_RUN
 *
 * The rest is the worker's:
 *
 * @skb: the request, held
 * @sk: the socket that sent it, held; keeps the namespace
 * @why: message of the extended acknowledgement
 * @answer: NULL until it is made
 * @scripts: number of scripts that no run has begun with
 * @many: there are several, and so each begins with its name
 * @rest, @rest_left: where the pieces of the script begin
 * @next, @left: where the reader of the script is
 * @code: what ran in a runtime that is built
 */
struct nflua_job {
	const struct nflua_job_ops *ops;
	char name[NFLUA_NAME_SIZE];
	u64 maxalloc;
	u32 budget;
	u32 flags;
	u8 on_error;
	bool inherit;
	struct nflua_lack lack;
	const char *owner;
	u32 exec_flags;
	struct nflua_confirm confirm;
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
	struct mem_cgroup *memcg;	/* of who asks; pays for what is allocated */
	u32 portid;
	int interrupt;
	const char *why;
	struct sk_buff *answer;
	unsigned int scripts;
	bool many;
	const struct nlattr *rest;
	int rest_left;
	const struct nlattr *next;
	int left;
	struct nflua_code code;
};

/**
 * nflua_job_start - hands a request to the worker
 * @job: kvmalloc'ed; owned by the worker when this returns -EINTR
 * @skb, @info: the request
 *
 * Returns what the handler must return: -EINTR, which makes netlink_rcv_skb() leave the
 * acknowledgement to the worker, or another negative errno.
 */
int nflua_job_start(struct nflua_job *job, struct sk_buff *skb,
		    struct genl_info *info);

/* Interrupts the job of a socket. Returns 0, or -ENOENT if it has none. */
int nflua_job_interrupt(const struct sock *sk);

int nflua_jobs_init(void);
void nflua_jobs_exit(void);

#endif
