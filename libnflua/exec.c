// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests that run scripts: nflua_create(), nflua_load() and nflua_eval(). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "request.h"
#include "script.h"
#include "wire.h"

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
		err = nflua_check_version(ctx, "named states");
	if (!err && script)
		err = nflua_check_script(ctx, script, len, chunk_name);
	if (err)
		return err;
	return nflua_request_result(ctx, &req, out);
}

static int load_version_1(struct nflua_ctx *ctx, const char *name,
			  unsigned int flags, const char *script, size_t len,
			  const char *chunk_name, struct nflua_result **out)
{
	if (flags)
		return nflua_check_version(ctx, "checking and replacing");
	if (strcmp(name, NFLUA_DEFAULT_STATE) != 0)
		return nflua_check_version(ctx, "named states");
	chunk_name = chunk_name ? chunk_name + 1 : "chunk";
	if (strlen(chunk_name) + 1 + len > NFLUA_MSG_MAX)
		return nflua_fail(ctx, -E2BIG,
			"script too long for the loaded module (at most %d bytes with its name)",
			NFLUA_MSG_MAX);
	return nflua_transact_result(ctx, nflua_wire_script(ctx->family, chunk_name,
							    script, len), out);
}

static int exec(struct nflua_ctx *ctx, const char *name, uint32_t exec_flags,
		bool force, const char *script, size_t len, const char *chunk_name,
		struct nflua_result **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_EXEC,
		.flags = NLM_F_ACK,
		.name = name,
		.exec_flags = exec_flags,
		.force = force,
		.script = script,
		.len = len,
		.chunk_name = chunk_name,
	};

	return nflua_request_result(ctx, &req, out);
}

/* Does what nflua_load() does, within a call that has begun. */
static int load(struct nflua_ctx *ctx, const char *name, unsigned int flags,
		const char *script, size_t len, const char *chunk_name,
		struct nflua_result **out)
{
	uint32_t exec_flags = 0;
	int err = nflua_check_script(ctx, script, len, chunk_name);

	if (err)
		return err;
	if (flags & ~(NFLUA_LOAD_CHECK | NFLUA_LOAD_REPLACE | NFLUA_LOAD_FORCE) ||
	    (flags & NFLUA_LOAD_CHECK && flags != NFLUA_LOAD_CHECK) ||
	    flags == NFLUA_LOAD_FORCE)
		return nflua_fail(ctx, -EINVAL, "invalid flags: %#x", flags);
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
		return nflua_fail(ctx, -EINVAL, "path is NULL");
	err = nflua_script_read(ctx, path, -1, &script, &len);
	if (err)
		return err;
	if (asprintf(&chunk_name, "@%.*s", NFLUA_CHUNK_NAME_MAX - 1, path) < 0) {
		free(script);
		return nflua_fail_nomem(ctx);
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
		err = nflua_check_script(ctx, code, code ? strlen(code) : 0, chunk_name);
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
