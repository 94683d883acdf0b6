// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of packets: Lua objects, each of which owns a packet until it is sent, closed or
 * collected. The packet counts against the memory limit. The collector is told of it, as
 * it would otherwise see only a small object, and come too late.
 *
 * A copy that a script keeps holds no device, route, socket or connection, as these would
 * hold the namespace. It knows its connection by the tuple, and finds it again when it is
 * sent, so that its addresses are translated. If the connection is gone, the copy is
 * tracked anew. Only a copy that is sent in the call of its own packet takes the
 * connection along: if that packet is the first one, nobody else knows the connection
 * yet. Routes are looked up for the destination after translation.
 *
 * TCP sequence numbers stay as they are: a payload of another length is for datagram
 * protocols, or for the end of a connection.
 */
#include <net/ip.h>

#include "lauxlib.h"
#include "lib/lib.h"
#include "runtime/runtime.h"
#include "xmit/xmit.h"
#include "xmit/post.h"
#include "xmit/segment.h"

/* The name of their type, in messages; also the key of their metatable. */
#define COPY	"packet copy"

struct copy {
	struct nflua_xmit *xmit;	/* NULL: sent or closed */
	size_t size;			/* what the script is charged for it */
	unsigned long serial;		/* number of the packet that was copied */
	bool sent;
};

static void let_go(lua_State *L, struct copy *copy)
{
	nflua_runtime_uncharge(L, copy->size);
	copy->size = 0;
	copy->xmit = NULL;
}

static void drop(lua_State *L, struct copy *copy)
{
	struct nflua_xmit *xmit = copy->xmit;

	if (!xmit)
		return;
	let_go(L, copy);
	nflua_xmit_free(xmit);
}

static struct copy *check_copy(lua_State *L)
{
	struct copy *copy = luaL_checkudata(L, 1, COPY);

	if (!copy->xmit)
		luaL_error(L, "packet copy was already %s",
			   copy->sent ? "sent" : "closed");
	return copy;
}

/* See lua/lgc_own.h for what it may do. */
static int copy_gc(lua_State *L)
{
	drop(L, lua_touserdata(L, 1));
	return 0;
}

/* __close: the copy leaves its scope. Raises no error. */
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

/* Returns the packet with argument 2 as its payload, or NULL if there is no memory. */
static struct sk_buff *fill(lua_State *L, const struct nflua_xmit *xmit)
{
	struct nflua_segment seg;
	const char *payload, *why;
	size_t len;

	payload = luaL_checklstring(L, 2, &len);
	why = nflua_segment_find(xmit->skb, xmit->pf, &seg);
	if (why)
		luaL_error(L, "cannot replace the payload: %s", why);
	luaL_argcheck(L, len <= IP_MAX_MTU - seg.payload, 2,
		      "the packet would be longer than 65535 bytes");
	return nflua_xmit_fill(xmit, &seg, payload, len);
}

/*
 * Gives @skb the connection of the call's packet, if that is the packet that was copied.
 * The connection may be new, so that nobody finds it if the packet is dropped. It is held
 * no longer than the copy waits to be sent.
 */
static void take_connection(lua_State *L, const struct copy *copy,
			    struct sk_buff *skb)
{
	const struct nflua_packet *packet = nflua_call_of(L)->packet;
	enum ip_conntrack_info info;
	struct nf_conn *ct;

	if (!packet || nflua_host(L)->serial != copy->serial)
		return;
	ct = nf_ct_get(packet->skb, &info);
	if (!ct || nf_ct_is_template(ct))
		return;
	nf_conntrack_get(&ct->ct_general);
	nf_ct_set(skb, ct, info);
}

/* Sends the copy with @skb. Returns NULL, or why not; then the copy is unchanged. */
static const char *put(lua_State *L, struct copy *copy, struct sk_buff *skb)
{
	struct nflua_xmit *xmit = copy->xmit;
	struct sk_buff *old = xmit->skb;
	const char *why;
	LIST_HEAD(list);

	take_connection(L, copy, skb);
	xmit->skb = skb;
	list_add(&xmit->list, &list);
	why = nflua_post(L, &list);
	if (why) {
		nf_reset_ct(skb);
		xmit->skb = old;
	}
	/* The skb that is not in the packet is still ours. */
	if (old != skb)
		kfree_skb(why ? skb : old);
	return why;
}

static int copy_send(lua_State *L)
{
	struct copy *copy = check_copy(L);
	struct nflua_xmit *xmit = copy->xmit;
	struct sk_buff *skb = xmit->skb;
	const char *why;

	if (nflua_xmit_is_old(xmit))
		return nflua_push_failure(L, "the packet's time to live has expired");
	if (!lua_isnoneornil(L, 2))
		skb = fill(L, xmit);
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

/* Charges the script, at once or after a collection, which may free other copies. */
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
	struct nflua_xmit *xmit;
	const char *why;

	memset(copy, 0, sizeof(*copy));
	luaL_setmetatable(L, COPY);
	xmit = nflua_xmit_copy(packet, &why);
	if (!xmit)
		return nflua_push_failure(L, why);
	xmit->dry = nflua_call_of(L)->dry;
	copy->xmit = xmit;
	copy->serial = nflua_host(L)->serial;
	if (!charge(L, nflua_xmit_size(xmit))) {
		drop(L, copy);
		nflua_engine_no_memory(L);
	}
	copy->size = nflua_xmit_size(xmit);
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
