// SPDX-License-Identifier: LGPL-2.1-or-later
/* What can be asked of the module. */
#include <errno.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A busy state is tried again for a second, in steps of 20 ms. */
#define DESTROY_TRIES	50
#define DESTROY_PAUSE	20	/* ms */

/* Bytes of text that fit in an attribute for sure; the module knows the limits. */
#define ATTRIBUTE_MAX	4096

/* Dumps that race with changes are repeated; so often at most. */
#define LIST_TRIES	100

NFLUA_PUBLIC struct nflua_options *nflua_options_new(void)
{
	return calloc(1, sizeof(struct nflua_options));
}

NFLUA_PUBLIC void nflua_options_free(struct nflua_options *options)
{
	free(options);
}

NFLUA_PUBLIC void nflua_options_set_maxalloc(struct nflua_options *options,
					     uint64_t bytes)
{
	if (!options)
		return;
	options->maxalloc = bytes;
	options->has_maxalloc = true;
}

NFLUA_PUBLIC void nflua_options_set_budget(struct nflua_options *options,
					   uint32_t usec)
{
	if (!options)
		return;
	options->budget = usec;
	options->has_budget = true;
}

NFLUA_PUBLIC void nflua_options_set_drop_on_error(struct nflua_options *options,
						  bool drop)
{
	if (options)
		options->drop_on_error = drop;
}

NFLUA_PUBLIC void nflua_options_set_force(struct nflua_options *options, bool force)
{
	if (options)
		options->force = force;
}

int nflua_check_state(struct nflua_ctx *ctx, const char *name)
{
	if (!ctx)
		return -EINVAL;
	nflua_begin(ctx);
	if (!name)
		return nflua_fail(ctx, -EINVAL, "no name of a state");
	if (strlen(name) > ATTRIBUTE_MAX)
		return nflua_fail(ctx, -EINVAL, "no state has a name as long as that");
	return 0;
}

/* Version 1 runs scripts in the state "default", and can do nothing else. */
int nflua_check_version(struct nflua_ctx *ctx, const char *what)
{
	if (ctx->version >= 2)
		return 0;
	return nflua_fail(ctx, -EOPNOTSUPP,
			  "the loaded module does not support %s", what);
}

static int check_script(struct nflua_ctx *ctx, const char *script, size_t len,
			const char *chunk_name)
{
	if (!script)
		return nflua_fail(ctx, -EINVAL, "no script");
	if (len > NFLUA_SCRIPT_MAX)
		return nflua_fail(ctx, -E2BIG, "a script has at most 8 MiB");
	if (chunk_name && strlen(chunk_name) > ATTRIBUTE_MAX)
		return nflua_fail(ctx, -EINVAL, "the name of the script is too long");
	return 0;
}

static int take_result(struct nlmsghdr *nlh, void *ud)
{
	return nflua_wire_result(nlh, ud);
}

/* Sends what runs a script; @out as nflua_create() has it. */
static int run(struct nflua_ctx *ctx, struct nl_msg *msg,
	       struct nflua_result **out)
{
	struct nflua_result *result = calloc(1, sizeof(*result));
	int err;

	if (out)
		*out = NULL;
	if (!result) {
		nlmsg_free(msg);
		return nflua_fail(ctx, -ENOMEM, "not enough memory");
	}
	err = nflua_transact(ctx, msg, take_result, result);
	if (out && (!err || result->answered))
		*out = result;
	else
		nflua_result_free(result);
	return err;
}

NFLUA_PUBLIC int nflua_create(struct nflua_ctx *ctx, const char *name,
			      const struct nflua_options *options,
			      const char *script, size_t len,
			      const char *chunk_name, struct nflua_result **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_NEW,
		.flags = NLM_F_ACK,
		.name = name,
		.options = options,
		.script = script,
		.len = len,
		.chunk_name = chunk_name,
	};
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (!err)
		err = nflua_check_version(ctx, "states with names");
	if (!err && script)
		err = check_script(ctx, script, len, chunk_name);
	if (err)
		return err;
	req.family = ctx->family;
	return run(ctx, nflua_wire_request(&req), out);
}

static int load_version_1(struct nflua_ctx *ctx, const char *name,
			  unsigned int flags, const char *script, size_t len,
			  const char *chunk_name, struct nflua_result **out)
{
	if (flags)
		return nflua_check_version(ctx, "checking and replacing");
	if (strcmp(name, NFLUA_DEFAULT_STATE) != 0)
		return nflua_check_version(ctx, "states with names");
	chunk_name = chunk_name ? chunk_name + 1 : "chunk";
	if (strlen(chunk_name) + 1 + len > NFLUA_MSG_MAX)
		return nflua_fail(ctx, -E2BIG,
			"the loaded module takes scripts of at most %d bytes, their name included",
			NFLUA_MSG_MAX);
	return run(ctx, nflua_wire_message(ctx->family, chunk_name, script, len),
		   out);
}

static int exec(struct nflua_ctx *ctx, const char *name, uint32_t exec_flags,
		bool force, const char *script, size_t len, const char *chunk_name,
		struct nflua_result **out)
{
	struct nflua_request req = {
		.family = ctx->family,
		.cmd = NFLUA_CMD_EXEC,
		.flags = NLM_F_ACK,
		.name = name,
		.exec_flags = exec_flags,
		.force = force,
		.script = script,
		.len = len,
		.chunk_name = chunk_name,
	};

	return run(ctx, nflua_wire_request(&req), out);
}

/* nflua_load() of a call that has begun. */
static int load(struct nflua_ctx *ctx, const char *name, unsigned int flags,
		const char *script, size_t len, const char *chunk_name,
		struct nflua_result **out)
{
	uint32_t exec_flags = 0;
	int err = check_script(ctx, script, len, chunk_name);

	if (err)
		return err;
	if (flags & ~(NFLUA_LOAD_CHECK | NFLUA_LOAD_REPLACE | NFLUA_LOAD_FORCE) ||
	    (flags & NFLUA_LOAD_CHECK && flags != NFLUA_LOAD_CHECK) ||
	    flags == NFLUA_LOAD_FORCE)
		return nflua_fail(ctx, -EINVAL, "wrong flags of a load: %#x", flags);
	if (ctx->version < 2)
		return load_version_1(ctx, name, flags, script, len, chunk_name,
				      out);
	if (flags & NFLUA_LOAD_CHECK)
		exec_flags |= NFLUA_EXEC_CHECK;
	if (flags & NFLUA_LOAD_REPLACE)
		exec_flags |= NFLUA_EXEC_REPLACE;
	return exec(ctx, name, exec_flags, flags & NFLUA_LOAD_FORCE, script, len,
		    chunk_name, out);
}

NFLUA_PUBLIC int nflua_load(struct nflua_ctx *ctx, const char *name,
			    unsigned int flags, const char *script, size_t len,
			    const char *chunk_name, struct nflua_result **out)
{
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	return err ? err : load(ctx, name, flags, script, len, chunk_name, out);
}

NFLUA_PUBLIC int nflua_load_file(struct nflua_ctx *ctx, const char *name,
				 unsigned int flags, const char *path,
				 struct nflua_result **out)
{
	char *script, *chunk_name;
	size_t len;
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (err)
		return err;
	if (!path)
		return nflua_fail(ctx, -EINVAL, "no name of a file");
	err = nflua_read(ctx, path, -1, &script, &len);
	if (err)
		return err;
	if (asprintf(&chunk_name, "@%.*s", NFLUA_CHUNK_NAME_MAX - 1, path) < 0) {
		free(script);
		return nflua_fail(ctx, -ENOMEM, "not enough memory");
	}
	err = load(ctx, name, flags, script, len, chunk_name, out);
	free(chunk_name);
	free(script);
	return err;
}

static int eval(struct nflua_ctx *ctx, const char *name, uint32_t exec_flags,
		const char *code, const char *chunk_name,
		struct nflua_result **out)
{
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (!err)
		err = nflua_check_version(ctx, "eval");
	if (!err)
		err = check_script(ctx, code, code ? strlen(code) : 0, chunk_name);
	if (err)
		return err;
	return exec(ctx, name, NFLUA_EXEC_EVAL | exec_flags, false, code, strlen(code),
		    chunk_name ? chunk_name : "=eval", out);
}

NFLUA_PUBLIC int nflua_eval(struct nflua_ctx *ctx, const char *name,
			    const char *code, const char *chunk_name,
			    struct nflua_result **out)
{
	return eval(ctx, name, 0, code, chunk_name, out);
}

NFLUA_PUBLIC int nflua_show(struct nflua_ctx *ctx, const char *name,
			    const char *code, const char *chunk_name,
			    struct nflua_result **out)
{
	return eval(ctx, name, NFLUA_EXEC_SHOW, code, chunk_name, out);
}

static int check_payload(struct nflua_ctx *ctx, const char *payload, size_t len)
{
	int err = nflua_check_version(ctx, "messages to a state");

	if (err)
		return err;
	if (!payload)
		return nflua_fail(ctx, -EINVAL, "no message");
	if (len > NFLUA_MSG_MAX)
		return nflua_fail(ctx, -E2BIG, "a message has at most %d bytes",
				  NFLUA_MSG_MAX);
	return 0;
}

NFLUA_PUBLIC int nflua_send(struct nflua_ctx *ctx, const char *name,
			    const char *payload, size_t len,
			    struct nflua_result **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_DATA,
		.flags = NLM_F_ACK,
		.name = name,
		.payload = payload,
		.payload_len = len,
	};
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (!err)
		err = check_payload(ctx, payload, len);
	if (err)
		return err;
	req.family = ctx->family;
	return run(ctx, nflua_wire_request(&req), out);
}

NFLUA_PUBLIC int nflua_destroy(struct nflua_ctx *ctx, const char *name,
			       bool force)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_DEL,
		.flags = NLM_F_ACK,
		.name = name,
		.force = force,
	};
	int tries, err = nflua_check_state(ctx, name);

	if (!err)
		err = nflua_check_version(ctx, "destroying states");
	if (err)
		return err;
	req.family = ctx->family;
	for (tries = 0; tries < DESTROY_TRIES; tries++) {
		err = nflua_transact(ctx, nflua_wire_request(&req), NULL, NULL);
		if (err != -EBUSY || force)
			break;
		if (nflua_socket_pause(ctx, -1, DESTROY_PAUSE) == -EINTR)
			return nflua_fail(ctx, -EINTR, "interrupted");
	}
	return err;
}

NFLUA_PUBLIC int nflua_clear(struct nflua_ctx *ctx, const char *name)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_CLEAR,
		.flags = NLM_F_ACK,
		.name = name,
	};
	int err = nflua_check_state(ctx, name);

	if (!err)
		err = nflua_check_version(ctx, "forgetting errors");
	if (err)
		return err;
	req.family = ctx->family;
	return nflua_transact(ctx, nflua_wire_request(&req), NULL, NULL);
}

static int take_state(struct nlmsghdr *nlh, void *ud)
{
	struct nflua_state *state = nflua_list_add(ud);

	return state ? nflua_wire_state(nlh, state) : -ENOMEM;
}

/* Asks for states, again while the table changes meanwhile. */
static int get_states(struct nflua_ctx *ctx, struct nflua_request *req,
		      struct nflua_list **out)
{
	struct nflua_list *list;
	int tries, err;

	if (!out)
		return nflua_fail(ctx, -EINVAL, "nowhere to put a list");
	*out = NULL;
	err = nflua_check_version(ctx, "listing states");
	if (err)
		return err;
	list = calloc(1, sizeof(*list));
	if (!list)
		return nflua_fail(ctx, -ENOMEM, "not enough memory");
	req->family = ctx->family;
	req->cmd = NFLUA_CMD_STATE_GET;
	for (tries = 0; tries < LIST_TRIES; tries++) {
		nflua_list_clear(list);
		err = nflua_transact(ctx, nflua_wire_request(req), take_state,
				     list);
		if (err != -EAGAIN)
			break;
	}
	if (err == -EAGAIN)
		err = nflua_fail(ctx, -EIO, "the states change all the time");
	if (err)
		nflua_list_free(list);
	else
		*out = list;
	return err;
}

NFLUA_PUBLIC int nflua_list(struct nflua_ctx *ctx, struct nflua_list **out)
{
	struct nflua_request req = { .flags = NLM_F_DUMP };

	if (!ctx)
		return -EINVAL;
	nflua_begin(ctx);
	return get_states(ctx, &req, out);
}

NFLUA_PUBLIC int nflua_get(struct nflua_ctx *ctx, const char *name,
			   struct nflua_list **out)
{
	struct nflua_request req = { .flags = NLM_F_ACK, .name = name };
	int err = nflua_check_state(ctx, name);

	return err ? err : get_states(ctx, &req, out);
}
