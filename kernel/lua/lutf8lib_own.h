/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of lutf8lib.c: a limit on what it scans while packets wait. */
#include "shared.h"

static int guarded_len(lua_State *L)
{
	nflua_check_subject(L, 1);
	return utflen(L);
}

static int guarded_offset(lua_State *L)
{
	nflua_check_subject(L, 1);
	return byteoffset(L);
}

static const luaL_Reg guarded[] = {
	{ "len", guarded_len },
	{ "offset", guarded_offset },
	{ NULL, NULL }
};

int nflua_open_utf8(lua_State *L)
{
	luaopen_utf8(L);
	luaL_setfuncs(L, guarded, 0);
	return 1;
}
