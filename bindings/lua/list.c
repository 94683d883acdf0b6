// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists of states, as tables. */
#include "rock.h"

static void free_list(void *list)
{
	nflua_list_free(list);
}

static int push_list(lua_State *L)
{
	const struct nflua_list *list = lua_touserdata(L, 1);
	size_t i, n = nflua_list_count(list);

	lua_createtable(L, n, 0);
	for (i = 0; i < n; i++) {
		rock_push_stats(L, nflua_list_state(list, i));
		lua_rawseti(L, -2, i + 1);
	}
	return 1;
}

/* nf:list() */
int rock_list(lua_State *L)
{
	struct nflua_ctx *ctx = rock_check_ctx(L, 1);
	struct nflua_list *list;
	int err = nflua_list(ctx, &list);

	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	return rock_deliver(L, push_list, list, free_list);
}

static int push_first(lua_State *L)
{
	rock_push_stats(L, nflua_list_state(lua_touserdata(L, 1), 0));
	return 1;
}

/* nf:get(state) */
int rock_get(lua_State *L)
{
	struct nflua_list *list;
	struct nflua_ctx *ctx;
	const char *name;
	int err;

	rock_check_ctx(L, 1);
	name = rock_check_state_name(L, 2);
	ctx = rock_check_ctx(L, 1);
	err = nflua_get(ctx, name, &list);
	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	return rock_deliver(L, push_first, list, free_list);
}
