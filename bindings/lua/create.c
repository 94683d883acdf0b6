// SPDX-License-Identifier: LGPL-2.1-or-later
/* Creating states, and changing them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rock.h"

#define OPTIONS 3		/* index of the argument of nf:create() */
#define CHUNK_NAME_MAX 255	/* bytes; as the module has it */

/*
 * Options that can be changed later; those that are missing are 0, -1 or NULL. Pointers are
 * into strings on Lua's stack.
 */
struct settings {
	lua_Integer maxalloc;
	lua_Integer budget;
	const char *on_error;
	const char *owner;
};

/* Arguments of nf:create() and nf:try(). */
struct creation {
	const char *name;
	struct settings settings;
	struct nflua_script script;	/* text NULL: none */
	const char *path;		/* or the file that it is in */
	const struct nflua_script *scripts;	/* or several; NULL: none */
	size_t count;
	bool force;
	bool check;			/* of nf:try() */
	const char **functions;		/* of nf:try(); NULL: none */
};

static void read_settings(lua_State *L, int arg, struct settings *s)
{
	static const char *const verdicts[] = { "accept", "drop", NULL };

	s->maxalloc = rock_option_integer(L, arg, "maxalloc", 1, LUA_MAXINTEGER);
	s->budget = rock_option_integer(L, arg, "budget", 1, UINT32_MAX);
	s->on_error = rock_option_text(L, arg, "on_error");
	if (s->on_error && rock_find(s->on_error, verdicts) < 0)
		rock_argument_error(L, arg, "option 'on_error' must be 'accept' or 'drop'");
	s->owner = rock_option_text(L, arg, "owner");
}

/* Returns options with these settings, or NULL if there is no memory. */
static struct nflua_options *make_options(const struct settings *s)
{
	struct nflua_options *options = nflua_options_new();

	if (s->maxalloc > 0)
		nflua_options_set_maxalloc(options, s->maxalloc);
	if (s->budget > 0)
		nflua_options_set_budget(options, s->budget);
	if (s->on_error)
		nflua_options_set_drop_on_error(options, strcmp(s->on_error, "drop") == 0);
	if (s->owner && nflua_options_set_owner(options, s->owner)) {
		nflua_options_free(options);
		return NULL;
	}
	return options;
}

/* Pushes the chunk name of a file, cut off if it is too long. */
static const char *push_chunk_name(lua_State *L, const char *path)
{
	const char *name = lua_pushfstring(L, "@%s", path);

	return strlen(name) > CHUNK_NAME_MAX ?
	       lua_pushlstring(L, name, CHUNK_NAME_MAX) : name;
}

static void read_source(lua_State *L, struct creation *c)
{
	struct nflua_script *script = &c->script;

	script->text = rock_option_string(L, OPTIONS, "script", &script->len);
	c->path = rock_option_text(L, OPTIONS, "file");
	script->chunk_name = rock_option_text(L, OPTIONS, "chunk_name");
	if (lua_getfield(L, OPTIONS, "scripts") != LUA_TNIL)
		c->scripts = rock_check_scripts(L, OPTIONS, -1, &c->count);
	if (!!script->text + !!c->path + !!c->scripts > 1)
		rock_argument_error(L, OPTIONS,
			"options 'script', 'scripts' and 'file' cannot be combined");
	if (script->chunk_name && !script->text && !c->path)
		rock_argument_error(L, OPTIONS,
			"option 'chunk_name' needs 'script' or 'file'");
	if (c->path && !script->chunk_name)
		script->chunk_name = push_chunk_name(L, c->path);
	if (script->text || c->path) {
		c->scripts = script;
		c->count = 1;
	}
}

/* Reads the list of functions that scripts must define. */
static void read_functions(lua_State *L, struct creation *c)
{
	size_t i, n, len;

	if (lua_getfield(L, OPTIONS, "functions") == LUA_TNIL)
		return;
	if (!lua_istable(L, -1))
		rock_argument_error(L, OPTIONS, "option 'functions': table expected, got %s",
				    luaL_typename(L, -1));
	n = lua_rawlen(L, -1);
	c->functions = lua_newuserdatauv(L, (n + 1) * sizeof(*c->functions), 0);
	for (i = 0; i < n; i++) {
		if (lua_rawgeti(L, -2, i + 1) != LUA_TSTRING)
			rock_argument_error(L, OPTIONS, "option 'functions': names are strings");
		c->functions[i] = lua_tolstring(L, -1, &len);
		if (strlen(c->functions[i]) != len)
			rock_argument_error(L, OPTIONS,
				"option 'functions': string contains a zero byte");
		lua_pop(L, 1);
	}
	c->functions[n] = NULL;
}

/* @names: the options that there are */
static void read_creation(lua_State *L, struct creation *c, const char *const names[])
{

	c->name = rock_check_text(L, 2);
	rock_check_options(L, OPTIONS, names);
	read_settings(L, OPTIONS, &c->settings);
	c->force = rock_option_boolean(L, OPTIONS, "force");
	read_source(L, c);
}

/* Makes the state, with a script from a file if there is one. */
static int make(struct nflua_ctx *ctx, struct creation *c, bool try,
		const struct nflua_options *options, struct nflua_result **result)
{
	char *text = NULL;
	int err = 0;

	if (c->path) {
		err = nflua_read_script(ctx, c->path, -1, &text, &c->script.len);
		c->script.text = text;
	}
	if (!err && try)
		err = nflua_try_scripts(ctx, c->name, options, c->check ? NFLUA_LOAD_CHECK : 0,
					c->scripts, c->count, c->functions, result);
	else if (!err)
		err = nflua_create_scripts(ctx, c->name, options, c->scripts, c->count, result);
	free(text);
	return err;
}

/* Makes the state. Returns what the caller must return, without the state. */
static int create(lua_State *L, struct creation *c, bool try, int *err)
{
	struct nflua_ctx *ctx = rock_check_ctx(L, 1);
	struct nflua_options *options = make_options(&c->settings);
	struct nflua_result *result = NULL;
	struct rock_signals signals;

	*err = -ENOMEM;
	if (!options)
		return rock_fail(L, -ENOMEM, "not enough memory", NULL);
	nflua_options_set_force(options, c->force);
	rock_signals_catch(&signals, ctx);
	*err = make(ctx, c, try, options, &result);
	rock_signals_release(&signals);
	nflua_options_free(options);
	return rock_end(L, *err, nflua_errmsg(ctx), result);
}

/* nf:create(name[, options]) */
int rock_create(lua_State *L)
{
	static const char *const names[] = { "maxalloc", "budget", "script", "scripts", "file",
					     "chunk_name", "on_error", "owner", "force",
					     NULL };
	struct creation c = { .count = 0 };
	int results, err;

	rock_check_ctx(L, 1);
	read_creation(L, &c, names);
	rock_push_state(L, 1, 2);
	results = create(L, &c, false, &err);
	/* The state is on the stack already, below the script's result. */
	return results + !err;
}

/* nf:try(name[, options]) */
int rock_try(lua_State *L)
{
	static const char *const names[] = { "maxalloc", "budget", "script", "scripts", "file",
					     "chunk_name", "on_error", "owner", "force",
					     "check", "functions", NULL };
	struct creation c = { .count = 0 };
	int err;

	rock_check_ctx(L, 1);
	read_creation(L, &c, names);
	c.check = rock_option_boolean(L, OPTIONS, "check");
	read_functions(L, &c);
	return create(L, &c, true, &err);
}

/* fw:set(options) */
int rock_state_set(lua_State *L)
{
	static const char *const names[] = { "maxalloc", "budget", "on_error", "owner", NULL };
	struct settings settings;
	struct nflua_options *options;
	struct nflua_ctx *ctx;
	const char *name;
	int err;

	rock_check_state(L, 1, &name);
	rock_check_options(L, 2, names);
	read_settings(L, 2, &settings);
	ctx = rock_check_state(L, 1, &name);
	options = make_options(&settings);
	if (!options)
		return rock_fail(L, -ENOMEM, "not enough memory", NULL);
	err = nflua_set(ctx, name, options);
	nflua_options_free(options);
	return err ? rock_fail(L, err, nflua_errmsg(ctx), NULL) : rock_return_true(L);
}
