// SPDX-License-Identifier: LGPL-2.1-or-later
/* Dry runs: functions called for packets that do not exist. */
#include "rock.h"

#define OPTIONS 4	/* index of the argument */

static void free_trial(void *trial)
{
	nflua_trial_free(trial);
}

static void set_verdicts(lua_State *L, const struct nflua_trial *trial)
{
	int verdict;

	lua_createtable(L, 0, NFLUA_VERDICTS);
	for (verdict = 0; verdict < NFLUA_VERDICTS; verdict++) {
		rock_set_integer(L, nflua_verdict_name(verdict),
				 nflua_trial_count(trial, verdict));
	}
	lua_setfield(L, -2, "verdicts");
}

/* Sets what would have been sent, as far as it was kept. @n: how many there were */
static void set_sent(lua_State *L, const char *name, uint64_t n,
		     const struct nflua_trial *trial,
		     const void *(*get)(const struct nflua_trial *, size_t,
					size_t *))
{
	const char *bytes;
	size_t i, len;

	lua_newtable(L);
	for (i = 0; (bytes = get(trial, i, &len)); i++) {
		lua_pushlstring(L, bytes, len);
		lua_rawseti(L, -2, i + 1);
	}
	rock_set_integer(L, "n", n);
	lua_setfield(L, -2, name);
}

/* Sets how many calls took about how long: {{ns, calls}, ...}, the shortest first. */
static void set_times(lua_State *L, const struct nflua_trial *trial)
{
	uint64_t ns, calls;
	int i, n = 0;

	lua_newtable(L);
	for (i = 0; i < NFLUA_CLASSES; i++) {
		calls = nflua_trial_class(trial, i, &ns);
		if (!calls)
			continue;
		lua_createtable(L, 2, 0);
		lua_pushinteger(L, ns);
		lua_rawseti(L, -2, 1);
		lua_pushinteger(L, calls);
		lua_rawseti(L, -2, 2);
		lua_rawseti(L, -2, ++n);
	}
	lua_setfield(L, -2, "times");
}

static int push_trial(lua_State *L)
{
	const struct nflua_trial *trial = lua_touserdata(L, 1);

	lua_createtable(L, 0, 10);
	rock_set_integer(L, "calls", nflua_trial_calls(trial));
	rock_set_integer(L, "time_ns", nflua_trial_time_ns(trial));
	rock_set_integer(L, "first_ns", nflua_trial_first_ns(trial));
	rock_set_integer(L, "longest_ns", nflua_trial_longest_ns(trial));
	set_times(L, trial);
	set_verdicts(L, trial);
	set_sent(L, "packets", nflua_trial_packets(trial), trial,
		 nflua_trial_packet);
	set_sent(L, "messages", nflua_trial_messages(trial), trial,
		 nflua_trial_message);
	rock_set_result(L, nflua_trial_result(trial));
	return 1;
}

/* fw:run(function_name, packet[, options]) */
int rock_state_run(lua_State *L)
{
	static const char *const names[] = { "frame", "hook", "times", NULL };
	const char *name, *function;
	struct nflua_packet packet = { .frame = NULL };
	struct rock_signals signals;
	struct nflua_trial *trial;
	struct nflua_ctx *ctx;
	enum nflua_hook hook;
	lua_Integer times;
	int err;

	rock_check_state(L, 1, &name);
	function = rock_check_text(L, 2);
	packet.data = luaL_checklstring(L, 3, &packet.len);
	rock_check_options(L, OPTIONS, names);
	packet.frame = rock_option_string(L, OPTIONS, "frame", &packet.frame_len);
	hook = rock_option_hook(L, OPTIONS, NFLUA_HOOK_PREROUTING);
	times = rock_option_integer(L, OPTIONS, "times", 1, UINT32_MAX);
	ctx = rock_check_state(L, 1, &name);
	rock_signals_catch(&signals, ctx);
	err = nflua_run(ctx, name, function, &packet, hook, times ? times : 1,
			&trial);
	rock_signals_release(&signals);
	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	return rock_deliver(L, push_trial, trial, free_trial);
}
