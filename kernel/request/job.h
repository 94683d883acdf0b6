/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs: requests that run Lua. The handler of such a request does not answer
 * it, for it has generic netlink's locks; a worker does the work and then
 * sends the answer and the acknowledgement.
 */
#ifndef NFLUA_JOB_H
#define NFLUA_JOB_H

#include <net/genetlink.h>

#include "runtime/call.h"

/**
 * struct nflua_job - a request, as its handler understood it
 *
 * @cmd: NFLUA_CMD_MSG, NFLUA_CMD_STATE_NEW, NFLUA_CMD_EXEC, NFLUA_CMD_DATA,
 *	NFLUA_CMD_COMPLETE or NFLUA_CMD_RUN
 * @name: the state
 * @maxalloc, @budget, @flags, @on_error: of a new state
 * @lack: whether rules may call functions that a script has not
 * @exec_flags: enum nflua_exec_flags
 * @has_answer: there is one, also when nothing failed
 * @chunk_name: what Lua calls it
 * @exec: the run
 * @script, @script_len: the chunk of version 1; else it is in @skb's attributes
 * @data: of NFLUA_CMD_DATA, the message
 * @trial: of NFLUA_CMD_RUN
 *
 * The rest is job.c's.
 */
struct nflua_job {
	u8 cmd;
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
	struct nflua_data data;
	struct nflua_trial trial;

	struct list_head list;
	struct work_struct work;
	struct nflua_net *nn;
	struct sk_buff *skb;		/* the request, held */
	struct nlmsghdr *nlh;
	struct sock *sk;		/* who sent it, held; keeps the namespace */
	u32 portid;
	int interrupt;
	const char *message;		/* for the extended acknowledgement */
	struct sk_buff *answer;		/* NULL: none was made yet */
	const struct nlattr *next;	/* of the chunk, for the reader */
	int left;
};

/* request.c: handlers of the family */
int nflua_do_msg(struct sk_buff *skb, struct genl_info *info);
int nflua_do_new(struct sk_buff *skb, struct genl_info *info);
int nflua_do_exec(struct sk_buff *skb, struct genl_info *info);
int nflua_do_data(struct sk_buff *skb, struct genl_info *info);
int nflua_do_complete(struct sk_buff *skb, struct genl_info *info);
int nflua_do_run(struct sk_buff *skb, struct genl_info *info);

/* genl.c */
int nflua_check_request(struct sk_buff *skb, struct genl_info *info);
int nflua_check_named(struct sk_buff *skb, struct genl_info *info);

/* job.c */
int nflua_job_start(struct nflua_job *job, struct sk_buff *skb,
		    struct genl_info *info);
int nflua_job_interrupt(const struct sock *sk);
int nflua_jobs_init(void);
void nflua_jobs_exit(void);

#endif
