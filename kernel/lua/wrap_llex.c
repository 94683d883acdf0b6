// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scanner, with words for the numerals that integers cannot hold, and an
 * eye on the names that a chunk has: connection tracking, which costs every
 * packet, is made active where a script wants it, before packets come.
 */
#define llex_c
#define LUA_CORE

#include "lprefix.h"

#include <string.h>

#include "llex.h"
#include "lobject.h"
#include "lstring.h"

static void lexerror(LexState *ls, const char *msg, int token);

/* Once for each byte of names and strings. */
static inline __attribute__((always_inline)) void save(LexState *ls, int c);

static size_t read_number(LexState *ls, const char *s, TValue *o)
{
	size_t n = luaO_str2num(s, o);
	int hex;

	if (n != 0)
		return n;
	hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	if (strpbrk(s, hex ? ".pP" : ".eE")) {
		nflua_port(ls->L)->refused_float = 1;
		lexerror(ls, "number needs floating point, use integers",
			 TK_FLT);
	}
	if (s[strspn(s, "0123456789")] == '\0')
		lexerror(ls, "integer too large", TK_INT);
	return 0;
}

/* Functions of "nf" that need connection tracking. */
#define IS(text) (len == sizeof(text) - 1 && memcmp(s, text, len) == 0)

static void note_name(lua_State *L, const char *s, size_t len)
{
	if (IS("connid") || IS("delete_conntrack"))
		nflua_port(L)->wants_conntrack |= NFLUA_WANTS_CONNTRACK;
	else if (IS("traffic"))
		nflua_port(L)->wants_conntrack |= NFLUA_WANTS_CONNTRACK |
						  NFLUA_WANTS_COUNTERS;
}

static TString *noted_string(lua_State *L, const char *s, size_t len)
{
	note_name(L, s, len);
	return luaS_newlstr(L, s, len);
}

#define luaO_str2num(s, o) read_number(ls, s, o)
#define luaS_newlstr(L, s, len) noted_string(L, s, len)
#include "llex.c"
