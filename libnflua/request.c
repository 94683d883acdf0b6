// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests: what each function checks before it sends one. */
#include "request.h"

#include <errno.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "interrupt.h"
#include "result.h"
#include "wire.h"

/* Bytes of text that always fit in an attribute. The module checks its own limits. */
#define ATTRIBUTE_MAX	4096

/* Begins a call, and checks the name of a state. */
int nflua_check_state(struct nflua_ctx *ctx, const char *name)
{
	if (!ctx)
		return -EINVAL;
	nflua_interrupt_begin(ctx);
	if (!name)
		return nflua_fail(ctx, -EINVAL, "name is NULL");
	if (strlen(name) > ATTRIBUTE_MAX)
		return nflua_fail(ctx, -EINVAL, "state name too long (at most %d bytes)",
				  NFLUA_NAME_SIZE - 1);
	return 0;
}

/* Checks that the module supports @what. Version 1 runs only scripts, in "default". */
int nflua_check_version(struct nflua_ctx *ctx, const char *what)
{
	if (ctx->version >= 2)
		return 0;
	return nflua_fail(ctx, -EOPNOTSUPP,
			  "the loaded module does not support %s", what);
}

static int check_script(struct nflua_ctx *ctx, const struct nflua_script *script, size_t *left)
{
	if (!script->text)
		return nflua_fail(ctx, -EINVAL, "script is NULL");
	if (script->len > *left)
		return nflua_fail(ctx, -E2BIG, "script too long (at most 8 MiB)");
	*left -= script->len;
	if (script->chunk_name && strlen(script->chunk_name) > ATTRIBUTE_MAX)
		return nflua_fail(ctx, -EINVAL, "chunk name too long (at most %d bytes)",
				  NFLUA_CHUNK_NAME_MAX);
	return 0;
}

int nflua_check_scripts(struct nflua_ctx *ctx, const struct nflua_script *scripts,
			size_t count)
{
	size_t i, left = NFLUA_SCRIPT_MAX;
	int err = 0;

	if (count && !scripts)
		return nflua_fail(ctx, -EINVAL, "scripts is NULL");
	for (i = 0; i < count && !err; i++)
		err = check_script(ctx, &scripts[i], &left);
	return err;
}

/* Checks what a state or a hook is to belong to; NULL: nothing. */
int nflua_check_owner(struct nflua_ctx *ctx, const char *owner)
{
	if (owner && strlen(owner) > NFLUA_OWNER_MAX)
		return nflua_fail(ctx, -EINVAL, "owner too long (at most %d bytes)",
				  NFLUA_OWNER_MAX);
	return 0;
}

/* Sends a request of version 2. See nflua_transact(). */
int nflua_request(struct nflua_ctx *ctx, const struct nflua_request *req,
		  nflua_answer_fn answer, void *ud)
{
	return nflua_transact(ctx, nflua_wire_request(ctx->family, req), answer, ud);
}

static int take_result(struct nlmsghdr *nlh, void *ud)
{
	return nflua_wire_result(nlh, ud);
}

/**
 * nflua_transact_result - sends a request whose answer is a result
 * @msg: as of nflua_transact()
 * @out: as of nflua_create()
 */
int nflua_transact_result(struct nflua_ctx *ctx, struct nl_msg *msg,
			  struct nflua_result **out)
{
	struct nflua_result *result = calloc(1, sizeof(*result));
	int err;

	if (out)
		*out = NULL;
	if (!result) {
		nlmsg_free(msg);
		return nflua_fail_nomem(ctx);
	}
	err = nflua_transact(ctx, msg, take_result, result);
	if (out && (!err || result->answered))
		*out = result;
	else
		nflua_result_free(result);
	return err;
}

/* Sends a request of version 2 whose answer is a result. */
int nflua_request_result(struct nflua_ctx *ctx, const struct nflua_request *req,
			 struct nflua_result **out)
{
	return nflua_transact_result(ctx, nflua_wire_request(ctx->family, req), out);
}
