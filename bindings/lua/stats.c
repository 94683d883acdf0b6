// SPDX-License-Identifier: LGPL-2.1-or-later
/* The figures of states, as tables. */
#include "rock.h"

static void set_integer(lua_State *L, const char *name, uint64_t n)
{
	lua_pushinteger(L, n);
	lua_setfield(L, -2, name);
}

/* Functions that rules call; @missing: those that the state has not. */
static void push_functions(lua_State *L, const struct nflua_state *state, bool missing)
{
	size_t i;
	int n = 0;

	lua_newtable(L);
	for (i = 0; i < nflua_state_function_count(state); i++) {
		if (missing && !nflua_state_is_missing(state, i))
			continue;
		lua_pushstring(L, nflua_state_function(state, i));
		lua_rawseti(L, -2, ++n);
	}
}

/* The last error in full, as an event of it has it, and when that was; nil: none. */
static void push_failure(lua_State *L, const struct nflua_state *state)
{
	if (!nflua_state_failure(state)) {
		lua_pushnil(L);
		return;
	}
	lua_createtable(L, 0, 8);
	rock_set_result(L, nflua_state_failure(state));
	lua_pushstring(L, nflua_state_failed_function(state));
	lua_setfield(L, -2, "func");
	set_integer(L, "age_ns", nflua_state_failure_age_ns(state));
	set_integer(L, "count", nflua_state_failure_count(state));
}

static void set_health(lua_State *L, const struct nflua_state *state)
{
	lua_pushstring(L, nflua_state_drops_on_error(state) ? "drop" : "accept");
	lua_setfield(L, -2, "on_error");
	lua_pushboolean(L, nflua_state_is_gone(state));
	lua_setfield(L, -2, "gone");
	push_functions(L, state, false);
	lua_setfield(L, -2, "functions");
	push_functions(L, state, true);
	lua_setfield(L, -2, "missing");
	lua_pushboolean(L, nflua_state_has_more_functions(state));
	lua_setfield(L, -2, "more_functions");
	push_failure(L, state);
	lua_setfield(L, -2, "failure");
}

/** rock_push_figures - pushes a table of what is known of a state */
void rock_push_figures(lua_State *L, const struct nflua_state *state)
{
	lua_createtable(L, 0, 20);
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
	set_health(L, state);
}
