/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For lvm.c: fields and methods of views, which every filter uses, are found without
 * detours. Where they cannot fail, u8, u16 and u32 are done without a frame on Lua's
 * stack. The jump table is ours; see ljumptab.h.
 */
#include <linux/compiler.h>	/* __annotate_jump_table, noinline */

#include "shared.h"

_Static_assert(NFLUA_TAG_NIL == LUA_VNIL && NFLUA_TAG_FALSE == LUA_VFALSE &&
	       NFLUA_TAG_TRUE == LUA_VTRUE && NFLUA_TAG_INTEGER == LUA_VNUMINT &&
	       NFLUA_TAG_VIEW == LUA_VLIGHTUSERDATA, "tags of values");
_Static_assert(sizeof(((struct nflua_host *)0)->field) >= sizeof(TValue),
	       "room for a field");

/* Bytes of a string that take about as long as a step of a chain of tables. */
#define STEP_BYTES	4096

/* An instruction with so many bytes of strings is the last before a request looks up. */
#define WORK_BYTES	65536

/* Notes that an instruction works on that many bytes. @L: NULL if no script waits for it */
static inline void note_work(lua_State *L, size_t bytes)
{
	if (bytes >= WORK_BYTES && L && L->hookmask & LUA_MASKCOUNT)
		L->hookcount = 1;
}

/*
 * Returns for how many steps of a chain of __index or __newindex one counts, the @done'th.
 * Each table may have the key to compare with, so a chain takes no longer with long keys
 * than with short ones; nothing looks at the clock within it.
 */
static inline int step_cost(lua_State *L, const TValue *key, int done)
{
	int cost = 1;

	if (ttislngstring(key))
		cost += tsvalue(key)->u.lnglen / STEP_BYTES;
	note_work(L, ((size_t)done + cost) * STEP_BYTES);
	return cost;
}

/* luaH_getshortstr(), without a call for most names. */
static inline const TValue *member(const struct nflua_methods *methods, TString *key)
{
	const Node *n = (const Node *)methods->nodes + (key->hash & methods->mask);

	return keyisshrstr(n) && eqshrstr(keystrval(n), key) ? gval(n) :
	       luaH_getshortstr((Table *)methods->table, key);
}

/* Reads a number of a transport header. Returns 0 if it does not lie in one piece. */
static inline int get_number(const struct nflua_headers *h, unsigned int code,
			     lua_Integer *value)
{
	unsigned int at = NFLUA_FIELD_AT(code), size = NFLUA_FIELD_SIZE(code);
	const unsigned char *p = h->bytes + at;

	if (l_unlikely(!size || at + size > (unsigned int)h->room))
		return 0;
	if (size == 2)
		*value = p[0] << 8 | p[1];
	else if (size == 1)
		*value = p[0];
	else
		*value = (unsigned int)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	return 1;
}

/* Returns the value of a field, or NULL if it takes memory or raises an error. */
static noinline const TValue *read_any(lua_State *L, struct nflua_host *host,
				       unsigned long view, lua_Integer code)
{
	TValue *field = (TValue *)host->field;
	enum nflua_tag tag = nflua_view_get(L, view, code, &field->value_.i);

	settt_(field, tag);
	return tag == NFLUA_TAG_NOTHING ? NULL : field;
}

static const TValue *read_view(struct nflua_host *host, unsigned int kind)
{
	TValue *field = (TValue *)host->field;

	settt_(field, nflua_get_view(host, kind, &field->value_.i));
	return field;
}

static noinline const TValue *read_first_view(struct nflua_host *host,
					      unsigned int kind)
{
	nflua_dissect(host);
	return read_view(host, kind);
}

/* Does the same. What filters use most is read here, without another stack frame. */
static noinline const TValue *read_field(lua_State *L, struct nflua_host *host,
					 unsigned long view, lua_Integer code)
{
	TValue *field = (TValue *)host->field;
	unsigned int kind = NFLUA_FIELD_VIEW(code);

	if (kind && host->serial)
		return nflua_has_headers(host) ? read_view(host, kind) :
						 read_first_view(host, kind);
	if (view >> 8 == host->serial &&
	    get_number(&host->headers, code, &field->value_.i)) {
		settt_(field, LUA_VNUMINT);
		return field;
	}
	return read_any(L, host, view, code);
}

/*
 * Returns the method @key of a view, or the value of that field, or NULL if __index must
 * be called (view.c), perhaps for an error.
 */
static inline const TValue *of_view(lua_State *L, const TValue *t, TString *key)
{
	struct nflua_host *host = nflua_host(L);
	unsigned long view = (unsigned long)pvalue(t);
	const TValue *slot = member(&host->methods[view & 0xff], key);

	if (ttisinteger(slot))
		return read_field(L, host, view, ivalue(slot));
	return isempty(slot) ? NULL : slot;
}

/* luaH_get() and luaH_getstr(), for luaV_fastget(): there is an L where it is used. */
#define get_value(t, key)	value_of(L, t, key)
#define get_member(t, key)	member_of(L, t, key)

static inline const TValue *member_of(lua_State *L, Table *t, TString *key)
{
	if (l_likely(key->tt == LUA_VSHRSTR))
		return luaH_getshortstr(t, key);
	note_work(L, key->u.lnglen);
	return luaH_getstr(t, key);
}

static inline const TValue *value_of(lua_State *L, Table *t, const TValue *key)
{
	return ttisstring(key) ? member_of(L, t, tsvalue(key)) : luaH_get(t, key);
}

/* luaD_precall(), which does view:u16(offset) and the like itself. */
static inline CallInfo *precall(lua_State *L, StkId func, int nresults)
{
	TValue *f = s2v(func);
	enum nflua_tag tag;

	if (!ttislcf(f) || L->top.p != func + 3 || nresults > 1 ||
	    !ttislightuserdata(s2v(func + 1)) || !ttisinteger(s2v(func + 2)))
		return luaD_precall(L, func, nresults);
	tag = nflua_view_number(L, fvalue(f), (unsigned long)pvalue(s2v(func + 1)),
				ivalue(s2v(func + 2)), &f->value_.i);
	if (tag == NFLUA_TAG_NOTHING)
		return luaD_precall(L, func, nresults);
	settt_(f, tag);
	L->top.p = func + 1;
	return NULL;
}
