/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests: what they carry, and what each function checks before it sends one. */
#ifndef NFLUA_REQUEST_H
#define NFLUA_REQUEST_H

#include "ctx.h"
#include "transact.h"

struct nflua_request {
	enum nflua_cmd cmd;
	int flags;		/* NLM_F_*, besides NLM_F_REQUEST */
	const char *name;	/* NULL: none, like all pointers here */
	const struct nflua_options *options;
	uint32_t exec_flags;
	bool force;
	const struct nflua_way_back *way;	/* of a replace */
	const struct nflua_script *scripts;
	size_t script_count;
	const char *const *functions;	/* that scripts must define; ends with NULL */
	const char *payload;	/* of a message for the state's handler */
	size_t payload_len;
	const char *prefix;	/* of a completion */
	const struct nflua_attachment *attachment;
	const uint32_t *hook_id;	/* with @attachment: only what can be changed of it */
	const char *function;	/* of a hook; or with these three of a dry run */
	const struct nflua_packet *packet;
	uint32_t hook;
	uint32_t repeat;
};

/* These return 0, or what the public function must return. */
int nflua_check_state(struct nflua_ctx *ctx, const char *name);
int nflua_check_version(struct nflua_ctx *ctx, const char *what);
int nflua_check_scripts(struct nflua_ctx *ctx, const struct nflua_script *scripts,
			size_t count);
int nflua_check_owner(struct nflua_ctx *ctx, const char *owner);

int nflua_request(struct nflua_ctx *ctx, const struct nflua_request *req,
		  nflua_answer_fn answer, void *ud);
int nflua_request_result(struct nflua_ctx *ctx, const struct nflua_request *req,
			 struct nflua_result **out);
int nflua_transact_result(struct nflua_ctx *ctx, struct nl_msg *msg,
			  struct nflua_result **out);

#endif
