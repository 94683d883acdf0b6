// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is known of states, as tables. */
#include "rock.h"

/* Pushes the functions that rules call. @missing: only those that the state lacks */
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

/* Pushes the last error as a table, like that of an event, or nil. */
static void push_failure(lua_State *L, const struct nflua_state *state)
{
	if (!nflua_state_failure(state)) {
		lua_pushnil(L);
		return;
	}
	lua_createtable(L, 0, 8);
	rock_set_result(L, nflua_state_failure(state));
	rock_set_string(L, "func", nflua_state_failed_function(state));
	rock_set_integer(L, "age_ns", nflua_state_failure_age_ns(state));
	rock_set_integer(L, "count", nflua_state_failure_count(state));
}

static void set_health(lua_State *L, const struct nflua_state *state)
{
	rock_set_string(L, "on_error", nflua_state_drops_on_error(state) ? "drop" : "accept");
	rock_set_boolean(L, "gone", nflua_state_is_gone(state));
	push_functions(L, state, false);
	lua_setfield(L, -2, "functions");
	push_functions(L, state, true);
	lua_setfield(L, -2, "missing");
	rock_set_boolean(L, "more_functions", nflua_state_has_more_functions(state));
	push_failure(L, state);
	lua_setfield(L, -2, "failure");
}

static void set_code(lua_State *L, const struct nflua_state *state)
{
	if (!nflua_state_digest(state))
		return;
	rock_push_digest(L, nflua_state_digest(state));
	lua_setfield(L, -2, "digest");
	rock_set_string(L, "script", nflua_state_script(state));
	rock_set_integer(L, "script_age_ns", nflua_state_script_age_ns(state));
}

/** rock_push_stats - pushes a table of what is known of a state */
void rock_push_stats(lua_State *L, const struct nflua_state *state)
{
	uint32_t ms;

	lua_createtable(L, 0, 26);
	rock_set_string(L, "name", nflua_state_name(state));
	rock_set_integer(L, "maxalloc", nflua_state_maxalloc(state));
	rock_set_integer(L, "curralloc", nflua_state_curralloc(state));
	rock_set_integer(L, "peakalloc", nflua_state_peakalloc(state));
	rock_set_integer(L, "budget", nflua_state_budget(state));
	rock_set_boolean(L, "percpu", nflua_state_percpu(state));
	rock_set_integer(L, "runtimes", nflua_state_runtimes(state));
	rock_set_integer(L, "refs", nflua_state_refs(state));
	rock_set_integer(L, "hooks", nflua_state_hooks(state));
	rock_set_integer(L, "calls", nflua_state_calls(state));
	rock_set_integer(L, "matches", nflua_state_matches(state));
	rock_set_integer(L, "errors", nflua_state_errors(state));
	rock_set_integer(L, "time_ns", nflua_state_time_ns(state));
	rock_set_integer(L, "age_ns", nflua_state_age_ns(state));
	rock_set_string(L, "owner", nflua_state_owner(state));
	rock_set_integer(L, "keptalloc", nflua_state_keptalloc(state));
	if (nflua_state_confirm_ms(state, &ms))
		rock_set_integer(L, "confirm_ms", ms);
	set_code(L, state);
	rock_set_string(L, "last_error", nflua_state_last_error(state));
	set_health(L, state);
}
