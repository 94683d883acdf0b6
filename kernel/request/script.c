// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scripts of a request, which are read straight from it. One script may have its name
 * anywhere; of several, each has its name before its pieces.
 */
#include <linux/sched.h>

#include "compat.h"
#include "request/job.h"
#include "request/script.h"

static void rewind_chunk(void *ud)
{
	struct nflua_job *job = ud;

	job->next = job->rest;
	job->left = job->rest_left;
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
		if (nla_type(attr) == NFLUA_A_CHUNK_NAME && job->many)
			break;
		job->next = nla_next(attr, &job->left);
		if (nla_type(attr) == NFLUA_A_CHUNK && nla_len(attr) > 0) {
			*size = nla_len(attr);
			return nla_data(attr);
		}
	}
	return NULL;
}

void nflua_job_scripts(struct nflua_job *job)
{
	const struct nlattr *attr;
	bool has_script = job->script;
	int rem;

	nlmsg_for_each_attr(attr, job->nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) == NFLUA_A_CHUNK_NAME)
			job->scripts++;
		else if (nla_type(attr) == NFLUA_A_CHUNK)
			has_script = true;
	}
	job->many = job->scripts > 1;
	if (!job->many)
		job->scripts = has_script;
	job->rest = nlmsg_attrdata(job->nlh, GENL_HDRLEN);
	job->rest_left = nlmsg_attrlen(job->nlh, GENL_HDRLEN);
	job->exec.chunk.read = read_chunk;
	job->exec.chunk.rewind = rewind_chunk;
	job->exec.chunk.ud = job;
	job->exec.chunk.name = job->chunk_name;
}

bool nflua_job_next_script(struct nflua_job *job)
{
	bool is_name = false;

	if (!job->scripts)
		return false;
	job->scripts--;
	while (job->many && !is_name) {
		is_name = nla_type(job->rest) == NFLUA_A_CHUNK_NAME;
		if (is_name)
			nla_strscpy(job->chunk_name, job->rest, sizeof(job->chunk_name));
		job->rest = nla_next(job->rest, &job->rest_left);
	}
	return true;
}

void nflua_job_digest(struct nflua_job *job, u8 digest[NFLUA_DIGEST_SIZE])
{
	const char *piece;
	nflua_sha256 sha;
	size_t size;

	sha256_init(&sha);
	rewind_chunk(job);
	while ((piece = read_chunk(job, &size))) {
		sha256_update(&sha, piece, size);
		cond_resched();
	}
	sha256_final(&sha, digest);
}
