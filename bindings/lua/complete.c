// SPDX-License-Identifier: LGPL-2.1-or-later
/* Completion: names that continue an expression. */
#include "rock.h"

static int push_names(lua_State *L)
{
	const struct nflua_result *result = lua_touserdata(L, 1);
	size_t i, len, n = nflua_result_count(result);
	const char *name;

	lua_createtable(L, n, 0);
	for (i = 0; i < n; i++) {
		name = nflua_result_string(result, i, &len);
		lua_pushlstring(L, name, len);
		lua_rawseti(L, -2, i + 1);
	}
	lua_pushboolean(L, nflua_result_truncated(result) != 0);
	return 2;
}

static void free_names(void *result)
{
	nflua_result_free(result);
}

/* fw:complete(prefix): returns the names, and whether there may be more of them */
int rock_state_complete(lua_State *L)
{
	const char *name, *prefix;
	struct nflua_result *result;
	struct rock_signals signals;
	struct nflua_ctx *ctx;
	int err;

	rock_check_state(L, 1, &name);
	prefix = rock_check_text(L, 2);
	ctx = rock_check_state(L, 1, &name);
	rock_signals_catch(&signals, ctx);
	err = nflua_complete(ctx, name, prefix, &result);
	rock_signals_release(&signals);
	if (!err)
		return rock_deliver(L, push_names, result, free_names);
	nflua_result_free(result);
	return rock_fail(L, err, nflua_errmsg(ctx), NULL);
}
