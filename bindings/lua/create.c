// SPDX-License-Identifier: LGPL-2.1-or-later
/* New states. */
#include <errno.h>
#include <stdlib.h>

#include "rock.h"

#define OPTIONS 3	/* index of the argument */

/* What a state begins with; pointers are into what is on Lua's stack. */
struct creation {
	const char *name;
	lua_Integer maxalloc;		/* 0: the default */
	lua_Integer budget;		/* 0: the default */
	const char *script;		/* NULL: none */
	size_t len;
	const char *path;		/* or the file that it is in */
	const char *chunk_name;		/* NULL: the default */
};

static void read_source(lua_State *L, struct creation *c)
{
	c->script = rock_option_string(L, OPTIONS, "script", &c->len);
	c->path = rock_option_text(L, OPTIONS, "file");
	c->chunk_name = rock_option_text(L, OPTIONS, "chunk_name");
	if (c->script && c->path)
		rock_argument_error(L, OPTIONS,
			"options 'script' and 'file' exclude each other");
	if (c->chunk_name && !c->script && !c->path)
		rock_argument_error(L, OPTIONS,
			"option 'chunk_name' names a script, and there is none");
	if (c->path && !c->chunk_name)
		c->chunk_name = rock_push_chunk_name(L, c->path);
}

static void read_creation(lua_State *L, struct creation *c)
{
	static const char *const names[] = { "maxalloc", "budget", "script", "file",
					     "chunk_name", NULL };

	c->name = rock_check_text(L, 2);
	rock_check_options(L, OPTIONS, names);
	c->maxalloc = rock_option_integer(L, OPTIONS, "maxalloc", 1, LUA_MAXINTEGER);
	c->budget = rock_option_integer(L, OPTIONS, "budget", 1, UINT32_MAX);
	read_source(L, c);
}

static int create(struct nflua_ctx *ctx, const struct creation *c,
		  struct nflua_options *options, struct nflua_result **result)
{
	struct rock_signals signals;
	int err;

	if (c->maxalloc)
		nflua_options_set_maxalloc(options, c->maxalloc);
	if (c->budget)
		nflua_options_set_budget(options, c->budget);
	rock_signals_catch(&signals, ctx);
	err = nflua_create(ctx, c->name, options, c->script, c->len, c->chunk_name,
			   result);
	rock_signals_release(&signals);
	return err;
}

/* nf:create(name[, options]) */
int rock_create(lua_State *L)
{
	struct nflua_result *result = NULL;
	struct nflua_options *options;
	struct creation c = { .len = 0 };
	struct nflua_ctx *ctx;
	char *text = NULL;
	int err;

	rock_check_ctx(L, 1);
	read_creation(L, &c);
	rock_push_state(L, 1, 2);
	ctx = rock_check_ctx(L, 1);
	err = c.path ? rock_read_script(c.path, &text, &c.len) : 0;
	if (err)
		return rock_fail_read(L, err, c.path);
	if (text)
		c.script = text;
	options = nflua_options_new();
	err = options ? create(ctx, &c, options, &result) : -ENOMEM;
	nflua_options_free(options);
	free(text);
	if (!options)
		return rock_fail(L, err, "not enough memory", NULL);
	/* The state is on the stack already, below what the script did. */
	return rock_end(L, err, nflua_errmsg(ctx), result) + !err;
}
