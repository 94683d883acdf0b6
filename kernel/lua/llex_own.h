/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For llex.c: errors for numerals that are no integers, and a look at the names in a
 * chunk. Connection tracking costs every packet, so it is made active only if a script
 * names a function that needs it, and then before packets come.
 */

/* The one number that is an integer only after a minus. */
#define MININTEGER_DIGITS	"9223372036854775808"

static size_t read_integer(LexState *ls, const char *s, TValue *o)
{
	size_t n = luaO_str2num(s, o);
	int hex;

	if (n != 0)
		return n;
	hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	if (strpbrk(s, hex ? ".pP" : ".eE")) {
		nflua_host(ls->L)->call.refused_float = 1;
		lexerror(ls, "number needs floating point, use integers",
			 TK_FLT);
	}
	if (nflua_host(ls->L)->call.negated && strcmp(s, MININTEGER_DIGITS) == 0) {
		setivalue(o, LUA_MININTEGER);
		return sizeof(MININTEGER_DIGITS);
	}
	if (s[strspn(s, "0123456789")] == '\0')
		lexerror(ls, "integer too large", TK_INT);
	return 0;
}

/* Notes whether a name is that of something that needs connection tracking. */
#define IS(text) (len == sizeof(text) - 1 && memcmp(s, text, len) == 0)

static void note_name(lua_State *L, const char *s, size_t len)
{
	if (IS("connid") || IS("ctmark") || IS("delete_conntrack"))
		nflua_host(L)->wants_conntrack |= NFLUA_WANTS_CONNTRACK;
	else if (IS("traffic"))
		nflua_host(L)->wants_conntrack |= NFLUA_WANTS_CONNTRACK |
						  NFLUA_WANTS_COUNTERS;
}
