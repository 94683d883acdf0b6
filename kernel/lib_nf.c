// SPDX-License-Identifier: GPL-2.0-or-later
/* The library "nf": what scripts ask of netfilter and of their state. */
#include <linux/ktime.h>
#include <net/netfilter/nf_conntrack.h>

#include "lauxlib.h"
#include "address.h"
#include "call.h"

/* The packet of the call, for functions that need one. */
static struct nflua_packet *check_packet(lua_State *L)
{
	struct nflua_packet *packet = nflua_call_of(L)->packet;

	if (!packet)
		luaL_error(L, "there is no packet here");
	return packet;
}

static int nf_time(lua_State *L)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	lua_pushinteger(L, now.tv_sec);
	lua_pushinteger(L, now.tv_nsec / NSEC_PER_MSEC);
	return 2;
}

static int nf_hotdrop(lua_State *L)
{
	struct nflua_packet *packet = check_packet(L);

	luaL_checktype(L, 1, LUA_TBOOLEAN);
	*packet->hotdrop = lua_toboolean(L, 1);
	return 0;
}

/* The number that `conntrack -L -o id` prints; nil for an untracked packet. */
static int nf_connid(lua_State *L)
{
	struct nflua_packet *packet = check_packet(L);
	struct nflua_net *nn = nflua_runtime(L)->state->net;
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(packet->skb, &info);

	if (ct && !nf_ct_is_template(ct)) {
		lua_pushinteger(L, ntohl((__force __be32)nf_ct_get_id(ct)));
		return 1;
	}
	if (!READ_ONCE(nn->conntrack))
		queue_work(nflua_wq, &nn->conntrack_work);
	lua_pushnil(L);
	return 1;
}

static int nf_get_mem_info(lua_State *L)
{
	struct nflua_runtime *rt = nflua_runtime(L);

	lua_pushinteger(L, rt->used);
	lua_pushinteger(L, rt->peak);
	lua_pushinteger(L, rt->limit);
	return 3;
}

/* The match mask of the namespace, which rules with --mask look at. */
static atomic64_t *match_mask(lua_State *L)
{
	return &nflua_runtime(L)->state->net->match_mask;
}

static int nf_set_match_bit(lua_State *L)
{
	lua_Integer bit = luaL_checkinteger(L, 1);

	luaL_argcheck(L, bit >= 0 && bit < 64, 1, "bits are 0 to 63");
	luaL_checktype(L, 2, LUA_TBOOLEAN);
	if (lua_toboolean(L, 2))
		atomic64_or(BIT_ULL(bit), match_mask(L));
	else
		atomic64_andnot(BIT_ULL(bit), match_mask(L));
	return 0;
}

static int nf_get_match_mask(lua_State *L)
{
	lua_pushinteger(L, atomic64_read(match_mask(L)));
	return 1;
}

static int nf_reset_match_mask(lua_State *L)
{
	atomic64_set(match_mask(L), 0);
	return 0;
}

static const luaL_Reg functions[] = {
	{ "connid", nf_connid },
	{ "get_match_mask", nf_get_match_mask },
	{ "get_mem_info", nf_get_mem_info },
	{ "hotdrop", nf_hotdrop },
	{ "in_prefix", nflua_in_prefix },
	{ "reset_match_mask", nf_reset_match_mask },
	{ "set_match_bit", nf_set_match_bit },
	{ "time", nf_time },
	{ NULL, NULL }
};

/* A C function of Lua: sets the global "nf". */
int nflua_lib_nf(lua_State *L)
{
	luaL_newlib(L, functions);
	lua_setglobal(L, "nf");
	return 0;
}

/*
 * Makes connection tracking active in the namespace, as -m conntrack does, and
 * leaves it so until the namespace goes. Process context.
 */
void nflua_conntrack_enable(struct nflua_net *nn)
{
	mutex_lock(&nn->lock);
	if (!nn->conntrack && !nn->closing &&
	    nf_ct_netns_get(nn->net, NFPROTO_INET) == 0)
		WRITE_ONCE(nn->conntrack, true);
	mutex_unlock(&nn->lock);
}

static void enable(struct work_struct *work)
{
	nflua_conntrack_enable(container_of(work, struct nflua_net,
					    conntrack_work));
}

void nflua_conntrack_init(struct nflua_net *nn)
{
	INIT_WORK(&nn->conntrack_work, enable);
}

/* When no packet asks any more. */
void nflua_conntrack_exit(struct nflua_net *nn)
{
	cancel_work_sync(&nn->conntrack_work);
	if (nn->conntrack)
		nf_ct_netns_put(nn->net, NFPROTO_INET);
}
