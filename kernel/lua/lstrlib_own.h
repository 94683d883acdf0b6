/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of lstrlib.c: limits on what the library scans while packets wait.
 */

void nflua_check_subject(lua_State *L, int arg)
{
	size_t len;

	luaL_checklstring(L, arg, &len);
	if (nflua_host(L)->call.atomic && len > NFLUA_SUBJECT_MAX)
		luaL_argerror(L, arg, "longer than 256 KiB");
}

/* Between two polls match() runs a class over the subject at most once. */
static int too_many_steps(lua_State *L, size_t len, const char *p, size_t plen)
{
	size_t max = nflua_host(L)->call.atomic ? NFLUA_CLASS_STEPS_MAX :
					     NFLUA_CLASS_STEPS_BUILD;

	return plen && len > max / plen && memchr(p, '[', plen);
}

static void check_pattern(lua_State *L)
{
	size_t len, plen;
	const char *p;

	nflua_check_subject(L, 1);
	nflua_check_subject(L, 2);
	luaL_checklstring(L, 1, &len);
	p = luaL_checklstring(L, 2, &plen);
	if (too_many_steps(L, len, p, plen))
		luaL_argerror(L, 2, "class in the pattern is too long for this string");
}

/* Plain search with polls; @s2 is not empty. */
static const char *find_plain(lua_State *L, const char *s1, size_t l1,
			      const char *s2, size_t l2)
{
	const char *end = s1 + l1, *at;

	while ((size_t)(end - s1) >= l2) {
		at = memchr(s1, *s2, end - s1 - l2 + 1);
		if (!at || memcmp(at, s2, l2) == 0)
			return at;
		s1 = at + 1;
		nflua_poll(L);
	}
	return NULL;
}

static int guarded_find(lua_State *L)
{
	size_t ls, lp, init;
	const char *s = luaL_checklstring(L, 1, &ls);
	const char *p = luaL_checklstring(L, 2, &lp), *at;

	/* Plain text may be long, but it takes a scan to see that it is plain. */
	if (lp > ls)
		nflua_check_subject(L, 2);
	if (lp == 0 || !(lua_toboolean(L, 4) || nospecials(p, lp))) {
		check_pattern(L);
		return str_find(L);
	}
	init = posrelatI(luaL_optinteger(L, 3, 1), ls) - 1;
	at = init > ls ? NULL : find_plain(L, s + init, ls - init, p, lp);
	if (!at) {
		luaL_pushfail(L);
		return 1;
	}
	lua_pushinteger(L, at - s + 1);
	lua_pushinteger(L, at - s + lp);
	return 2;
}

static int guarded_match(lua_State *L)
{
	check_pattern(L);
	return str_match(L);
}

static int guarded_gsub(lua_State *L)
{
	check_pattern(L);
	if (lua_type(L, 3) == LUA_TSTRING)
		nflua_check_subject(L, 3);
	nflua_look_at_stack(L);	/* its frame is large */
	return str_gsub(L);
}

/* The iterator of gmatch, made while unlocked, may run while locked. */
static int guarded_gmatch_next(lua_State *L)
{
	GMatchState *gm = lua_touserdata(L, lua_upvalueindex(3));
	size_t len = gm->ms.src_end - gm->ms.src_init;
	const char *p = gm->p;

	if ((nflua_host(L)->call.atomic && len > NFLUA_SUBJECT_MAX) ||
	    too_many_steps(L, len, p, gm->ms.p_end - p))
		luaL_error(L, "string or pattern of 'gmatch' too long");
	return gmatch_aux(L);
}

static int guarded_gmatch(lua_State *L)
{
	check_pattern(L);
	gmatch(L);
	lua_getupvalue(L, -1, 1);
	lua_getupvalue(L, -2, 2);
	lua_getupvalue(L, -3, 3);
	lua_pushcclosure(L, guarded_gmatch_next, 3);
	return 1;
}

/* Copies in steps that double, as a byte at a time would take too long. */
static int guarded_rep(lua_State *L)
{
	size_t len, lsep, unit, total, done;
	const char *s = luaL_checklstring(L, 1, &len);
	lua_Integer n = luaL_checkinteger(L, 2);
	const char *sep = luaL_optlstring(L, 3, "", &lsep);
	luaL_Buffer b;
	char *p;

	unit = len + lsep;
	if (n <= 0 || unit == 0) {
		lua_pushliteral(L, "");
		return 1;
	}
	if (unit < len || unit > MAXSIZE / n)
		return luaL_error(L, "resulting string too large");
	total = unit * n - lsep;
	p = luaL_buffinitsize(L, &b, total + lsep);
	memcpy(p, s, len);
	memcpy(p + len, sep, lsep);
	for (done = unit; done < total; done += unit) {
		unit = done < total + lsep - done ? done : total + lsep - done;
		memcpy(p + done, p, unit);
	}
	luaL_pushresultsize(&b, total);
	return 1;
}

/* These functions work through their format piece by piece. */
static int guarded_pack(lua_State *L)
{
	nflua_check_subject(L, 1);
	return str_pack(L);
}

static int guarded_packsize(lua_State *L)
{
	nflua_check_subject(L, 1);
	return str_packsize(L);
}

static int guarded_unpack(lua_State *L)
{
	nflua_check_subject(L, 1);
	return str_unpack(L);
}

/* %q goes through its string byte by byte, too. */
static int guarded_format(lua_State *L)
{
	int i, top = lua_gettop(L);
	const char *format;
	size_t len;

	nflua_check_subject(L, 1);
	format = lua_tolstring(L, 1, &len);
	if (memchr(format, 'q', len))
		for (i = 2; i <= top; i++)
			if (lua_type(L, i) == LUA_TSTRING)
				nflua_check_subject(L, i);
	return str_format(L);
}

static const luaL_Reg guarded[] = {
	{ "find", guarded_find },
	{ "format", guarded_format },
	{ "gmatch", guarded_gmatch },
	{ "gsub", guarded_gsub },
	{ "match", guarded_match },
	{ "pack", guarded_pack },
	{ "packsize", guarded_packsize },
	{ "rep", guarded_rep },
	{ "unpack", guarded_unpack },
	{ NULL, NULL }
};

int nflua_open_string(lua_State *L)
{
	luaopen_string(L);
	luaL_setfuncs(L, guarded, 0);
	return 1;
}
