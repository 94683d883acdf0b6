// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections: what scripts ask of connection tracking, and making it active. */
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "lauxlib.h"
#include "lib/conntrack.h"
#include "lib/lib.h"
#include "packet/address.h"
#include "runtime/runtime.h"
#include "state/net.h"
#include "state/state.h"

/*
 * Returns the connection of the call's packet, or NULL. If connection tracking is not
 * active, it is made active for later packets.
 */
static struct nf_conn *packet_connection(lua_State *L)
{
	struct nflua_packet *packet = nflua_check_packet(L);
	struct nflua_net *nn = nflua_runtime(L)->state->net;
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(packet->skb, &info);

	if (ct && !nf_ct_is_template(ct))
		return ct;
	if (!READ_ONCE(nn->conntrack))
		queue_work(nflua_wq, &nn->conntrack_work);
	return NULL;
}

/* Returns the number that `conntrack -L -o id` prints, or nil for an untracked packet. */
static int nf_connid(lua_State *L)
{
	const struct nf_conn *ct = packet_connection(L);

	if (ct)
		lua_pushinteger(L, ntohl((__force __be32)nf_ct_get_id(ct)));
	else
		lua_pushnil(L);
	return 1;
}

/*
 * Deletes a connection. One that is not in the table yet cannot be taken out of it, but
 * enters it expired: the addresses of its packet are still translated, and nobody ever
 * finds it.
 */
static void kill_connection(struct nf_conn *ct)
{
	if (nf_ct_is_confirmed(ct)) {
		nf_ct_kill(ct);
		return;
	}
	set_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status);
	WRITE_ONCE(ct->timeout, 0);
}

static int nf_delete_conntrack(lua_State *L)
{
	struct nf_conn *ct = packet_connection(L);
	bool alive = ct && !nf_ct_is_dying(ct);

	if (alive)
		kill_connection(ct);
	lua_pushboolean(L, alive);
	return 1;
}

static void check_address(lua_State *L, int arg, u8 family,
			  union nf_inet_addr *addr)
{
	struct nflua_address address;
	size_t len;
	const char *text = luaL_checklstring(L, arg, &len);

	luaL_argcheck(L, nflua_address_parse(text, len, &address) &&
		      address.family == family, arg,
		      family == NFPROTO_IPV4 ? "not an IPv4 address" :
					       "not an IPv6 address");
	memcpy(addr, address.bytes, nflua_address_size(&address));
}

static __be16 check_port(lua_State *L, int arg)
{
	lua_Integer port = luaL_checkinteger(L, arg);

	luaL_argcheck(L, port >= 0 && port <= 65535, arg, "ports are 0 to 65535");
	return htons(port);
}

/* Reads arguments 1 to 6: family, protocol, source and destination. */
static void check_tuple(lua_State *L, struct nf_conntrack_tuple *tuple)
{
	static const char *const names[] = { "tcp", "udp", NULL };
	static const u8 protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
	lua_Integer family = luaL_checkinteger(L, 1);

	luaL_argcheck(L, family == 4 || family == 6, 1, "family is 4 or 6");
	memset(tuple, 0, sizeof(*tuple));
	tuple->src.l3num = family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	tuple->dst.protonum = protocols[luaL_checkoption(L, 2, NULL, names)];
	check_address(L, 3, tuple->src.l3num, &tuple->src.u3);
	tuple->src.u.all = check_port(L, 4);
	check_address(L, 5, tuple->src.l3num, &tuple->dst.u3);
	tuple->dst.u.all = check_port(L, 6);
}

/* Choices of argument 7. A direction has the number that it has in the kernel. */
enum side {
	SIDE_ORIGINAL = IP_CT_DIR_ORIGINAL,
	SIDE_REPLY = IP_CT_DIR_REPLY,
	SIDE_BOTH = IP_CT_DIR_MAX,
};

static const char *const sides[] = {
	[SIDE_ORIGINAL] = "original",
	[SIDE_REPLY] = "reply",
	[SIDE_BOTH] = "both",
	NULL
};

struct traffic {
	u64 packets;
	u64 bytes;
};

static bool read_counters(const struct nf_conn *ct, struct traffic *traffic)
{
	const struct nf_conn_acct *acct = nf_conn_acct_find(ct);
	int dir;

	if (!acct)
		return false;
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		traffic[dir].packets = atomic64_read(&acct->counter[dir].packets);
		traffic[dir].bytes = atomic64_read(&acct->counter[dir].bytes);
	}
	return true;
}

/* Fills @traffic for both directions. Returns NULL, or why it could not. */
static const char *find_traffic(struct net *net,
				const struct nf_conntrack_tuple *tuple,
				enum side side, struct traffic *traffic)
{
	struct nf_conntrack_tuple_hash *hash;
	const char *why = NULL;
	struct nf_conn *ct;

	hash = nf_conntrack_find_get(net, &nf_ct_zone_dflt, tuple);
	if (!hash)
		return "there is no such connection";
	ct = nf_ct_tuplehash_to_ctrack(hash);
	if (side != SIDE_BOTH && NF_CT_DIRECTION(hash) != (int)side)
		why = "there is no such connection";
	else if (!read_counters(ct, traffic))
		why = "the connection has no counters: it began before they were turned on";
	nf_ct_put(ct);
	return why;
}

static int push_traffic(lua_State *L, const struct traffic *traffic, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		lua_pushinteger(L, traffic[i].packets);
		lua_pushinteger(L, traffic[i].bytes);
	}
	return 2 * n;
}

static int nf_traffic(lua_State *L)
{
	struct net *net = nflua_runtime(L)->state->net->net;
	struct traffic traffic[IP_CT_DIR_MAX];
	struct nf_conntrack_tuple tuple;
	enum side side;
	const char *why;

	check_tuple(L, &tuple);
	side = luaL_checkoption(L, 7, NULL, sides);
	/* A runtime that is being built may never be published, so it only notes the wish. */
	if (nflua_call_of(L)->kind == NFLUA_CALL_BUILD)
		nflua_host(L)->wants_conntrack |= NFLUA_WANTS_COUNTERS;
	else
		nf_ct_set_acct(net, true);
	why = find_traffic(net, &tuple, side, traffic);
	if (why)
		return nflua_push_failure(L, why);
	if (side == SIDE_BOTH)
		return push_traffic(L, traffic, IP_CT_DIR_MAX);
	return push_traffic(L, &traffic[side], 1);
}

static const luaL_Reg functions[] = {
	{ "connid", nf_connid },
	{ "delete_conntrack", nf_delete_conntrack },
	{ "traffic", nf_traffic },
	{ NULL, NULL }
};

void nflua_conntrack_open(lua_State *L)
{
	luaL_setfuncs(L, functions, 0);
}

/* Makes what @wants says active. nflua_net.lock is held. */
static void make_active(struct nflua_net *nn, int wants)
{
	lockdep_assert_held(&nn->lock);
	if (!nn->conntrack && !nn->closing &&
	    nf_ct_netns_get(nn->net, NFPROTO_INET) == 0)
		WRITE_ONCE(nn->conntrack, true);
	if (wants & NFLUA_WANTS_COUNTERS)
		nf_ct_set_acct(nn->net, true);
}

void nflua_conntrack_want(struct nflua_net *nn, int wants)
{
	if (!wants)
		return;
	mutex_lock(&nn->lock);
	make_active(nn, wants);
	mutex_unlock(&nn->lock);
}

static void enable(struct work_struct *work)
{
	nflua_conntrack_want(container_of(work, struct nflua_net, conntrack_work),
			     NFLUA_WANTS_CONNTRACK);
}

void nflua_conntrack_init(struct nflua_net *nn)
{
	INIT_WORK(&nn->conntrack_work, enable);
}

void nflua_conntrack_exit(struct nflua_net *nn)
{
	cancel_work_sync(&nn->conntrack_work);
	if (nn->conntrack)
		nf_ct_netns_put(nn->net, NFPROTO_INET);
}
