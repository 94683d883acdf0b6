// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Views: Lua objects that show bytes of the current packet. They hold a place
 * in the packet, never a pointer into it, and look it up at each access: the
 * packet that counts is that of the call which has the runtime.
 */
#include <linux/skbuff.h>
#include <asm/word-at-a-time.h>

#include "lauxlib.h"
#include "call.h"
#include "compat.h"

enum view_kind {
	VIEW_FRAME,	/* the link-layer header */
	VIEW_PACKET,	/* from the network header on */
};

/* Userdata of ours are told from others by their first word. */
static const char view_magic;

struct view {
	const void *magic;
	enum view_kind kind;
};

/* Where a view's bytes are now; offset is relative to skb->data. */
struct place {
	const struct sk_buff *skb;
	int offset;
	int len;
};

/* Bytes on the stack that a packet in pieces is searched through. */
#define WINDOW	128

static const struct view *to_view(lua_State *L)
{
	const struct view *view = lua_touserdata(L, 1);

	if (likely(view && view == nflua_runtime(L)->packet_view))
		return view;
	if (unlikely(!view || lua_rawlen(L, 1) < sizeof(*view) ||
		     view->magic != &view_magic))
		luaL_typeerror(L, 1, "packet");
	return view;
}

static int frame_len(const struct nflua_packet *packet)
{
	const struct sk_buff *skb = packet->skb;

	if (!packet->hook->in || !skb_mac_header_was_set(skb) ||
	    skb->mac_header >= skb->network_header)
		return 0;
	return skb->network_header - skb->mac_header;
}

/* The place of the view that is argument 1; raises when there is none. */
static void find_place(lua_State *L, struct place *place)
{
	const struct view *view = to_view(L);
	const struct nflua_packet *packet = nflua_call_of(L)->packet;

	if (unlikely(!packet))
		luaL_error(L, "packet is gone");
	place->skb = packet->skb;
	place->offset = skb_network_offset(packet->skb);
	if (likely(view->kind == VIEW_PACKET)) {
		place->len = packet->skb->len - place->offset;
	} else {
		place->len = frame_len(packet);
		place->offset -= place->len;
	}
}

/*
 * A number of @size bytes in network order; nil when it is not there. Of a view
 * of any kind, and of packets in pieces.
 */
static noinline int any_number(lua_State *L, int size)
{
	lua_Integer at = luaL_checkinteger(L, 2), n = 0;
	struct place place;
	u8 buf[4];
	int i;

	find_place(L, &place);
	luaL_argcheck(L, at >= 0, 2, "offsets begin at 0");
	if (at > place.len - size ||
	    skb_copy_bits(place.skb, place.offset + at, buf, size)) {
		lua_pushnil(L);
		return 1;
	}
	for (i = 0; i < size; i++)
		n = n << 8 | buf[i];
	lua_pushinteger(L, n);
	return 1;
}

/*
 * What most filters ask for: the @size bytes at the offset that is argument 2,
 * of the packet, where they lie in one piece. NULL for all else.
 */
static __always_inline const u8 *packet_bytes(lua_State *L, int size)
{
	const struct nflua_call *call = nflua_call_of(L);
	long long at = nflua_arg_offset(L, call->runtime->packet_view);
	const struct sk_buff *skb;

	if (unlikely((u64)at > INT_MAX || !call->packet))
		return NULL;
	skb = call->packet->skb;
	at += skb_network_offset(skb);
	return likely(at <= (int)skb_headlen(skb) - size) ? skb->data + at : NULL;
}

static int view_u8(lua_State *L)
{
	const u8 *p = packet_bytes(L, 1);

	if (unlikely(!p))
		return any_number(L, 1);
	lua_pushinteger(L, *p);
	return 1;
}

static int view_u16(lua_State *L)
{
	const u8 *p = packet_bytes(L, 2);

	if (unlikely(!p))
		return any_number(L, 2);
	lua_pushinteger(L, get_unaligned_be16(p));
	return 1;
}

static int view_u32(lua_State *L)
{
	const u8 *p = packet_bytes(L, 4);

	if (unlikely(!p))
		return any_number(L, 4);
	lua_pushinteger(L, get_unaligned_be32(p));
	return 1;
}

/* Positions as strings have them: from 1, or from the end when negative. */
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
static void push_bytes(lua_State *L, const struct place *place, int at, int len)
{
	luaL_Buffer b;
	char *p;

	if (at == 0 && place->offset + len <= (int)skb_headlen(place->skb)) {
		lua_pushlstring(L, place->skb->data + place->offset, len);
		return;
	}
	p = luaL_buffinitsize(L, &b, len);
	if (skb_copy_bits(place->skb, place->offset + at, p, len))
		luaL_error(L, "packet is shorter than it was");
	luaL_pushresultsize(&b, len);
}

static int view_sub(lua_State *L)
{
	lua_Integer i = luaL_checkinteger(L, 2);
	lua_Integer j = luaL_optinteger(L, 3, -1);
	struct place place;

	find_place(L, &place);
	i = from_start(i, place.len);
	j = to_end(j, place.len);
	if (i > j)
		lua_pushliteral(L, "");
	else
		push_bytes(L, &place, i - 1, j - i + 1);
	return 1;
}

static int view_byte(lua_State *L)
{
	lua_Integer i = luaL_optinteger(L, 2, 1), j, n;
	struct place place;
	u8 buf, *p;

	find_place(L, &place);
	j = luaL_optinteger(L, 3, i);
	i = from_start(i, place.len);
	j = to_end(j, place.len);
	if (i > j)
		return 0;
	luaL_checkstack(L, j - i + 1, "view slice too long");
	for (n = i; n <= j; n++) {
		p = skb_header_pointer(place.skb, place.offset + n - 1, 1, &buf);
		if (!p)
			return luaL_error(L, "packet is shorter than it was");
		lua_pushinteger(L, *p);
	}
	return j - i + 1;
}

static int view_len(lua_State *L)
{
	struct place place;

	find_place(L, &place);
	lua_pushinteger(L, place.len);
	return 1;
}

static int view_tostring(lua_State *L)
{
	struct place place;

	find_place(L, &place);
	push_bytes(L, &place, 0, place.len);
	return 1;
}

/*
 * Formats whose size is fixed need that many bytes, others may need them all.
 * What is copied begins at a multiple of 16, the greatest alignment there is.
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
	struct place place;
	int start, len, top;

	luaL_checkstring(L, 2);
	find_place(L, &place);
	pos = from_start(pos, place.len);
	luaL_argcheck(L, pos <= place.len + 1, 3, "initial position out of packet");
	start = round_down(pos - 1, 16);
	len = unpack_len(L, place.len - start);
	find_place(L, &place);
	lua_settop(L, 2);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushvalue(L, 2);
	push_bytes(L, &place, start, len);
	lua_pushinteger(L, pos - start);
	lua_call(L, 3, LUA_MULTRET);
	top = lua_gettop(L);
	lua_pushinteger(L, lua_tointeger(L, -1) + start);
	lua_replace(L, top);
	return top - 2;
}

/* Whether the bytes at @at (relative to skb->data) are @text. */
static bool is_text(const struct sk_buff *skb, int at, const char *text,
		    size_t len)
{
	u8 buf[32];
	size_t n;
	const u8 *p;

	for (; len; len -= n, at += n, text += n) {
		n = min(len, sizeof(buf));
		p = skb_header_pointer(skb, at, n, buf);
		if (!p || memcmp(p, text, n) != 0)
			return false;
	}
	return true;
}

/* A stretch of a packet: @n bytes from @at on, of the view they belong to. */
struct stretch {
	const struct place *place;
	const u8 *bytes;
	int at;
	int n;
};

/* Bytes are 0 where the byte at @p, and the one behind it, fit. */
static inline unsigned long pair_diff(const u8 *p, unsigned long first,
				      unsigned long second)
{
	return (get_unaligned((const unsigned long *)p) ^ first) |
	       (get_unaligned((const unsigned long *)(p + 1)) ^ second);
}

/*
 * The first of the bytes from @p to before @end that is @text[0] and has
 * @text[1] behind it, which is there to be read behind the last one, too. The
 * loops look at eight of them at a time.
 */
static const u8 *find_pair(const u8 *p, const u8 *end, const char *text)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long first = REPEAT_BYTE((u8)text[0]);
	unsigned long second = REPEAT_BYTE((u8)text[1]);
	unsigned long diff, more, zeros, others;

	for (; end - p >= 2 * (long)sizeof(diff); p += 2 * sizeof(diff)) {
		diff = pair_diff(p, first, second);
		more = pair_diff(p + sizeof(diff), first, second);
		if (has_zero(diff, &zeros, &constants) |
		    has_zero(more, &others, &constants))
			break;
	}
	for (; end - p >= (long)sizeof(diff); p += sizeof(diff)) {
		diff = pair_diff(p, first, second);
		if (has_zero(diff, &zeros, &constants)) {
			zeros = prep_zero_mask(diff, zeros, &constants);
			return p + find_zero(create_zero_mask(zeros));
		}
	}
	for (; p < end; p++)
		if (p[0] == (u8)text[0] && p[1] == (u8)text[1])
			return p;
	return NULL;
}

/* The next place between @p and @end where @text may begin; NULL: none. */
static const u8 *find_start(const struct stretch *s, const u8 *p, const u8 *end,
			    const char *text, int len)
{
	const u8 *last = s->bytes + s->n - 1;
	const u8 *found;

	if (len > 1 && p < last) {
		found = find_pair(p, min(end, last), text);
		if (found || end <= last)
			return found;
		p = last;
	}
	return p < end ? memchr(p, *text, end - p) : NULL;
}

/* Where @text begins among the first @starts bytes of the stretch; or -1. */
static int find_in(lua_State *L, const struct stretch *s, int starts,
		   const char *text, int len)
{
	const u8 *p = s->bytes, *end = s->bytes + starts;
	int at;

	for (;; p++) {
		p = find_start(s, p, end, text, len);
		if (!p)
			return -1;
		at = p - s->bytes;
		if (at + len <= s->n ? memcmp(p, text, len) == 0 :
		    is_text(s->place->skb, s->place->offset + s->at + at, text, len))
			return s->at + at;
		nflua_poll(L);
	}
}

/*
 * Plain search from @at for @text of @len bytes, not empty; -1: not there.
 * A packet in pieces goes through a window on the stack.
 */
static int find_text(lua_State *L, const struct place *place, int at,
		     const char *text, int len)
{
	int last = place->len - len, found;
	struct stretch s = { .place = place };
	u8 buf[WINDOW];

	for (; at <= last; at += s.n) {
		nflua_poll(L);
		s.at = at;
		s.n = place->len - at;
		if (place->offset + place->len > (int)skb_headlen(place->skb))
			s.n = min(s.n, WINDOW);
		s.bytes = skb_header_pointer(place->skb, place->offset + at,
					     s.n, buf);
		if (!s.bytes)
			break;
		found = find_in(L, &s, min(s.n, last - at + 1), text, len);
		if (found >= 0)
			return found;
	}
	return -1;
}

static int view_find(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 2, &len);
	lua_Integer init = luaL_optinteger(L, 3, 1);
	struct place place;
	int at;

	find_place(L, &place);
	init = from_start(init, place.len);
	if (init > place.len + 1 || len > place.len)
		at = -1;
	else
		at = len ? find_text(L, &place, init - 1, text, len) : init - 1;
	if (at < 0) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, at + 1);
	lua_pushinteger(L, at + len);
	return 2;
}

static const luaL_Reg methods[] = {
	{ "byte", view_byte },
	{ "find", view_find },
	{ "sub", view_sub },
	{ "u16", view_u16 },
	{ "u32", view_u32 },
	{ "u8", view_u8 },
	{ NULL, NULL }
};

/* Leaves the table of methods on the stack. */
static void new_methods(lua_State *L)
{
	luaL_newlib(L, methods);
	lua_getglobal(L, "string");
	lua_getfield(L, -1, "unpack");
	lua_getfield(L, -2, "packsize");
	lua_remove(L, -3);
	lua_pushcclosure(L, view_unpack, 2);
	lua_setfield(L, -2, "unpack");
}

/*
 * A view of its kind, with a metatable of its own: the fields of dissected
 * headers, which differ, will be looked up after the methods.
 */
static void new_view(lua_State *L, enum view_kind kind, const char *key)
{
	struct view *view = lua_newuserdatauv(L, sizeof(*view), 0);

	view->magic = &view_magic;
	view->kind = kind;
	if (kind == VIEW_PACKET)
		nflua_runtime(L)->packet_view = view;
	lua_createtable(L, 0, 5);
	new_methods(L);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, view_len);
	lua_setfield(L, -2, "__len");
	lua_pushcfunction(L, view_tostring);
	lua_setfield(L, -2, "__tostring");
	lua_pushstring(L, kind == VIEW_FRAME ? "frame" : "packet");
	lua_setfield(L, -2, "__name");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_setfield(L, LUA_REGISTRYINDEX, key);
}

void nflua_view_open(lua_State *L)
{
	new_view(L, VIEW_FRAME, NFLUA_KEY_FRAME);
	new_view(L, VIEW_PACKET, NFLUA_KEY_PACKET);
}
