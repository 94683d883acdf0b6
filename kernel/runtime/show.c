// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables as text for people to read: their contents, as one would write them in Lua, as
 * far as there is room. No code of the script runs.
 */
#include <linux/slab.h>
#include <linux/sort.h>

#include "lauxlib.h"
#include "runtime/show.h"

/* Longest text of a table, and longest string in it, in bytes. */
#define TEXT_MAX	4096
#define STRING_MAX	200

/* Levels of nested tables, and number of entries that are shown of each. */
#define DEPTH_MAX	3
#define ENTRIES_MAX	64

/* Slots of tables that are looked at in all, as the runtime is locked meanwhile. */
#define LOOK_MAX	65536

/* A string key of a table. Lua allocates nothing while it is in use, so none is freed. */
struct name {
	const char *name;	/* Lua's */
	size_t len;
	unsigned int slot;	/* of the table */
};

struct nflua_show {
	char text[TEXT_MAX];
	size_t len;
	unsigned int looks;	/* that are left */
	struct name keys[DEPTH_MAX][ENTRIES_MAX];
};

static void show_value(lua_State *L, struct nflua_show *show, int depth);

static bool is_full(const struct nflua_show *show)
{
	return show->len == TEXT_MAX || !show->looks;
}

static void put(struct nflua_show *show, const char *text, size_t len)
{
	len = min(len, TEXT_MAX - show->len);
	memcpy(show->text + show->len, text, len);
	show->len += len;
}

static void put_text(struct nflua_show *show, const char *text)
{
	put(show, text, strlen(text));
}

static void put_byte(struct nflua_show *show, unsigned char c)
{
	char text[8];

	if (c == '"' || c == '\\')
		snprintf(text, sizeof(text), "\\%c", c);
	else if (c == '\n')
		strscpy(text, "\\n", sizeof(text));
	else if (c < 0x20 || c == 0x7f)
		snprintf(text, sizeof(text), "\\%03u", c);
	else
		snprintf(text, sizeof(text), "%c", c);
	put_text(show, text);
}

static void put_string(struct nflua_show *show, const char *s, size_t len)
{
	size_t i;

	put_text(show, "\"");
	for (i = 0; i < min_t(size_t, len, STRING_MAX); i++)
		put_byte(show, s[i]);
	put_text(show, len > STRING_MAX ? "\"..." : "\"");
}

/* Shows the value on top with its key, the string below it. */
static void show_named(lua_State *L, struct nflua_show *show,
		       const struct name *key, int depth)
{
	if (nflua_engine_is_name(L, -2)) {
		put(show, key->name, key->len);
	} else {
		put_text(show, "[");
		put_string(show, key->name, key->len);
		put_text(show, "]");
	}
	put_text(show, " = ");
	show_value(L, show, depth);
}

static int compare_keys(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = memcmp(x->name, y->name, min(x->len, y->len));

	return order ?: x->len < y->len ? -1 : x->len > y->len;
}

/* Puts a comma before each entry but the first. */
static void put_comma(struct nflua_show *show, int *shown)
{
	if ((*shown)++)
		put_text(show, ", ");
}

/* Shows the values at 1, 2, 3, ... Returns how many there are. */
static lua_Integer show_row(lua_State *L, struct nflua_show *show, int depth,
			    int *shown)
{
	lua_Integer i;

	for (i = 1; *shown < ENTRIES_MAX && !is_full(show); i++) {
		if (lua_rawgeti(L, -1, i) == LUA_TNIL) {
			lua_pop(L, 1);
			break;
		}
		put_comma(show, shown);
		show_value(L, show, depth);
		lua_pop(L, 1);
	}
	return i - 1;
}

/* Shows the entries of @keys, sorted. Returns false if there was no room for all. */
static bool show_names(lua_State *L, struct nflua_show *show, int depth, int names,
		       int *shown)
{
	struct name *keys = show->keys[depth - 1];
	unsigned int at, looks;
	int i;

	sort(keys, names, sizeof(*keys), compare_keys, NULL);
	for (i = 0; i < names && !is_full(show); i++) {
		at = keys[i].slot;
		looks = 1;
		nflua_engine_next(L, &at, &looks);
		put_comma(show, shown);
		show_named(L, show, &keys[i], depth);
		lua_pop(L, 2);
	}
	return i == names;
}

/* Shows the value on top with its key, the value below it. */
static void show_keyed(lua_State *L, struct nflua_show *show, int depth)
{
	put_text(show, "[");
	lua_pushvalue(L, -2);
	show_value(L, show, DEPTH_MAX);
	lua_pop(L, 1);
	put_text(show, "] = ");
	show_value(L, show, depth);
}

static bool is_in_row(lua_State *L, int idx, lua_Integer row)
{
	return lua_isinteger(L, idx) && lua_tointeger(L, idx) >= 1 &&
	       lua_tointeger(L, idx) <= row;
}

/* Returns whether the key is a string that can be sorted. */
static bool is_short(lua_State *L, int idx)
{
	return lua_type(L, idx) == LUA_TSTRING && lua_rawlen(L, idx) <= STRING_MAX;
}

/* Shows the entries outside of the row. Returns false if there are more. */
static bool show_others(lua_State *L, struct nflua_show *show, int depth,
			lua_Integer row, int *shown)
{
	struct name *keys = show->keys[depth - 1];
	unsigned int at = 0;
	int names = 0, more;

	while ((more = nflua_engine_next(L, &at, &show->looks)) > 0) {
		if (is_in_row(L, -2, row)) {
			lua_pop(L, 2);
			continue;
		}
		if (*shown + names == ENTRIES_MAX) {
			lua_pop(L, 2);
			break;
		}
		if (is_short(L, -2)) {
			keys[names].name = lua_tolstring(L, -2, &keys[names].len);
			keys[names++].slot = at - 1;
		} else {
			put_comma(show, shown);
			show_keyed(L, show, depth);
		}
		lua_pop(L, 2);
	}
	return show_names(L, show, depth, names, shown) && !more;
}

static void show_table(lua_State *L, struct nflua_show *show, int depth)
{
	unsigned int at = 0;
	lua_Integer row;
	int shown = 0;

	if (depth == DEPTH_MAX || is_full(show)) {
		row = nflua_engine_next(L, &at, &show->looks);
		if (row > 0)
			lua_pop(L, 2);
		put_text(show, row ? "{...}" : "{}");
		return;
	}
	put_text(show, "{");
	row = show_row(L, show, depth + 1, &shown);
	if (!show_others(L, show, depth + 1, row, &shown))
		put_text(show, shown ? ", ..." : "...");
	put_text(show, "}");
}

/* Shows the value on top, and leaves it there. */
static void show_value(lua_State *L, struct nflua_show *show, int depth)
{
	char number[24];
	size_t len;
	const char *s;

	switch (lua_type(L, -1)) {
	case LUA_TBOOLEAN:
		put_text(show, lua_toboolean(L, -1) ? "true" : "false");
		break;
	case LUA_TNUMBER:
		snprintf(number, sizeof(number), "%lld", lua_tointeger(L, -1));
		put_text(show, number);
		break;
	case LUA_TSTRING:
		s = lua_tolstring(L, -1, &len);
		put_string(show, s, len);
		break;
	case LUA_TTABLE:
		show_table(L, show, depth);
		break;
	default:
		put_text(show, "<");
		put_text(show, luaL_typename(L, -1));
		put_text(show, ">");
	}
}

struct nflua_show *nflua_show_new(void)
{
	return kmalloc(sizeof(struct nflua_show), GFP_KERNEL);
}

const char *nflua_show_table(lua_State *L, int idx, struct nflua_show *show,
			     size_t *len)
{
	int top = lua_gettop(L);

	luaL_checkstack(L, 6 * DEPTH_MAX, NULL);
	show->len = 0;
	show->looks = LOOK_MAX;
	lua_pushvalue(L, idx);
	show_table(L, show, 0);
	lua_settop(L, top);
	/* Not everything has fit. */
	if (show->len == TEXT_MAX)
		memcpy(show->text + TEXT_MAX - 3, "...", 3);
	*len = show->len;
	return show->text;
}
