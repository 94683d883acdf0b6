/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of views by name. The tables are in ethernet.c, ip.c, arp.c and transport.c;
 * field.c reads them.
 */
#ifndef NFLUA_FIELD_H
#define NFLUA_FIELD_H

#include "lauxlib.h"
#include "runtime/runtime.h"

/**
 * struct nflua_field - a field of the views of one kind
 *
 * @name: the name in scripts
 * @at: offset in the header, in bytes
 * @size: bytes of a number in network order: 1, 2 or 4
 * @bits: bits of the byte at @at; the value is true if one of them is set
 * @view: the value is a view of this kind, if the packet has what it shows
 * @get: gets a value that takes no memory; sets *value only for a number
 * @push: pushes a value of any kind
 * @set: sets it, and returns NULL, or why it cannot, as a phrase
 * @assign: the same for a field that is no number; its value is argument 3
 *
 * One of @size, @bits, @view, @get and @push is set; @size and @bits are only for
 * transport headers. @push may give @at a meaning of its own. Scripts can set fields that
 * have @size, @set or @assign.
 */
struct nflua_field {
	const char *name;
	u8 at;
	u8 size;
	u8 bits;
	u8 view;
	enum nflua_tag (*get)(struct nflua_call *call, long long *value);
	void (*push)(lua_State *L, struct nflua_call *call,
		     const struct nflua_field *field);
	const char *(*set)(struct nflua_call *call, u32 value);
	const char *(*assign)(lua_State *L, struct nflua_call *call,
			      const struct nflua_field *field);
};

/* Each table ends with an empty field. Fields that are used most come first. */
extern const struct nflua_field nflua_frame_fields[];
extern const struct nflua_field nflua_ip_fields[];
extern const struct nflua_field nflua_other_fields[];	/* not of IP */
extern const struct nflua_field nflua_tcp_fields[];
extern const struct nflua_field nflua_udp_fields[];
extern const struct nflua_field nflua_icmp_fields[];
extern const struct nflua_field nflua_arp_fields[];

/* Methods that only views of this kind have. */
extern const luaL_Reg nflua_ip_methods[];
extern const luaL_Reg nflua_tcp_methods[];

const char *nflua_view_name(enum nflua_view_kind kind);
int nflua_fields_count(enum nflua_view_kind kind);
void nflua_fields_add(lua_State *L, enum nflua_view_kind kind);
void nflua_field_push(lua_State *L, unsigned long view, long long field);
void nflua_field_set(lua_State *L, unsigned long view, long long field);

/* Returns the call that has the packet of @view. Raises an error if it cannot change it. */
struct nflua_call *nflua_field_changes(lua_State *L, unsigned long view);

static inline enum nflua_tag nflua_tag_number(long long n, long long *value)
{
	*value = n;
	return NFLUA_TAG_INTEGER;
}

static inline enum nflua_tag nflua_tag_boolean(bool is)
{
	return is ? NFLUA_TAG_TRUE : NFLUA_TAG_FALSE;
}

#endif
