// SPDX-License-Identifier: GPL-2.0-or-later
/* The library "nf": what scripts ask of netfilter and of their state. */
#include <linux/ktime.h>

#include "lauxlib.h"
#include "lib/lib.h"
#include "packet/address.h"
#include "packet/view.h"
#include "runtime/mask.h"
#include "runtime/runtime.h"
#include "runtime/sink.h"
#include "runtime/timer.h"
#include "state/net.h"
#include "state/state.h"

struct nflua_packet *nflua_check_packet(lua_State *L)
{
	struct nflua_packet *packet = nflua_call_of(L)->packet;

	if (!packet)
		luaL_error(L, nflua_call_of(L)->frame ? "the packet is no IP" :
						       "there is no packet here");
	return packet;
}

int nflua_push_failure(lua_State *L, const char *why)
{
	lua_pushnil(L);
	lua_pushstring(L, why);
	return 2;
}

static int nf_time(lua_State *L)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	lua_pushinteger(L, now.tv_sec);
	lua_pushinteger(L, now.tv_nsec / NSEC_PER_MSEC);
	return 2;
}

/* This clock does not go back, and does not jump when somebody sets the time. */
static int nf_monotime(lua_State *L)
{
	lua_pushinteger(L, ktime_to_ms(ktime_get()));
	return 1;
}

static int nf_hotdrop(lua_State *L)
{
	struct nflua_packet *packet = nflua_call_of(L)->frame ?: nflua_check_packet(L);

	luaL_checktype(L, 1, LUA_TBOOLEAN);
	if (lua_toboolean(L, 1))
		packet->effects |= NFLUA_EFFECT_HOTDROP;
	else
		packet->effects &= ~NFLUA_EFFECT_HOTDROP;
	return 0;
}

static int nf_get_mem_info(lua_State *L)
{
	struct nflua_runtime *rt = nflua_runtime(L);

	lua_pushinteger(L, rt->used);
	lua_pushinteger(L, rt->peak);
	lua_pushinteger(L, rt->limit);
	return 3;
}

/* Returns the match mask of the namespace, which rules with --mask look at. */
static u64 get_mask(lua_State *L)
{
	const struct nflua_call *call = nflua_call_of(L);
	u64 mask = atomic64_read(&call->runtime->state->net->match_mask);

	if (call->dry && call->dry->mask)
		return *call->dry->mask;
	return call->mask ? (mask & ~call->mask->clear) | call->mask->set : mask;
}

/*
 * Clears the bits of @clear, and sets those of @set. What a build changes waits until it is
 * published: a script that is refused changes nothing.
 */
static void change_mask(lua_State *L, u64 clear, u64 set)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->dry) {
		if (call->dry->mask)
			*call->dry->mask = (*call->dry->mask & ~clear) | set;
	} else if (call->mask) {
		call->mask->clear |= clear;
		call->mask->set = (call->mask->set & ~clear) | set;
	} else {
		nflua_net_change_mask(call->runtime->state->net, clear, set);
	}
}

static int nf_set_match_bit(lua_State *L)
{
	lua_Integer bit = luaL_checkinteger(L, 1);

	luaL_argcheck(L, bit >= 0 && bit < 64, 1, "bits are 0 to 63");
	luaL_checktype(L, 2, LUA_TBOOLEAN);
	if (lua_toboolean(L, 2))
		change_mask(L, 0, BIT_ULL(bit));
	else
		change_mask(L, BIT_ULL(bit), 0);
	return 0;
}

static int nf_get_match_mask(lua_State *L)
{
	lua_pushinteger(L, get_mask(L));
	return 1;
}

static int nf_reset_match_mask(lua_State *L)
{
	change_mask(L, U64_MAX, 0);
	return 0;
}

static const luaL_Reg functions[] = {
	{ "get_match_mask", nf_get_match_mask },
	{ "get_mem_info", nf_get_mem_info },
	{ "hotdrop", nf_hotdrop },
	{ "in_prefix", nflua_in_prefix },
	{ "monotime", nf_monotime },
	{ "reset_match_mask", nf_reset_match_mask },
	{ "set_match_bit", nf_set_match_bit },
	{ "time", nf_time },
	{ NULL, NULL }
};

/* A lua_CFunction that sets the global "nf". */
static int lib_nf(lua_State *L)
{
	luaL_newlib(L, functions);
	nflua_conntrack_open(L);
	nflua_copy_open(L);
	nflua_reply_open(L);
	nflua_message_open(L);
	lua_setglobal(L, "nf");
	return 0;
}

void nflua_lib_open(lua_State *L)
{
	nflua_view_open(L);
	lua_pushcfunction(L, lib_nf);
	lua_call(L, 0, 0);
	nflua_engine_offer(L, "nf");
	lua_pushcfunction(L, nflua_lib_timer);
	lua_call(L, 0, 0);
	nflua_engine_offer(L, "timer");
}
