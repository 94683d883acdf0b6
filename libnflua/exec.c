// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests that run scripts: to create a state, to load, and to evaluate. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "options.h"
#include "request.h"
#include "script.h"
#include "wire.h"

static int create(struct nflua_ctx *ctx, const char *name, uint32_t exec_flags,
		  const struct nflua_options *options, const struct nflua_script *scripts,
		  size_t count, const char *const *functions, struct nflua_result **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_NEW,
		.flags = NLM_F_ACK,
		.name = name,
		.exec_flags = exec_flags,
		.options = options,
		.scripts = scripts,
		.script_count = count,
		.functions = functions,
	};
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (!err)
		err = nflua_check_version(ctx, "named states");
	if (!err)
		err = nflua_check_scripts(ctx, scripts, count);
	if (!err && options)
		err = nflua_check_owner(ctx, options->owner);
	if (err)
		return err;
	return nflua_request_result(ctx, &req, out);
}

NFLUA_PUBLIC int nflua_create(struct nflua_ctx *ctx, const char *name,
			      const struct nflua_options *options,
			      const char *script, size_t len,
			      const char *chunk_name, struct nflua_result **out)
{
	const struct nflua_script one = { script, len, chunk_name };

	return create(ctx, name, 0, options, &one, script ? 1 : 0, NULL, out);
}

NFLUA_PUBLIC int nflua_create_scripts(struct nflua_ctx *ctx, const char *name,
				      const struct nflua_options *options,
				      const struct nflua_script *scripts, size_t count,
				      struct nflua_result **out)
{
	return create(ctx, name, 0, options, scripts, count, NULL, out);
}

NFLUA_PUBLIC int nflua_try_scripts(struct nflua_ctx *ctx, const char *name,
				   const struct nflua_options *options,
				   unsigned int flags, const struct nflua_script *scripts,
				   size_t count, const char *const *functions,
				   struct nflua_result **out)
{
	size_t i;

	if (out)
		*out = NULL;
	for (i = 0; ctx && functions && functions[i]; i++)
		if (strlen(functions[i]) > NFLUA_FUNCTION_MAX)
			return nflua_fail(ctx, -EINVAL, "function name too long (at most %d bytes)",
					  NFLUA_FUNCTION_MAX);
	if (ctx && flags & ~NFLUA_LOAD_CHECK)
		return nflua_fail(ctx, -EINVAL, "invalid flags: %#x", flags);
	return create(ctx, name, flags ? NFLUA_EXEC_CHECK : NFLUA_EXEC_TRY, options, scripts,
		      count, flags ? NULL : functions, out);
}

static int load_version_1(struct nflua_ctx *ctx, const char *name,
			  unsigned int flags, const struct nflua_script *script,
			  struct nflua_result **out)
{
	const char *chunk_name = script->chunk_name ? script->chunk_name + 1 : "chunk";

	if (flags)
		return nflua_check_version(ctx, "checking and replacing");
	if (strcmp(name, NFLUA_DEFAULT_STATE) != 0)
		return nflua_check_version(ctx, "named states");
	if (strlen(chunk_name) + 1 + script->len > NFLUA_MSG_MAX)
		return nflua_fail(ctx, -E2BIG,
			"script too long for the loaded module (at most %d bytes with its name)",
			NFLUA_MSG_MAX);
	return nflua_transact_result(ctx, nflua_wire_script(ctx->family, chunk_name,
							    script->text, script->len),
				     out);
}

static int exec(struct nflua_ctx *ctx, const char *name, uint32_t exec_flags,
		bool force, const struct nflua_script *scripts, size_t count,
		const struct nflua_way_back *way, struct nflua_result **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_EXEC,
		.flags = NLM_F_ACK,
		.name = name,
		.exec_flags = exec_flags,
		.force = force,
		.scripts = scripts,
		.script_count = count,
		.way = way,
	};

	return nflua_request_result(ctx, &req, out);
}

/* Does what nflua_load() does, within a call that has begun. */
static int load(struct nflua_ctx *ctx, const char *name, unsigned int flags,
		const struct nflua_script *scripts, size_t count,
		const struct nflua_way_back *way, struct nflua_result **out)
{
	uint32_t exec_flags = 0;
	int err = nflua_check_scripts(ctx, scripts, count);

	if (err)
		return err;
	if (flags & ~(NFLUA_LOAD_CHECK | NFLUA_LOAD_REPLACE | NFLUA_LOAD_FORCE) ||
	    (flags & NFLUA_LOAD_CHECK && flags != NFLUA_LOAD_CHECK) ||
	    flags == NFLUA_LOAD_FORCE)
		return nflua_fail(ctx, -EINVAL, "invalid flags: %#x", flags);
	if (!count)
		return nflua_fail(ctx, -EINVAL, "there is no script");
	if (ctx->version < 2 && count == 1)
		return load_version_1(ctx, name, flags, scripts, out);
	err = nflua_check_version(ctx, "several scripts at a time");
	if (err)
		return err;
	if (flags & NFLUA_LOAD_CHECK)
		exec_flags |= NFLUA_EXEC_CHECK;
	if (flags & NFLUA_LOAD_REPLACE)
		exec_flags |= NFLUA_EXEC_REPLACE;
	return exec(ctx, name, exec_flags, flags & NFLUA_LOAD_FORCE, scripts, count, way, out);
}

NFLUA_PUBLIC int nflua_load(struct nflua_ctx *ctx, const char *name,
			    unsigned int flags, const char *script, size_t len,
			    const char *chunk_name, struct nflua_result **out)
{
	const struct nflua_script one = { script, len, chunk_name };

	return nflua_load_scripts(ctx, name, flags, &one, 1, out);
}

NFLUA_PUBLIC int nflua_load_scripts(struct nflua_ctx *ctx, const char *name,
				    unsigned int flags, const struct nflua_script *scripts,
				    size_t count, struct nflua_result **out)
{
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	return err ? err : load(ctx, name, flags, scripts, count, NULL, out);
}

NFLUA_PUBLIC int nflua_replace_scripts(struct nflua_ctx *ctx, const char *name,
				       unsigned int flags,
				       const struct nflua_script *scripts, size_t count,
				       const struct nflua_way_back *way,
				       struct nflua_result **out)
{
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	return err ? err : load(ctx, name, flags | NFLUA_LOAD_REPLACE, scripts, count, way, out);
}

NFLUA_PUBLIC int nflua_load_file(struct nflua_ctx *ctx, const char *name,
				 unsigned int flags, const char *path,
				 struct nflua_result **out)
{
	char *text, *chunk_name;
	struct nflua_script script = { 0 };
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (err)
		return err;
	if (!path)
		return nflua_fail(ctx, -EINVAL, "path is NULL");
	err = nflua_script_read(ctx, path, -1, &text, &script.len);
	if (err)
		return err;
	if (asprintf(&chunk_name, "@%.*s", NFLUA_CHUNK_NAME_MAX - 1, path) < 0) {
		free(text);
		return nflua_fail_nomem(ctx);
	}
	script.text = text;
	script.chunk_name = chunk_name;
	err = load(ctx, name, flags, &script, 1, NULL, out);
	free(chunk_name);
	free(text);
	return err;
}

static int eval(struct nflua_ctx *ctx, const char *name, uint32_t exec_flags,
		const char *code, const char *chunk_name,
		struct nflua_result **out)
{
	const struct nflua_script script = {
		.text = code,
		.len = code ? strlen(code) : 0,
		.chunk_name = chunk_name ? chunk_name : "=eval",
	};
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (!err)
		err = nflua_check_version(ctx, "eval");
	if (!err)
		err = nflua_check_scripts(ctx, &script, 1);
	if (err)
		return err;
	return exec(ctx, name, NFLUA_EXEC_EVAL | exec_flags, false, &script, 1, NULL, out);
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
