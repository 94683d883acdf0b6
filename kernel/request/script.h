/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripts of a request. */
#ifndef NFLUA_SCRIPT_H
#define NFLUA_SCRIPT_H

#include <linux/types.h>

#include <linux/nflua.h>

struct nflua_job;

/*
 * They run one after the other. nflua_job_scripts() comes first.
 * nflua_job_next_script() goes on to the next one, and returns whether there is one.
 * nflua_job_digest() is for the one that this has gone to.
 */
void nflua_job_scripts(struct nflua_job *job);
bool nflua_job_next_script(struct nflua_job *job);
void nflua_job_digest(struct nflua_job *job, u8 digest[NFLUA_DIGEST_SIZE]);

#endif
