// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory SCRIPT: runs a script again and again, and lets Lua's allocations fail one
 * later each time. The rock is linked in. The sanitizer and the count of descriptors
 * show whether anything is leaked on the way out of an error.
 */
#include <dirent.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_nflua(lua_State *L);

/* How many allocations a Lua state may still make; negative: any number. */
static long left = -1;

static void *allocate(void *ud, void *ptr, size_t osize, size_t nsize)
{
	(void)ud;
	if (!nsize) {
		free(ptr);
		return NULL;
	}
	/* Lua relies on blocks being able to shrink. */
	if (left >= 0 && (!ptr || nsize > osize)) {
		if (!left)
			return NULL;
		left--;
	}
	return realloc(ptr, nsize);
}

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static lua_State *prepare(const char *script)
{
	lua_State *L = lua_newstate(allocate, NULL);

	if (!L)
		exit(2);
	luaL_openlibs(L);
	luaL_requiref(L, "nflua", luaopen_nflua, 0);
	lua_pop(L, 1);
	if (luaL_dofile(L, script)) {
		printf("Bail out! %s\n", lua_tostring(L, -1));
		exit(2);
	}
	return L;
}

/*
 * Runs the script with @n allocations. Returns Lua's status. The script returned two
 * functions: one that does the work, and one that cleans up.
 */
static int run(const char *script, long n, const char **unexpected)
{
	lua_State *L = prepare(script);
	int status, ended;

	lua_pushvalue(L, -2);
	left = n;
	status = lua_pcall(L, 0, 0, 0);
	left = -1;
	if (status != LUA_OK && status != LUA_ERRMEM &&
	    !strstr(luaL_tolstring(L, -1, NULL), "not enough memory"))
		*unexpected = strdup(lua_tostring(L, -1));
	lua_settop(L, 2);
	ended = lua_pcall(L, 0, 0, 0);
	if (ended)
		*unexpected = strdup(lua_tostring(L, -1));
	lua_close(L);
	return status;
}

static int result(int n, int good, const char *name, const char *detail)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", n, name);
	if (!good)
		printf("# %s\n", detail);
	return good;
}

int main(int argc, char **argv)
{
	const char *unexpected = NULL;
	int before, good;
	char text[64];
	long n = 0;

	if (argc != 2)
		return 2;
	run(argv[1], -1, &unexpected);
	before = count_descriptors();
	while (!unexpected && run(argv[1], n, &unexpected) != LUA_OK)
		n++;
	good = result(1, !unexpected, "the rock reports each allocation that fails",
		      unexpected);
	snprintf(text, sizeof(text), "%ld allocations", n);
	good &= result(2, n > 50, "more than 50 allocations of the rock can fail", text);
	printf("# %s\n", text);
	snprintf(text, sizeof(text), "%d before, %d after", before,
		 count_descriptors());
	good &= result(3, count_descriptors() == before,
		       "failed allocations of the rock leak no descriptors", text);
	return !good;
}
