/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the worker does for each command that is a job. */
#ifndef NFLUA_RUN_H
#define NFLUA_RUN_H

struct nflua_job_ops;

extern const struct nflua_job_ops nflua_job_msg;
extern const struct nflua_job_ops nflua_job_new;
extern const struct nflua_job_ops nflua_job_exec;
extern const struct nflua_job_ops nflua_job_data;
extern const struct nflua_job_ops nflua_job_complete;
extern const struct nflua_job_ops nflua_job_run;

#endif
