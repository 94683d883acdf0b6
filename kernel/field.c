// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields of views by name: found once, when a runtime is made, and then read. */
#include "call.h"
#include "compat.h"
#include "field.h"

static const struct {
	const char *name;
	const struct nflua_field *fields;
	const luaL_Reg *methods;
} kinds[NFLUA_VIEW_KINDS] = {
	[NFLUA_VIEW_FRAME] = { "frame", nflua_frame_fields },
	[NFLUA_VIEW_PACKET] = { "packet", nflua_ip_fields, nflua_ip_methods },
	[NFLUA_VIEW_PAYLOAD] = { "payload" },
	[NFLUA_VIEW_TCP] = { "tcp", nflua_tcp_fields, nflua_tcp_methods },
	[NFLUA_VIEW_UDP] = { "udp", nflua_udp_fields },
	[NFLUA_VIEW_ICMP] = { "icmp", nflua_icmp_fields },
};

/*
 * The integer that stands for a field in a table of members: its place in the
 * table here, and where a number is, so that the common ones need no look at it.
 */
static long long field_code(const struct nflua_field *field, int index)
{
	return index | field->at << 8 | field->size << 16;
}

#define CODE_INDEX(code)	((code) & 0xff)
#define CODE_AT(code)		((code) >> 8 & 0xff)
#define CODE_SIZE(code)		((code) >> 16 & 0xff)

const char *nflua_view_name(enum nflua_view_kind kind)
{
	return kinds[kind].name;
}

/* Into the table on top, which has the methods that all views have. */
void nflua_fields_add(lua_State *L, enum nflua_view_kind kind)
{
	const struct nflua_field *fields = kinds[kind].fields, *f;

	if (kinds[kind].methods)
		luaL_setfuncs(L, kinds[kind].methods, 0);
	for (f = fields; f && f->name; f++) {
		lua_pushinteger(L, field_code(f, f - fields));
		lua_setfield(L, -2, f->name);
	}
}

/* Where the header of a view begins that has numbers. */
static int header_start(struct nflua_packet *packet, enum nflua_view_kind kind)
{
	return kind == NFLUA_VIEW_PACKET ? skb_network_offset(packet->skb) :
					   nflua_headers(packet)->transport;
}

static enum nflua_got get_number(struct nflua_packet *packet,
				 enum nflua_view_kind kind, long long code,
				 long long *value)
{
	int at = header_start(packet, kind) + CODE_AT(code);
	u8 buf[4];
	const u8 *p = nflua_bytes(packet->skb, at, CODE_SIZE(code), buf);

	if (unlikely(!p))
		return NFLUA_GOT_NIL;
	switch (CODE_SIZE(code)) {
	case 1:
		return nflua_got_number(*p, value);
	case 2:
		return nflua_got_number(get_unaligned_be16(p), value);
	default:
		return nflua_got_number(get_unaligned_be32(p), value);
	}
}

static enum nflua_got get_other(struct nflua_packet *packet,
				enum nflua_view_kind kind,
				const struct nflua_field *field, long long *value)
{
	u8 buf;
	const u8 *p;

	if (field->get)
		return field->get(packet, value);
	if (!field->bits)
		return NFLUA_GOT_NOTHING;
	p = nflua_bytes(packet->skb, header_start(packet, kind) + field->at, 1, &buf);
	return p ? nflua_got_boolean(*p & field->bits, value) : NFLUA_GOT_NIL;
}

/*
 * The field of @view that @code stands for, while Lua runs: for the interpreter.
 * NFLUA_GOT_NOTHING asks for nflua_field_push().
 */
enum nflua_got nflua_view_get(struct lua_State *L, unsigned long view,
			      long long code, long long *value)
{
	struct nflua_packet *packet = nflua_call_of(L)->packet;
	enum nflua_view_kind kind = nflua_view_kind(view);

	if (unlikely(!packet || !nflua_view_is_of(view, packet)))
		return NFLUA_GOT_NOTHING;
	if (CODE_SIZE(code))
		return get_number(packet, kind, code, value);
	return get_other(packet, kind, &kinds[kind].fields[CODE_INDEX(code)], value);
}

/* The same in full; raises an error when the packet is gone. */
void nflua_field_push(lua_State *L, unsigned long view, long long code)
{
	struct nflua_packet *packet = nflua_view_packet(L, view);
	const struct nflua_field *field =
		&kinds[nflua_view_kind(view)].fields[CODE_INDEX(code)];
	long long value;

	switch (nflua_view_get(L, view, code, &value)) {
	case NFLUA_GOT_NIL:
		lua_pushnil(L);
		break;
	case NFLUA_GOT_BOOLEAN:
		lua_pushboolean(L, value);
		break;
	case NFLUA_GOT_INTEGER:
		lua_pushinteger(L, value);
		break;
	case NFLUA_GOT_VIEW:
		lua_pushlightuserdata(L, (void *)value);
		break;
	case NFLUA_GOT_NOTHING:
		field->push(L, packet, field);
	}
}
