// SPDX-License-Identifier: LGPL-2.1-or-later
/* The figures of states, as tables. */
#include "rock.h"

static void set_integer(lua_State *L, const char *name, uint64_t n)
{
	lua_pushinteger(L, n);
	lua_setfield(L, -2, name);
}

/** rock_push_figures - pushes a table of what is known of a state */
void rock_push_figures(lua_State *L, const struct nflua_state *state)
{
	lua_createtable(L, 0, 14);
	lua_pushstring(L, nflua_state_name(state));
	lua_setfield(L, -2, "name");
	set_integer(L, "maxalloc", nflua_state_maxalloc(state));
	set_integer(L, "curralloc", nflua_state_curralloc(state));
	set_integer(L, "peakalloc", nflua_state_peakalloc(state));
	set_integer(L, "budget", nflua_state_budget(state));
	lua_pushboolean(L, nflua_state_percpu(state));
	lua_setfield(L, -2, "percpu");
	set_integer(L, "runtimes", nflua_state_runtimes(state));
	set_integer(L, "refs", nflua_state_refs(state));
	set_integer(L, "calls", nflua_state_calls(state));
	set_integer(L, "matches", nflua_state_matches(state));
	set_integer(L, "errors", nflua_state_errors(state));
	set_integer(L, "time_ns", nflua_state_time_ns(state));
	set_integer(L, "age_ns", nflua_state_age_ns(state));
	/* nil for NULL, which sets nothing */
	lua_pushstring(L, nflua_state_last_error(state));
	lua_setfield(L, -2, "last_error");
}
