// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets in user space: views as the interpreter knows them (lvm_own.h), over plain
 * bytes; and of the library "nf" an object with memory of its own and a finalizer.
 */
#include <stdlib.h>
#include <string.h>

#include "lauxlib.h"

#include "harness.h"

/* A header of IPv4 without options, and one of UDP. */
#define TRANSPORT	20
#define PAYLOAD		28

#define OBJECT		"packet copy"
#define OBJECT_SIZE	1500

void nflua_dissect(struct nflua_host *host)
{
	struct host *h = (struct host *)host;
	struct nflua_headers *headers = &host->headers;

	memset(headers, 0, sizeof(*headers));
	headers->serial = host->serial;
	headers->end = h->packet_len;
	if (h->packet_len < PAYLOAD)
		return;
	headers->kind = NFLUA_VIEW_UDP;
	headers->transport = TRANSPORT;
	headers->payload = PAYLOAD;
	headers->bytes = h->packet + TRANSPORT;
	headers->room = PAYLOAD - TRANSPORT;
}

static int is_there(const struct host *h, unsigned long view)
{
	return h->call->has_packet &&
	       (view >> 8 == 0 || view >> 8 == h->host.serial);
}

/* Where the view is in the packet. */
static size_t start_of(const struct host *h, unsigned long view)
{
	size_t at = (view & 0xff) == NFLUA_VIEW_UDP ? TRANSPORT :
		    (view & 0xff) == NFLUA_VIEW_PAYLOAD ? PAYLOAD : 0;

	return at < h->packet_len ? at : h->packet_len;
}

static int read_number(const struct host *h, size_t at, int size, long long *value)
{
	if (at > h->packet_len || h->packet_len - at < (size_t)size)
		return 0;
	for (*value = 0; size; size--)
		*value = *value << 8 | h->packet[at++];
	return 1;
}

enum nflua_tag nflua_view_get(lua_State *L, unsigned long view, long long field,
			      long long *value)
{
	struct host *h = host_of(L);

	if (!is_there(h, view))
		return NFLUA_TAG_NOTHING;
	if (NFLUA_FIELD_VIEW(field)) {
		if (!nflua_has_headers(&h->host))
			nflua_dissect(&h->host);
		return nflua_get_view(&h->host, NFLUA_FIELD_VIEW(field), value);
	}
	/* A text, which takes memory. */
	if (!NFLUA_FIELD_SIZE(field))
		return NFLUA_TAG_NOTHING;
	return read_number(h, start_of(h, view) + NFLUA_FIELD_AT(field),
			   NFLUA_FIELD_SIZE(field), value) ?
	       NFLUA_TAG_INTEGER : NFLUA_TAG_NIL;
}

static unsigned long check_view(lua_State *L)
{
	unsigned long view;

	if (!lua_islightuserdata(L, 1))
		luaL_typeerror(L, 1, "packet");
	view = (unsigned long)lua_touserdata(L, 1);
	if (!is_there(host_of(L), view))
		luaL_error(L, "packet is gone");
	return view;
}

static int push_number(lua_State *L, int size)
{
	lua_Integer at = luaL_checkinteger(L, 2);
	unsigned long view = check_view(L);
	long long value;

	luaL_argcheck(L, at >= 0, 2, "offsets begin at 0");
	if (at < 65536 && read_number(host_of(L), start_of(host_of(L), view) + at,
				      size, &value))
		lua_pushinteger(L, value);
	else
		lua_pushnil(L);
	return 1;
}

static int view_u8(lua_State *L)
{
	return push_number(L, 1);
}

static int view_u16(lua_State *L)
{
	return push_number(L, 2);
}

static int view_tostring(lua_State *L)
{
	struct host *h = host_of(L);
	size_t start = start_of(h, check_view(L));

	lua_pushlstring(L, (const char *)h->packet + start, h->packet_len - start);
	return 1;
}

enum nflua_tag nflua_view_number(lua_State *L, int (*f)(lua_State *),
				 unsigned long view, long long at, long long *value)
{
	struct host *h = host_of(L);
	int size = f == view_u8 ? 1 : f == view_u16 ? 2 : 0;

	if (!size || view != NFLUA_VIEW_PACKET || !h->call->has_packet ||
	    at < 0 || at > 65535)
		return NFLUA_TAG_NOTHING;
	return read_number(h, at, size, value) ? NFLUA_TAG_INTEGER : NFLUA_TAG_NOTHING;
}

static int view_index(lua_State *L)
{
	unsigned long view = (unsigned long)lua_touserdata(L, 1);
	enum nflua_tag got;
	long long value;

	lua_settop(L, 2);
	lua_rawgetp(L, LUA_REGISTRYINDEX, nflua_host(L)->methods[view & 0xff].table);
	lua_pushvalue(L, 2);
	if (lua_rawget(L, -2) == LUA_TNIL)
		return luaL_error(L, "no field '%s'", luaL_tolstring(L, 2, NULL));
	if (!lua_isinteger(L, -1))
		return 1;
	check_view(L);
	got = nflua_view_get(L, view, lua_tointeger(L, -1), &value);
	if (got == NFLUA_TAG_INTEGER)
		lua_pushinteger(L, value);
	else if (got == NFLUA_TAG_VIEW)
		lua_pushlightuserdata(L, (void *)value);
	else if (got == NFLUA_TAG_NIL)
		lua_pushnil(L);
	else
		view_tostring(L);
	return 1;
}

static const luaL_Reg methods[] = {
	{ "bytes", view_tostring },
	{ "u16", view_u16 },
	{ "u8", view_u8 },
	{ NULL, NULL }
};

static const struct {
	const char *name;
	long long field;
} fields[] = {
	{ "udp", NFLUA_FIELD(0, 0, 0, NFLUA_VIEW_UDP) },
	{ "tcp", NFLUA_FIELD(1, 0, 0, NFLUA_VIEW_TCP) },
	{ "payload", NFLUA_FIELD(2, 0, 0, NFLUA_VIEW_PAYLOAD) },
	{ "text", NFLUA_FIELD(3, 0, 0, 0) },
	{ "sport", NFLUA_FIELD(4, 0, 2, 0) },
	{ "dport", NFLUA_FIELD(5, 2, 2, 0) },
	{ "first", NFLUA_FIELD(6, 0, 1, 0) },
};

static void open_views(lua_State *L)
{
	const size_t count = sizeof(fields) / sizeof(fields[0]);
	int kind;
	size_t i;

	for (kind = NFLUA_VIEW_FRAME; kind < NFLUA_VIEW_KINDS; kind++) {
		/* It must not grow later. */
		lua_createtable(L, 0, count + 3);
		for (i = 0; i < count; i++) {
			lua_pushinteger(L, fields[i].field);
			lua_setfield(L, -2, fields[i].name);
		}
		luaL_setfuncs(L, methods, 0);
		nflua_engine_methods(L, kind);
	}
	lua_pushlightuserdata(L, NULL);
	lua_createtable(L, 0, 3);
	lua_pushcfunction(L, view_index);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, view_tostring);
	lua_setfield(L, -2, "__tostring");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

/* ---- Objects; see kernel/lib/copy.c. */

struct object {
	char *data;
};

static void drop(lua_State *L, struct object *object)
{
	if (!object->data)
		return;
	free(object->data);
	object->data = NULL;
	host_uncharge(L, OBJECT_SIZE);
}

static int object_gc(lua_State *L)
{
	drop(L, lua_touserdata(L, 1));
	return 0;
}

static int object_leave(lua_State *L)
{
	struct object *object = luaL_testudata(L, 1, OBJECT);

	if (object)
		drop(L, object);
	return 0;
}

static int object_close(lua_State *L)
{
	struct object *object = luaL_checkudata(L, 1, OBJECT);

	if (!object->data)
		return luaL_error(L, "packet copy was already closed");
	drop(L, object);
	return 0;
}

static int new_object(lua_State *L)
{
	struct object *object = lua_newuserdatauv(L, sizeof(*object), 0);

	object->data = NULL;
	luaL_setmetatable(L, OBJECT);
	if (!host_charge(L, OBJECT_SIZE)) {
		lua_pushnil(L);
		lua_pushliteral(L, "no memory");
		return 2;
	}
	object->data = malloc(OBJECT_SIZE);
	if (!object->data)
		abort();
	return 1;
}

static const luaL_Reg object_methods[] = {
	{ "close", object_close },
	{ NULL, NULL }
};

static const luaL_Reg object_meta[] = {
	{ "__close", object_leave },
	{ "__gc", object_gc },
	{ NULL, NULL }
};

static const luaL_Reg nf[] = {
	{ "getpacket", new_object },
	{ NULL, NULL }
};

void host_open_packets(lua_State *L, void *ud)
{
	(void)ud;
	open_views(L);
	luaL_newmetatable(L, OBJECT);
	luaL_setfuncs(L, object_meta, 0);
	luaL_newlib(L, object_methods);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
	luaL_newlib(L, nf);
	lua_setglobal(L, "nf");
}
