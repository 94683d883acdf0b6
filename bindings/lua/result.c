// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a script did, and how functions of the rock fail. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rock.h"

static const char *const kinds[] = {
	[NFLUA_KIND_SYNTAX] = "syntax",
	[NFLUA_KIND_INCOMPLETE] = "incomplete",
	[NFLUA_KIND_RUNTIME] = "runtime",
	[NFLUA_KIND_MEMORY] = "memory",
	[NFLUA_KIND_BUDGET] = "budget",
	[NFLUA_KIND_INTERRUPTED] = "interrupted",
};

static const char *const types[] = {
	[NFLUA_TYPE_NIL] = "nil",
	[NFLUA_TYPE_BOOLEAN] = "boolean",
	[NFLUA_TYPE_INTEGER] = "integer",
	[NFLUA_TYPE_STRING] = "string",
	[NFLUA_TYPE_OTHER] = "other",
};

static const char *kind_name(const struct nflua_result *result)
{
	unsigned int kind = nflua_result_kind(result);

	return kind < sizeof(kinds) / sizeof(*kinds) ? kinds[kind] : "unknown";
}

static void push_value(lua_State *L, const struct nflua_result *result, size_t i)
{
	const char *text;
	size_t len;

	switch (nflua_result_type(result, i)) {
	case NFLUA_TYPE_NIL:
		lua_pushnil(L);
		break;
	case NFLUA_TYPE_BOOLEAN:
		lua_pushboolean(L, nflua_result_boolean(result, i));
		break;
	case NFLUA_TYPE_INTEGER:
		lua_pushinteger(L, nflua_result_integer(result, i));
		break;
	default:
		text = nflua_result_string(result, i, &len);
		lua_pushlstring(L, text, len);
	}
}

static int push_values(lua_State *L, const struct nflua_result *result)
{
	size_t i, n = nflua_result_count(result);

	luaL_checkstack(L, n, "too many values");
	for (i = 0; i < n; i++)
		push_value(L, result, i);
	return n;
}

/* Sets t[1..n], t.n and t.types of the table on top. */
static void set_values(lua_State *L, const struct nflua_result *result)
{
	size_t i, n = nflua_result_count(result);

	lua_createtable(L, n, 0);
	for (i = 0; i < n; i++) {
		push_value(L, result, i);
		lua_rawseti(L, -3, i + 1);
		lua_pushstring(L, types[nflua_result_type(result, i)]);
		lua_rawseti(L, -2, i + 1);
	}
	lua_setfield(L, -2, "types");
	rock_set_integer(L, "n", n);
}

static void set_truncated(lua_State *L, unsigned int cut)
{
	static const struct {
		unsigned int flag;
		const char *name;
	} parts[] = {
		{ NFLUA_CUT_VALUES, "values" },
		{ NFLUA_CUT_OUTPUT, "output" },
		{ NFLUA_CUT_ERROR, "error" },
		{ NFLUA_CUT_TRACEBACK, "traceback" },
		{ NFLUA_CUT_SENT, "sent" },
	};
	size_t i;

	if (!cut)
		return;
	lua_newtable(L);
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!(cut & parts[i].flag))
			continue;
		rock_set_boolean(L, parts[i].name, true);
	}
	lua_setfield(L, -2, "truncated");
}

/** rock_set_result - sets fields of the table on top, all but the values */
void rock_set_result(lua_State *L, const struct nflua_result *result)
{
	const char *text;
	size_t len;

	text = nflua_result_output(result, &len);
	lua_pushlstring(L, text, len);
	lua_setfield(L, -2, "output");
	if (nflua_result_kind(result) != NFLUA_KIND_NONE)
		rock_set_string(L, "kind", kind_name(result));
	rock_set_string(L, "error", nflua_result_error(result));
	rock_set_string(L, "traceback", nflua_result_traceback(result));
	set_truncated(L, nflua_result_truncated(result));
}

static void push_result(lua_State *L, const struct nflua_result *result)
{
	lua_createtable(L, nflua_result_count(result), 4);
	set_values(L, result);
	rock_set_result(L, result);
}

/**
 * rock_fail - pushes what a function that failed returns
 * @err: a negative errno
 * @result: what the script did as far as it got; may be NULL
 *
 * Returns the number of values: nil, @message, the errno, and the result.
 */
int rock_fail(lua_State *L, int err, const char *message,
	      const struct nflua_result *result)
{
	luaL_pushfail(L);
	lua_pushstring(L, message);
	lua_pushinteger(L, -err);
	if (!result)
		return 3;
	push_result(L, result);
	return 4;
}

/** rock_fail_receive - rock_fail() for a function that receives */
int rock_fail_receive(lua_State *L, int err, const char *message)
{
	if (err == -EAGAIN)
		message = "timeout";
	else if (err == -ENOBUFS)
		message = "lost";
	else if (err == -EINTR)
		message = "interrupted";
	return rock_fail(L, err, message, NULL);
}

/* How a script ended. */
struct end {
	int err;
	char *message;			/* NULL: no failure, or no memory */
	struct nflua_result *result;	/* NULL: it was not run */
};

/* Copies the message, as its owner may be closed before Lua has copied it. */
static struct end end_of(int err, const char *message, struct nflua_result *result)
{
	struct end end = { err, err ? strdup(message) : NULL, result };

	return end;
}

static void free_end(void *ud)
{
	struct end *end = ud;

	free(end->message);
	nflua_result_free(end->result);
}

static int push_failure(lua_State *L, const struct end *end)
{
	return rock_fail(L, end->err,
			 end->message ? end->message : "not enough memory",
			 end->result);
}

static int push_end(lua_State *L)
{
	const struct end *end = lua_touserdata(L, 1);

	if (end->err)
		return push_failure(L, end);
	push_result(L, end->result);
	return 1;
}

/**
 * rock_end - pushes what a function that ran a script returns
 * @message: of the failure, if @err says that there is one
 * @result: freed here
 *
 * Returns the number of values: the result as a table, or those of a failure.
 */
int rock_end(lua_State *L, int err, const char *message,
	     struct nflua_result *result)
{
	struct end end = end_of(err, message, result);

	return rock_deliver(L, push_end, &end, free_end);
}

/** rock_end_send - rock_end() for a message, whose result is empty: pushes true */
int rock_end_send(lua_State *L, int err, const char *message,
		  struct nflua_result *result)
{
	if (err)
		return rock_end(L, err, message, result);
	nflua_result_free(result);
	return rock_return_true(L);
}

static int push_end_eval(lua_State *L)
{
	const struct end *end = lua_touserdata(L, 1);

	if (end->err)
		return push_failure(L, end);
	if (nflua_result_truncated(end->result) & NFLUA_CUT_VALUES)
		return rock_fail(L, -EOVERFLOW, "values longer than 64 KiB",
				 end->result);
	return push_values(L, end->result);
}

/** rock_end_eval - rock_end() that pushes the values themselves, if none was cut off */
int rock_end_eval(lua_State *L, int err, const char *message,
		  struct nflua_result *result)
{
	struct end end = end_of(err, message, result);

	return rock_deliver(L, push_end_eval, &end, free_end);
}
