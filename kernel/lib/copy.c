// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of packets: objects of Lua that own a parcel each, until they are
 * sent, closed or collected. What they hold counts as memory of the script.
 */
#include <net/ip.h>

#include "lauxlib.h"
#include "lib/lib.h"
#include "runtime/runtime.h"
#include "xmit/parcel.h"

/* Their type, as messages name it; also the key of their metatable. */
#define COPY	"packet copy"

struct copy {
	struct nflua_parcel *parcel;	/* NULL: it is gone */
	size_t size;			/* that the script is charged for it */
	unsigned long serial;		/* of the packet that it is a copy of */
	bool sent;
};

static void let_go(lua_State *L, struct copy *copy)
{
	nflua_runtime_uncharge(L, copy->size);
	copy->size = 0;
	copy->parcel = NULL;
}

static void drop(lua_State *L, struct copy *copy)
{
	struct nflua_parcel *parcel = copy->parcel;

	if (!parcel)
		return;
	let_go(L, copy);
	nflua_parcel_free(parcel);
}

static struct copy *check_copy(lua_State *L)
{
	struct copy *copy = luaL_checkudata(L, 1, COPY);

	if (!copy->parcel)
		luaL_error(L, "packet copy was %s already",
			   copy->sent ? "sent" : "closed");
	return copy;
}

/* See lua/lgc_own.h for what it may do. */
static int copy_gc(lua_State *L)
{
	drop(L, lua_touserdata(L, 1));
	return 0;
}

/* As it leaves its scope; nothing is raised. */
static int copy_leave(lua_State *L)
{
	struct copy *copy = luaL_testudata(L, 1, COPY);

	if (copy)
		drop(L, copy);
	return 0;
}

static int copy_close(lua_State *L)
{
	drop(L, check_copy(L));
	return 0;
}

/* The packet with argument 2 as its payload; NULL: no memory. */
static struct sk_buff *fill(lua_State *L, const struct nflua_parcel *parcel)
{
	struct nflua_segment seg;
	const char *payload, *why;
	size_t len;

	payload = luaL_checklstring(L, 2, &len);
	why = nflua_segment_find(parcel->skb, parcel->pf, &seg);
	if (why)
		luaL_error(L, "cannot replace the payload: %s", why);
	luaL_argcheck(L, len <= IP_MAX_MTU - seg.payload, 2,
		      "the packet would be longer than 65535 bytes");
	return nflua_parcel_fill(parcel, &seg, payload, len);
}

/*
 * While the packet is there its connection may be new, and found by nobody: the
 * copy then has to take it along, if the packet itself is to be dropped. It is
 * held for no longer than the copy waits to be sent.
 */
static void take_connection(lua_State *L, const struct copy *copy,
			    struct sk_buff *skb)
{
	const struct nflua_packet *packet = nflua_call_of(L)->packet;
	enum ip_conntrack_info info;
	struct nf_conn *ct;

	if (!packet || nflua_port(L)->serial != copy->serial)
		return;
	ct = nf_ct_get(packet->skb, &info);
	if (!ct || nf_ct_is_template(ct))
		return;
	nf_conntrack_get(&ct->ct_general);
	nf_ct_set(skb, ct, info);
}

/* Sends the parcel with @skb; NULL, or why not, and then it is as before. */
static const char *put(lua_State *L, struct copy *copy, struct sk_buff *skb)
{
	struct nflua_parcel *parcel = copy->parcel;
	struct sk_buff *old = parcel->skb;
	const char *why;
	LIST_HEAD(list);

	take_connection(L, copy, skb);
	parcel->skb = skb;
	list_add(&parcel->list, &list);
	why = nflua_post(L, &list);
	if (why) {
		nf_reset_ct(skb);
		parcel->skb = old;
	}
	/* The parcel is not ours any more, the one that it does not have is. */
	if (old != skb)
		kfree_skb(why ? skb : old);
	return why;
}

static int copy_send(lua_State *L)
{
	struct copy *copy = check_copy(L);
	struct nflua_parcel *parcel = copy->parcel;
	struct sk_buff *skb = parcel->skb;
	const char *why;

	if (nflua_parcel_is_old(parcel))
		return nflua_push_failure(L, "the packet's time to live is over");
	if (!lua_isnoneornil(L, 2))
		skb = fill(L, parcel);
	if (!skb)
		return nflua_push_failure(L, "not enough memory");
	why = put(L, copy, skb);
	if (why)
		return nflua_push_failure(L, why);
	let_go(L, copy);
	copy->sent = true;
	lua_pushboolean(L, 1);
	return 1;
}

/* Once more after a collection, as that may end other copies. */
static bool charge(lua_State *L, size_t size)
{
	if (nflua_runtime_charge(L, size))
		return true;
	lua_gc(L, LUA_GCCOLLECT);
	return nflua_runtime_charge(L, size);
}

static int nf_getpacket(lua_State *L)
{
	struct nflua_packet *packet = nflua_check_packet(L);
	struct copy *copy = lua_newuserdatauv(L, sizeof(*copy), 0);
	struct nflua_parcel *parcel;
	const char *why;

	memset(copy, 0, sizeof(*copy));
	luaL_setmetatable(L, COPY);
	parcel = nflua_parcel_copy(packet, &why);
	if (!parcel)
		return nflua_push_failure(L, why);
	parcel->dry = nflua_call_of(L)->dry;
	copy->parcel = parcel;
	copy->serial = nflua_port(L)->serial;
	if (!charge(L, nflua_parcel_size(parcel))) {
		drop(L, copy);
		nflua_engine_no_memory(L);
	}
	copy->size = nflua_parcel_size(parcel);
	return 1;
}

static const luaL_Reg methods[] = {
	{ "close", copy_close },
	{ "send", copy_send },
	{ NULL, NULL }
};

static const luaL_Reg metamethods[] = {
	{ "__close", copy_leave },
	{ "__gc", copy_gc },
	{ NULL, NULL }
};

void nflua_copy_open(lua_State *L)
{
	luaL_newmetatable(L, COPY);
	luaL_setfuncs(L, metamethods, 0);
	luaL_newlib(L, methods);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
	lua_pushcfunction(L, nf_getpacket);
	lua_setfield(L, -2, "getpacket");
}
