// SPDX-License-Identifier: LGPL-2.1-or-later
/* Functions of a state that run scripts in it. */
#include "rock.h"

/* Reads the options of a replace. Returns its flags. */
static unsigned int read_options(lua_State *L, int options, struct nflua_way_back *way)
{
	static const char *const names[] = { "force", "confirm", "max_errors", "keep", NULL };
	lua_Integer seconds, errors;

	rock_check_options(L, options, names);
	seconds = rock_option_integer(L, options, "confirm", 1, 86400);
	errors = rock_option_integer(L, options, "max_errors", 1, UINT32_MAX);
	if (errors > 0 && seconds < 1)
		rock_argument_error(L, options, "option 'max_errors' needs 'confirm'");
	way->confirm_ms = 1000 * seconds;
	way->max_errors = errors;
	way->keep = rock_option_boolean(L, options, "keep");
	return rock_option_boolean(L, options, "force") ? NFLUA_LOAD_FORCE : 0;
}

static int load(lua_State *L, unsigned int flags, bool replace)
{
	struct nflua_script one = { 0 };
	const struct nflua_script *scripts = &one;
	struct nflua_result *result;
	struct rock_signals signals;
	struct nflua_ctx *ctx;
	struct nflua_way_back way = { 0 };
	const char *name;
	size_t count = 1;
	int err;

	rock_check_state(L, 1, &name);
	if (lua_istable(L, 2)) {
		luaL_argcheck(L, lua_isnoneornil(L, 3), 3, "a list has its chunk names");
	} else {
		one.text = luaL_checklstring(L, 2, &one.len);
		one.chunk_name = rock_opt_text(L, 3);
	}
	if (replace)
		flags |= read_options(L, 4, &way);
	if (lua_istable(L, 2))
		scripts = rock_check_scripts(L, 2, 2, &count);
	ctx = rock_check_state(L, 1, &name);
	rock_signals_catch(&signals, ctx);
	err = replace ? nflua_replace_scripts(ctx, name, flags, scripts, count, &way, &result) :
			nflua_load_scripts(ctx, name, flags, scripts, count, &result);
	rock_signals_release(&signals);
	return rock_end(L, err, nflua_errmsg(ctx), result);
}

/* fw:load(script[, chunk_name]), or a list of scripts */
int rock_state_load(lua_State *L)
{
	return load(L, 0, false);
}

/* fw:check(script[, chunk_name]) */
int rock_state_check(lua_State *L)
{
	return load(L, NFLUA_LOAD_CHECK, false);
}

/* fw:replace(script[, chunk_name[, options]]) */
int rock_state_replace(lua_State *L)
{
	return load(L, 0, true);
}

static int load_file(lua_State *L, unsigned int flags)
{
	static const char *const names[] = { "force", NULL };
	struct nflua_result *result;
	struct rock_signals signals;
	const char *name, *path;
	struct nflua_ctx *ctx;
	int err;

	rock_check_state(L, 1, &name);
	path = rock_check_text(L, 2);
	if (flags & NFLUA_LOAD_REPLACE) {
		rock_check_options(L, 3, names);
		if (rock_option_boolean(L, 3, "force"))
			flags |= NFLUA_LOAD_FORCE;
	}
	ctx = rock_check_state(L, 1, &name);
	rock_signals_catch(&signals, ctx);
	err = nflua_load_file(ctx, name, flags, path, &result);
	rock_signals_release(&signals);
	return rock_end(L, err, nflua_errmsg(ctx), result);
}

/* fw:load_file(path) */
int rock_state_load_file(lua_State *L)
{
	return load_file(L, 0);
}

/* fw:check_file(path) */
int rock_state_check_file(lua_State *L)
{
	return load_file(L, NFLUA_LOAD_CHECK);
}

/* fw:replace_file(path[, options]) */
int rock_state_replace_file(lua_State *L)
{
	return load_file(L, NFLUA_LOAD_REPLACE);
}

/* nflua_eval() or nflua_show(). */
typedef int evaluator(struct nflua_ctx *ctx, const char *name, const char *code,
		      const char *chunk_name, struct nflua_result **out);

/* rock_end() or rock_end_eval(). */
typedef int ender(lua_State *L, int err, const char *message,
		  struct nflua_result *result);

static int eval(lua_State *L, evaluator *evaluate, ender *end)
{
	const char *name, *code, *chunk_name;
	struct nflua_result *result;
	struct rock_signals signals;
	struct nflua_ctx *ctx;
	int err;

	rock_check_state(L, 1, &name);
	code = rock_check_text(L, 2);
	chunk_name = rock_opt_text(L, 3);
	ctx = rock_check_state(L, 1, &name);
	rock_signals_catch(&signals, ctx);
	err = evaluate(ctx, name, code, chunk_name, &result);
	rock_signals_release(&signals);
	return end(L, err, nflua_errmsg(ctx), result);
}

/* fw:eval(code[, chunk_name]) */
int rock_state_eval(lua_State *L)
{
	return eval(L, nflua_eval, rock_end_eval);
}

/* fw:result(code[, chunk_name]) */
int rock_state_result(lua_State *L)
{
	return eval(L, nflua_eval, rock_end);
}

/* fw:show(code[, chunk_name]) */
int rock_state_show(lua_State *L)
{
	return eval(L, nflua_show, rock_end);
}

/* fw:confirm() */
int rock_state_confirm(lua_State *L)
{
	const char *name;
	struct nflua_ctx *ctx = rock_check_state(L, 1, &name);
	int err = nflua_confirm(ctx, name);

	return err ? rock_fail(L, err, nflua_errmsg(ctx), NULL) : rock_return_true(L);
}

/* fw:rollback([options]) */
int rock_state_rollback(lua_State *L)
{
	static const char *const names[] = { "force", NULL };
	struct nflua_ctx *ctx;
	const char *name;
	bool force;
	int err;

	rock_check_state(L, 1, &name);
	rock_check_options(L, 2, names);
	force = rock_option_boolean(L, 2, "force");
	ctx = rock_check_state(L, 1, &name);
	err = nflua_rollback(ctx, name, force);
	return err ? rock_fail(L, err, nflua_errmsg(ctx), NULL) : rock_return_true(L);
}
