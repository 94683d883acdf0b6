// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields of views. Names are looked up once, when a runtime is made. */
#include "packet/bytes.h"
#include "packet/dissect.h"
#include "packet/field.h"
#include "packet/view.h"
#include "packet/write.h"

static const struct {
	const char *name;
	const struct nflua_field *fields;
	const luaL_Reg *methods;
} kinds[NFLUA_VIEW_KINDS] = {
	[NFLUA_VIEW_FRAME] = { "frame", nflua_frame_fields },
	[NFLUA_VIEW_PACKET] = { "packet", nflua_ip_fields, nflua_ip_methods },
	[NFLUA_VIEW_OTHER] = { "packet", nflua_other_fields, nflua_ip_methods },
	[NFLUA_VIEW_PAYLOAD] = { "payload" },
	[NFLUA_VIEW_TCP] = { "tcp", nflua_tcp_fields, nflua_tcp_methods },
	[NFLUA_VIEW_UDP] = { "udp", nflua_udp_fields },
	[NFLUA_VIEW_ICMP] = { "icmp", nflua_icmp_fields },
	[NFLUA_VIEW_ARP] = { "arp", nflua_arp_fields },
};

const char *nflua_view_name(enum nflua_view_kind kind)
{
	return kinds[kind].name;
}

/* Returns the number of fields, and of methods that only this kind has. */
int nflua_fields_count(enum nflua_view_kind kind)
{
	const struct nflua_field *f = kinds[kind].fields;
	const luaL_Reg *m = kinds[kind].methods;
	int n = 0;

	for (; f && f->name; f++)
		n++;
	for (; m && m->name; m++)
		n++;
	return n;
}

/* Adds these fields and methods to the table on top. */
void nflua_fields_add(lua_State *L, enum nflua_view_kind kind)
{
	const struct nflua_field *fields = kinds[kind].fields, *f;

	for (f = fields; f && f->name; f++) {
		lua_pushinteger(L, NFLUA_FIELD(f - fields, f->at, f->size,
					       f->view));
		lua_setfield(L, -2, f->name);
	}
	if (kinds[kind].methods)
		luaL_setfuncs(L, kinds[kind].methods, 0);
}

/*
 * Reads a number of a transport header. There is a view of the header, so it was found in
 * this packet. A number that lies in one piece is read by the interpreter itself.
 */
static enum nflua_tag get_number(struct nflua_call *call, int at, int size,
				 long long *value)
{
	u8 buf[4];
	const u8 *p;

	at += nflua_headers(call)->transport;
	p = nflua_bytes(call->frame->skb, at, size, buf);
	return p ? nflua_read_number(p, size, value) : NFLUA_TAG_NIL;
}

static enum nflua_tag get_other(struct nflua_call *call,
				const struct nflua_field *field, long long *value)
{
	long long bits;

	if (field->get)
		return field->get(call, value);
	if (!field->bits)
		return NFLUA_TAG_NOTHING;
	if (get_number(call, field->at, 1, &bits) == NFLUA_TAG_NIL)
		return NFLUA_TAG_NIL;
	return nflua_tag_boolean(bits & field->bits);
}

static enum nflua_tag get_field(struct nflua_call *call, unsigned long view,
				long long code, long long *value)
{
	if (NFLUA_FIELD_SIZE(code))
		return get_number(call, NFLUA_FIELD_AT(code),
				  NFLUA_FIELD_SIZE(code), value);
	return get_other(call, &kinds[nflua_view_kind(view)]
				  .fields[NFLUA_FIELD_INDEX(code)], value);
}

/*
 * Reads the field of @view that @code stands for, for the interpreter. NFLUA_TAG_NOTHING
 * asks for nflua_field_push().
 */
enum nflua_tag nflua_view_get(struct lua_State *L, unsigned long view,
			      long long code, long long *value)
{
	struct nflua_call *call = nflua_call_of(L);

	if (unlikely(!nflua_view_is_there(call, view)))
		return NFLUA_TAG_NOTHING;
	if (NFLUA_FIELD_VIEW(code)) {
		nflua_host_headers(nflua_host(L));
		return nflua_get_view(nflua_host(L), NFLUA_FIELD_VIEW(code), value);
	}
	return get_field(call, view, code, value);
}

struct nflua_call *nflua_field_changes(lua_State *L, unsigned long view)
{
	struct nflua_call *call = nflua_view_call(L, view);

	if (call->frame->is_const)
		luaL_error(L, "a match cannot change the packet: use -j LUA or a hook");
	return call;
}

static u32 check_number(lua_State *L, const struct nflua_field *field)
{
	u32 max = field->size ? U32_MAX >> (32 - 8 * field->size) : U32_MAX;
	lua_Integer value = lua_tointeger(L, 3);

	if (!lua_isinteger(L, 3))
		luaL_error(L, "field '%s' is an integer, not %s", field->name,
			   luaL_typename(L, 3));
	if (value < 0 || value > max)
		luaL_error(L, "field '%s' is 0 to %I", field->name, (lua_Integer)max);
	return value;
}

static const char *set_number(struct nflua_call *call, const struct nflua_field *field,
			      u32 value)
{
	return nflua_write_number(call, nflua_headers(call)->transport + field->at, value,
				  field->size);
}

/*
 * Sets the field to the value that is argument 3. Raises an error if it cannot be set, if
 * the value is none for it, or if the packet is gone or a match has it.
 */
void nflua_field_set(lua_State *L, unsigned long view, long long code)
{
	const struct nflua_field *field =
		&kinds[nflua_view_kind(view)].fields[NFLUA_FIELD_INDEX(code)];
	struct nflua_call *call = nflua_view_call(L, view);
	const char *why;
	u32 value;

	if (!field->set && !field->assign && !field->size)
		luaL_error(L, "field '%s' cannot be set", field->name);
	nflua_field_changes(L, view);
	if (field->assign) {
		why = field->assign(L, call, field);
	} else {
		value = check_number(L, field);
		why = field->set ? field->set(call, value) : set_number(call, field, value);
	}
	if (why)
		luaL_error(L, "field '%s' cannot be set: %s", field->name, why);
}

/* Pushes any field of the view. Raises an error if the packet is gone. */
void nflua_field_push(lua_State *L, unsigned long view, long long code)
{
	struct nflua_call *call = nflua_view_call(L, view);
	const struct nflua_field *field =
		&kinds[nflua_view_kind(view)].fields[NFLUA_FIELD_INDEX(code)];
	enum nflua_tag tag;
	long long value;

	tag = nflua_view_get(L, view, code, &value);
	switch (tag) {
	case NFLUA_TAG_NIL:
		lua_pushnil(L);
		break;
	case NFLUA_TAG_FALSE:
	case NFLUA_TAG_TRUE:
		lua_pushboolean(L, tag == NFLUA_TAG_TRUE);
		break;
	case NFLUA_TAG_INTEGER:
		lua_pushinteger(L, value);
		break;
	case NFLUA_TAG_VIEW:
		lua_pushlightuserdata(L, (void *)value);
		break;
	case NFLUA_TAG_NOTHING:
		field->push(L, call, field);
	}
}
