/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of jobs. */
#ifndef NFLUA_ANSWER_H
#define NFLUA_ANSWER_H

#include <linux/types.h>

struct nflua_job;
struct sk_buff;

/*
 * Makes the answer from the results of the job, if it has one. Returns 0 or a
 * negative errno.
 */
int nflua_answer_make(struct nflua_job *job);
size_t nflua_answer_exec_size(const struct nflua_job *job);
int nflua_answer_exec_fill(struct sk_buff *skb, const struct nflua_job *job);
size_t nflua_answer_dry_size(const struct nflua_job *job);
int nflua_answer_dry_fill(struct sk_buff *skb, const struct nflua_job *job);

#endif
