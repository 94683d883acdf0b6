// SPDX-License-Identifier: LGPL-2.1-or-later
/* Creating states. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rock.h"

#define OPTIONS 3		/* index of the argument */
#define CHUNK_NAME_MAX 255	/* bytes; as the module has it */

/* Arguments of nf:create(); pointers are into strings on Lua's stack. */
struct creation {
	const char *name;
	lua_Integer maxalloc;		/* 0: the default */
	lua_Integer budget;		/* 0: the default */
	const char *script;		/* NULL: none */
	size_t len;
	const char *path;		/* or the file that it is in */
	const char *chunk_name;		/* NULL: the default */
	const char *on_error;		/* NULL: the default */
	bool force;
};

/* Pushes the chunk name of a file, cut off if it is too long. */
static const char *push_chunk_name(lua_State *L, const char *path)
{
	const char *name = lua_pushfstring(L, "@%s", path);

	return strlen(name) > CHUNK_NAME_MAX ?
	       lua_pushlstring(L, name, CHUNK_NAME_MAX) : name;
}

static void read_source(lua_State *L, struct creation *c)
{
	c->script = rock_option_string(L, OPTIONS, "script", &c->len);
	c->path = rock_option_text(L, OPTIONS, "file");
	c->chunk_name = rock_option_text(L, OPTIONS, "chunk_name");
	if (c->script && c->path)
		rock_argument_error(L, OPTIONS,
			"options 'script' and 'file' cannot be combined");
	if (c->chunk_name && !c->script && !c->path)
		rock_argument_error(L, OPTIONS,
			"option 'chunk_name' needs 'script' or 'file'");
	if (c->path && !c->chunk_name)
		c->chunk_name = push_chunk_name(L, c->path);
}

static void read_creation(lua_State *L, struct creation *c)
{
	static const char *const names[] = { "maxalloc", "budget", "script", "file",
					     "chunk_name", "on_error", "force",
					     NULL };
	static const char *const verdicts[] = { "accept", "drop", NULL };

	c->name = rock_check_text(L, 2);
	rock_check_options(L, OPTIONS, names);
	c->maxalloc = rock_option_integer(L, OPTIONS, "maxalloc", 1, LUA_MAXINTEGER);
	c->budget = rock_option_integer(L, OPTIONS, "budget", 1, UINT32_MAX);
	c->force = rock_option_boolean(L, OPTIONS, "force");
	c->on_error = rock_option_text(L, OPTIONS, "on_error");
	if (c->on_error && rock_find(c->on_error, verdicts) < 0)
		rock_argument_error(L, OPTIONS,
			"option 'on_error' must be 'accept' or 'drop'");
	read_source(L, c);
}

/* Creates the state, with a script from a file if there is one. */
static int create(struct nflua_ctx *ctx, const struct creation *c,
		  const struct nflua_options *options, struct nflua_result **result)
{
	const char *script = c->script;
	size_t len = c->len;
	char *text = NULL;
	int err = 0;

	if (c->path) {
		err = nflua_read_script(ctx, c->path, -1, &text, &len);
		script = text;
	}
	if (!err)
		err = nflua_create(ctx, c->name, options, script, len, c->chunk_name,
				   result);
	free(text);
	return err;
}

/* nf:create(name[, options]) */
int rock_create(lua_State *L)
{
	struct nflua_result *result = NULL;
	struct nflua_options *options;
	struct creation c = { .len = 0 };
	struct rock_signals signals;
	struct nflua_ctx *ctx;
	int err;

	rock_check_ctx(L, 1);
	read_creation(L, &c);
	rock_push_state(L, 1, 2);
	ctx = rock_check_ctx(L, 1);
	options = nflua_options_new();
	if (!options)
		return rock_fail(L, -ENOMEM, "not enough memory", NULL);
	if (c.maxalloc)
		nflua_options_set_maxalloc(options, c.maxalloc);
	if (c.budget)
		nflua_options_set_budget(options, c.budget);
	if (c.on_error)
		nflua_options_set_drop_on_error(options, strcmp(c.on_error, "drop") == 0);
	nflua_options_set_force(options, c.force);
	rock_signals_catch(&signals, ctx);
	err = create(ctx, &c, options, &result);
	rock_signals_release(&signals);
	nflua_options_free(options);
	/* The state is on the stack already, below the script's result. */
	return rock_end(L, err, nflua_errmsg(ctx), result) + !err;
}
