// SPDX-License-Identifier: LGPL-2.1-or-later
/* Watches: what nf:watch() returns, and the events that come through it. */
#include <errno.h>

#include "rock.h"

#define WATCH "nflua.watch"

struct watch {
	struct nflua_watch *watch;
	const struct nflua_event *event;	/* being turned into a table */
	bool closed;				/* for Lua; an event may be in use */
};

static struct watch *check_watch(lua_State *L)
{
	struct watch *watch = luaL_checkudata(L, 1, WATCH);

	if (watch->closed)
		luaL_error(L, "attempt to use a closed watch");
	return watch;
}

static void free_closed(struct watch *watch)
{
	if (!watch->closed || watch->event)
		return;
	nflua_watch_close(watch->watch);
	watch->watch = NULL;
}

static int watch_close(lua_State *L)
{
	struct watch *watch = luaL_checkudata(L, 1, WATCH);

	watch->closed = true;
	free_closed(watch);
	return 0;
}

static int watch_tostring(lua_State *L)
{
	struct watch *watch = luaL_checkudata(L, 1, WATCH);

	lua_pushfstring(L, "nflua watch (%s)", watch->closed ? "closed" : "open");
	return 1;
}

static int watch_fd(lua_State *L)
{
	lua_pushinteger(L, nflua_watch_fd(check_watch(L)->watch));
	return 1;
}

/* nf:watch() */
int rock_watch(lua_State *L)
{
	struct nflua_ctx *ctx;
	struct watch *watch;
	int err;

	rock_check_ctx(L, 1);
	watch = lua_newuserdatauv(L, sizeof(*watch), 0);
	*watch = (struct watch){ .closed = true };
	luaL_setmetatable(L, WATCH);
	ctx = rock_check_ctx(L, 1);
	err = nflua_watch_open(ctx, &watch->watch);
	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	watch->closed = false;
	return 1;
}

static const char *type_name(const struct nflua_event *event)
{
	static const char *const types[] = {
		[NFLUA_EVENT_CREATED] = "created",
		[NFLUA_EVENT_DESTROYED] = "destroyed",
		[NFLUA_EVENT_REPLACED] = "replaced",
		[NFLUA_EVENT_ERROR] = "error",
		[NFLUA_EVENT_PRINT] = "print",
		[NFLUA_EVENT_ATTACHED] = "attached",
		[NFLUA_EVENT_DETACHED] = "detached",
		[NFLUA_EVENT_CHANGED] = "changed",
		[NFLUA_EVENT_CONFIRMED] = "confirmed",
		[NFLUA_EVENT_ROLLED_BACK] = "rolled_back",
	};
	unsigned int type = nflua_event_type(event);

	return type < sizeof(types) / sizeof(*types) ? types[type] : "unknown";
}

static const char *reason_name(enum nflua_rollback_reason reason)
{
	switch (reason) {
	case NFLUA_ROLLBACK_TIME:
		return "time";
	case NFLUA_ROLLBACK_ERRORS:
		return "errors";
	default:
		return "request";
	}
}

static void set_port(lua_State *L, const char *name, int port)
{
	if (port >= 0)
		rock_set_integer(L, name, port);
}

static void set_packet(lua_State *L, const struct nflua_endpoints *ends)
{
	lua_createtable(L, 0, 5);
	rock_set_integer(L, "protocol", ends->protocol);
	rock_set_string(L, "source", ends->source);
	rock_set_string(L, "destination", ends->destination);
	set_port(L, "source_port", ends->source_port);
	set_port(L, "destination_port", ends->destination_port);
	lua_setfield(L, -2, "packet");
}

static int push_event(lua_State *L)
{
	const struct watch *watch = lua_touserdata(L, 1);
	const struct nflua_event *event = watch->event;

	lua_createtable(L, 0, 8);
	rock_set_string(L, "type", type_name(event));
	rock_set_string(L, "state", nflua_event_state(event));
	rock_set_integer(L, "seq", nflua_event_seq(event));
	rock_set_integer(L, "lost", nflua_event_lost(event));
	rock_set_integer(L, "dropped", nflua_event_dropped(event));
	if (nflua_event_figures(event)) {
		rock_push_stats(L, nflua_event_figures(event));
		lua_setfield(L, -2, "figures");
	}
	if (nflua_event_attachment(event)) {
		rock_push_hook(L, nflua_event_attachment(event));
		lua_setfield(L, -2, "hook");
	}
	if (nflua_event_type(event) == NFLUA_EVENT_ROLLED_BACK)
		rock_set_string(L, "reason", reason_name(nflua_event_reason(event)));
	rock_set_string(L, "func", nflua_event_function(event));
	if (nflua_event_result(event))
		rock_set_result(L, nflua_event_result(event));
	if (nflua_event_endpoints(event))
		set_packet(L, nflua_event_endpoints(event));
	return 1;
}

static void end_event(void *ud)
{
	struct watch *watch = ud;

	watch->event = NULL;
	free_closed(watch);
}

static int receive(void *ud)
{
	struct watch *watch = ud;

	return nflua_watch_receive(watch->watch, 0, &watch->event);
}

/* w:receive([timeout]) */
static int watch_receive(lua_State *L)
{
	struct watch *watch = check_watch(L);
	int err, timeout = rock_check_timeout(L, 2);

	/* The next event would overwrite this one. */
	if (watch->event)
		luaL_error(L, "attempt to use a watch while it returns an event");
	err = rock_receive(nflua_watch_fd(watch->watch), timeout, receive, watch);
	if (err)
		return rock_fail_receive(L, err, nflua_watch_errmsg(watch->watch));
	return rock_deliver(L, push_event, watch, end_event);
}

void rock_watch_type(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "close", watch_close },
		{ "fd", watch_fd },
		{ "receive", watch_receive },
		{ NULL, NULL }
	};

	rock_new_type(L, WATCH, watch_close, watch_tostring, methods);
}
