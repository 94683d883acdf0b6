// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Views: Lua values that show bytes of the current packet. They hold no pointer, only
 * what they show and the number of the packet, which must be that of the call that has
 * the runtime. So they are light userdata, which take no memory. Scripts have no other
 * light userdata.
 */
#include <linux/skbuff.h>

#include "lauxlib.h"
#include "packet/bytes.h"
#include "packet/dissect.h"
#include "packet/field.h"
#include "packet/find.h"
#include "packet/view.h"
#include "packet/write.h"

/* Bytes that are copied at a time, on the stack. */
#define BLOCK	128

/* Returns the view that is argument 1. */
static unsigned long to_view(lua_State *L)
{
	if (unlikely(!lua_islightuserdata(L, 1)))
		luaL_typeerror(L, 1, "packet");
	return (unsigned long)lua_touserdata(L, 1);
}

/* Returns the call that has the packet of @view. Raises an error if that is gone. */
struct nflua_call *nflua_view_call(lua_State *L, unsigned long view)
{
	struct nflua_call *call = nflua_call_of(L);

	if (unlikely(!nflua_view_is_there(call, view)))
		luaL_error(L, "packet is gone");
	return call;
}

struct nflua_call *nflua_check_packet_view(lua_State *L)
{
	unsigned long view = (unsigned long)lua_touserdata(L, 1);

	luaL_argcheck(L, lua_islightuserdata(L, 1) &&
			 (nflua_view_kind(view) == NFLUA_VIEW_PACKET ||
			  nflua_view_kind(view) == NFLUA_VIEW_OTHER), 1, "packet expected");
	return nflua_view_call(L, view);
}

/* Finds the bytes of the view that is argument 1, or raises an error. */
static void find_span(lua_State *L, struct nflua_span *span)
{
	unsigned long view = to_view(L);

	nflua_span_find(nflua_view_call(L, view), nflua_view_kind(view), span);
}

/* Pushes a number of @size bytes in network order, or nil past the end. */
static int push_number(lua_State *L, int size)
{
	lua_Integer at = luaL_checkinteger(L, 2), n = 0;
	struct nflua_span span;
	u8 buf[4];
	int i;

	find_span(L, &span);
	luaL_argcheck(L, at >= 0, 2, "offsets begin at 0");
	if (at > span.len - size ||
	    skb_copy_bits(span.skb, span.offset + at, buf, size)) {
		lua_pushnil(L);
		return 1;
	}
	for (i = 0; i < size; i++)
		n = n << 8 | buf[i];
	lua_pushinteger(L, n);
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

static int view_u32(lua_State *L)
{
	return push_number(L, 4);
}

/* Reads only what most filters ask for: bytes of the packet that lie in one piece. */
enum nflua_tag nflua_view_number(struct lua_State *L, int (*f)(struct lua_State *),
				 unsigned long view, long long at, long long *value)
{
	struct nflua_packet *packet = nflua_call_of(L)->packet;
	const struct sk_buff *skb;
	const u8 *p;
	int size;

	size = f == view_u16 ? 2 : f == view_u8 ? 1 : f == view_u32 ? 4 : 0;
	if (!size || view != NFLUA_VIEW_PACKET || !packet || (u64)at > U16_MAX)
		return NFLUA_TAG_NOTHING;
	skb = packet->skb;
	p = nflua_linear(skb, skb_network_offset(skb) + at, size);
	return p ? nflua_read_number(p, size, value) : NFLUA_TAG_NOTHING;
}

/* Positions are as in Lua's strings: from 1, or from the end if they are negative. */
static lua_Integer from_start(lua_Integer at, int len)
{
	if (at > 0)
		return at;
	if (at == 0)
		return 1;
	return at < -(lua_Integer)len ? 1 : len + at + 1;
}

static lua_Integer to_end(lua_Integer at, int len)
{
	if (at > len)
		return len;
	if (at >= 0)
		return at;
	return at < -(lua_Integer)len ? 0 : len + at + 1;
}

/* Pushes @len bytes from @at (0 is the first) as a string. */
static void push_bytes(lua_State *L, const struct nflua_span *span, int at, int len)
{
	luaL_Buffer b;
	char *p;

	if (at == 0 && span->offset + len <= (int)skb_headlen(span->skb)) {
		lua_pushlstring(L, span->skb->data + span->offset, len);
		return;
	}
	p = luaL_buffinitsize(L, &b, len);
	if (skb_copy_bits(span->skb, span->offset + at, p, len))
		luaL_error(L, "packet is shorter than it was");
	luaL_pushresultsize(&b, len);
}

static int view_sub(lua_State *L)
{
	lua_Integer i = luaL_checkinteger(L, 2);
	lua_Integer j = luaL_optinteger(L, 3, -1);
	struct nflua_span span;

	find_span(L, &span);
	i = from_start(i, span.len);
	j = to_end(j, span.len);
	if (i > j)
		lua_pushliteral(L, "");
	else
		push_bytes(L, &span, i - 1, j - i + 1);
	return 1;
}

/*
 * Pushes the bytes from @at (0 is the first) to before @end as integers. It copies them
 * in blocks, as finding a byte in a packet of many pieces may mean walking all of them.
 */
static void push_each(lua_State *L, const struct nflua_span *span, int at, int end)
{
	u8 buf[BLOCK];
	int i, n;

	for (; at < end; at += n) {
		n = min(end - at, BLOCK);
		if (skb_copy_bits(span->skb, span->offset + at, buf, n))
			luaL_error(L, "packet is shorter than it was");
		for (i = 0; i < n; i++)
			lua_pushinteger(L, buf[i]);
		nflua_poll(L);
	}
}

static int view_byte(lua_State *L)
{
	lua_Integer i = luaL_optinteger(L, 2, 1), j;
	struct nflua_span span;

	find_span(L, &span);
	j = luaL_optinteger(L, 3, i);
	i = from_start(i, span.len);
	j = to_end(j, span.len);
	if (i > j)
		return 0;
	luaL_checkstack(L, j - i + 1, "view slice too long");
	push_each(L, &span, i - 1, j);
	return j - i + 1;
}

static int view_len(lua_State *L)
{
	struct nflua_span span;

	find_span(L, &span);
	lua_pushinteger(L, span.len);
	return 1;
}

static int view_tostring(lua_State *L)
{
	struct nflua_span span;

	find_span(L, &span);
	push_bytes(L, &span, 0, span.len);
	return 1;
}

/*
 * Returns how many bytes must be copied: for a format of fixed size that many, else all
 * that are left. The copy begins at a multiple of 16, the greatest alignment there is.
 */
static int unpack_len(lua_State *L, int left)
{
	const char *fmt = lua_tostring(L, 2);
	lua_Integer size;

	if (strpbrk(fmt, "sz"))
		return left;
	lua_pushvalue(L, lua_upvalueindex(2));
	lua_pushvalue(L, 2);
	lua_call(L, 1, 1);
	size = lua_tointeger(L, -1);
	lua_pop(L, 1);
	return size > left - 32 ? left : size + 32;
}

static int view_unpack(lua_State *L)
{
	lua_Integer pos = luaL_optinteger(L, 3, 1);
	struct nflua_span span;
	int start, len, top;

	luaL_checkstring(L, 2);
	find_span(L, &span);
	pos = from_start(pos, span.len);
	luaL_argcheck(L, pos <= span.len + 1, 3, "initial position out of packet");
	start = round_down(pos - 1, 16);
	len = unpack_len(L, span.len - start);
	find_span(L, &span);
	lua_settop(L, 2);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushvalue(L, 2);
	push_bytes(L, &span, start, len);
	lua_pushinteger(L, pos - start);
	lua_call(L, 3, LUA_MULTRET);
	top = lua_gettop(L);
	lua_pushinteger(L, lua_tointeger(L, -1) + start);
	lua_replace(L, top);
	return top - 2;
}

static int view_find(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 2, &len);
	lua_Integer init = luaL_optinteger(L, 3, 1);
	struct nflua_span span;
	int at;

	find_span(L, &span);
	init = from_start(init, span.len);
	if (init > span.len + 1 || len > span.len)
		at = -1;
	else
		at = len ? nflua_view_find(L, &span, init - 1, text, len) : init - 1;
	if (at < 0) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, at + 1);
	lua_pushinteger(L, at + len);
	return 2;
}

/* view:write(offset, bytes): writes bytes of the same length; the first has offset 0. */
static int view_write(lua_State *L)
{
	unsigned long view = to_view(L);
	struct nflua_call *call = nflua_field_changes(L, view);
	lua_Integer at = luaL_checkinteger(L, 2);
	struct nflua_span span;
	const char *bytes, *why;
	size_t len;

	bytes = luaL_checklstring(L, 3, &len);
	luaL_argcheck(L, at >= 0, 2, "offsets begin at 0");
	if (nflua_view_kind(view) == NFLUA_VIEW_FRAME)
		luaL_error(L, "frames cannot be changed");
	find_span(L, &span);
	luaL_argcheck(L, len <= span.len && at <= span.len - (int)len, 3, "past the end");
	why = len ? nflua_write(call, span.offset + at, bytes, len) : NULL;
	if (why)
		luaL_error(L, "cannot write: %s", why);
	return 0;
}

/* Methods of views of every kind. */
static const luaL_Reg number_methods[] = {
	{ "u16", view_u16 },
	{ "u32", view_u32 },
	{ "u8", view_u8 },
	{ NULL, NULL }
};

static const luaL_Reg methods[] = {
	{ "byte", view_byte },
	{ "find", view_find },
	{ "sub", view_sub },
	{ "write", view_write },
	{ NULL, NULL }
};

#define METHODS	(ARRAY_SIZE(number_methods) + ARRAY_SIZE(methods))

/*
 * Pushes a table of the fields and methods of a kind of view. Of names whose hashes
 * collide, the one that was added first is found fastest: in headers that is a field. The
 * table must not grow, as that would mix them.
 */
static void new_methods(lua_State *L, enum nflua_view_kind kind)
{
	bool is_header = kind > NFLUA_VIEW_PAYLOAD;

	lua_createtable(L, 0, METHODS + nflua_fields_count(kind));
	if (is_header)
		nflua_fields_add(L, kind);
	luaL_setfuncs(L, number_methods, 0);
	if (!is_header)
		nflua_fields_add(L, kind);
	luaL_setfuncs(L, methods, 0);
	lua_getglobal(L, "string");
	lua_getfield(L, -1, "unpack");
	lua_getfield(L, -2, "packsize");
	lua_remove(L, -3);
	lua_pushcclosure(L, view_unpack, 2);
	lua_setfield(L, -2, "unpack");
}

/* Pushes what the key that is argument 2 stands for: the code of a field, or a method. */
static void push_meaning(lua_State *L, enum nflua_view_kind kind)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, nflua_host(L)->methods[kind].table);
	lua_pushvalue(L, 2);
	lua_rawget(L, -2);
	if (lua_isnil(L, -1))
		luaL_error(L, "%s has no field '%s'", nflua_view_name(kind),
			   luaL_tolstring(L, 2, NULL));
}

/* __index, for what the interpreter does not read by itself; see lua/lvm_own.h. */
static int view_index(lua_State *L)
{
	unsigned long view = to_view(L);

	lua_settop(L, 2);
	push_meaning(L, nflua_view_kind(view));
	if (lua_isinteger(L, -1))
		nflua_field_push(L, view, lua_tointeger(L, -1));
	return 1;
}

static int view_newindex(lua_State *L)
{
	unsigned long view = to_view(L);

	push_meaning(L, nflua_view_kind(view));
	if (!lua_isinteger(L, -1))
		return luaL_error(L, "field '%s' cannot be set", lua_tostring(L, 2));
	nflua_field_set(L, view, lua_tointeger(L, -1));
	return 0;
}

static const luaL_Reg metamethods[] = {
	{ "__index", view_index },
	{ "__len", view_len },
	{ "__newindex", view_newindex },
	{ "__tostring", view_tostring },
	{ NULL, NULL }
};

void nflua_view_open(lua_State *L)
{
	enum nflua_view_kind kind;

	for (kind = NFLUA_VIEW_FRAME; kind < NFLUA_VIEW_KINDS; kind++) {
		new_methods(L, kind);
		nflua_engine_methods(L, kind);
	}
	/* All light userdata share one metatable. */
	lua_pushlightuserdata(L, NULL);
	luaL_newlib(L, metamethods);
	lua_pushliteral(L, "packet");
	lua_setfield(L, -2, "__name");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}
