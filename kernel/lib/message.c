// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between scripts and user space. A state numbers what it sends to each
 * destination, a data group or a port, so that gaps tell a receiver how much it lost.
 */
#include <net/genetlink.h>

#include "genl.h"
#include "lib/lib.h"
#include "lib/message.h"
#include "runtime/budget.h"
#include "runtime/callback.h"
#include "runtime/sink.h"
#include "state/net.h"
#include "state/state.h"
#include "lauxlib.h"

/* The key of the handler in the registry. */
static const char handler_key;

struct payload {
	const char *data;
	size_t len;
};

/* Returns a message without its number, or NULL if there is no memory. */
static struct sk_buff *new_message(lua_State *L, const struct payload *payload)
{
	const struct nflua_runtime *rt = nflua_runtime(L);
	const struct nflua_state *state = rt->state;
	size_t size = nla_total_size(payload->len) +
		      nla_total_size(state->name_size) +
		      nla_total_size(sizeof(u32));
	struct sk_buff *skb;

	skb = nflua_genl_new(NFLUA_CMD_MSG, size, 0, 0, nflua_runtime_gfp(rt));
	if (!skb)
		return NULL;
	if (nla_put(skb, NFLUA_A_MSG, payload->len, payload->data) ||
	    nla_put(skb, NFLUA_A_NAME, state->name_size, state->name)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static int finish(struct sk_buff *skb, u32 seq)
{
	int err = nla_put_u32(skb, NFLUA_A_SEQ, seq);

	if (err)
		nlmsg_free(skb);
	else
		nlmsg_end(skb, nlmsg_hdr(skb));
	return err;
}

/* Sends to a group. The lock is held until the receivers have it: a gap is a loss. */
static int send_to_group(lua_State *L, unsigned int group,
			 const struct payload *payload)
{
	struct nflua_state *state = nflua_runtime(L)->state;
	struct nflua_sender *sender = &state->sender;
	struct net *net = state->net->net;
	struct sk_buff *skb;
	int err = -ENOMEM;
	u32 seq;

	if (!nflua_genl_data_listened(net, group))
		return -ECONNREFUSED;
	skb = new_message(L, payload);
	spin_lock_bh(&sender->lock);
	seq = ++sender->group_seqs[group];
	if (skb)
		err = finish(skb, seq) ?: nflua_genl_data(net, skb, group);
	spin_unlock_bh(&sender->lock);
	/* Somebody listens, but nobody got it. */
	return err == -ESRCH ? -EAGAIN : err;
}

static int send_to_port(lua_State *L, u32 portid, const struct payload *payload)
{
	struct nflua_state *state = nflua_runtime(L)->state;
	struct nflua_sender *sender = &state->sender;
	struct sk_buff *skb = new_message(L, payload);
	struct nflua_sender_port *port;
	int err = -ENOMEM;

	spin_lock_bh(&sender->lock);
	port = nflua_sender_port(sender, portid);
	if (port)
		port->seq++;
	if (port && skb)
		err = finish(skb, port->seq) ?:
		      genlmsg_unicast(state->net->net, skb, portid);
	else
		nlmsg_free(skb);
	if (port && err == -ECONNREFUSED)
		nflua_sender_forget(sender, port);
	spin_unlock_bh(&sender->lock);
	return err;
}

static const char *explain(int err)
{
	switch (err) {
	case -ECONNREFUSED:
		return "nobody listens";
	case -EAGAIN:
		return "the receiver's buffer is full";
	default:
		return "not enough memory";
	}
}

/* Sends to a port and groups. Pushes the bytes sent, or nil and why nobody got them. */
static int send_all(lua_State *L, u32 portid, u32 groups,
		    const struct payload *payload)
{
	unsigned long mask = groups;
	int err = 0, one;
	struct nflua_sink *dry = nflua_call_of(L)->dry;
	bool sent = false;
	unsigned int i;

	if (dry) {
		dry->message(dry, payload->data, payload->len);
		sent = true;
		portid = mask = 0;
	}
	if (portid) {
		err = send_to_port(L, portid, payload);
		sent = !err;
	}
	for_each_set_bit(i, &mask, NFLUA_DATA_GROUPS) {
		one = send_to_group(L, i, payload);
		sent |= !one;
		err = err ?: one;
	}
	if (sent) {
		lua_pushinteger(L, payload->len);
		return 1;
	}
	return nflua_push_failure(L, explain(err));
}

static u32 check_port(lua_State *L, int arg)
{
	lua_Integer port = luaL_checkinteger(L, arg);

	luaL_argcheck(L, port >= 0 && port <= U32_MAX, arg,
		      "ports are 0 to 4294967295");
	return port;
}

static void check_payload(lua_State *L, int arg, struct payload *payload)
{
	payload->data = luaL_checklstring(L, arg, &payload->len);
	luaL_argcheck(L, payload->len <= NFLUA_MSG_MAX, arg,
		      "messages have at most 65531 bytes");
}

static int nf_netlink(lua_State *L)
{
	u32 portid = check_port(L, 1);
	lua_Integer groups = luaL_checkinteger(L, 2);
	struct payload payload;

	luaL_argcheck(L, groups >= 0 && groups <= U32_MAX, 2,
		      "groups are a mask of 32 bits");
	luaL_argcheck(L, portid || groups, 2, "port and groups are both 0");
	check_payload(L, 3, &payload);
	return send_all(L, portid, groups, &payload);
}

static int nf_genetlink(lua_State *L)
{
	struct payload payload;
	u32 portid;

	check_payload(L, 1, &payload);
	portid = check_port(L, 2);
	luaL_argcheck(L, portid, 2, "the port is 0");
	return send_all(L, portid, 0, &payload);
}

/* A handler of big messages may have more time than a packet call. */
static int nf_receive(lua_State *L)
{
	struct nflua_runtime *rt = nflua_runtime(L);
	lua_Integer budget = luaL_optinteger(L, 2, rt->budget);
	bool set = lua_isfunction(L, 1);

	luaL_argexpected(L, set || lua_isnil(L, 1), 1, "function or nil");
	luaL_argcheck(L, budget >= NFLUA_BUDGET_MIN && budget <= NFLUA_BUDGET_MAX, 2,
		      "budgets are 100 to 1000000 microseconds");
	lua_settop(L, 1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &handler_key);
	rt->receives = set;
	rt->receive_budget = nflua_budget_round(budget);
	return 0;
}

static const luaL_Reg functions[] = {
	{ "genetlink", nf_genetlink },
	{ "netlink", nf_netlink },
	{ "receive", nf_receive },
	{ NULL, NULL }
};

void nflua_message_open(lua_State *L)
{
	luaL_setfuncs(L, functions, 0);
}

/* Body: calls the handler with a message. */
static void call_handler(lua_State *L, void *ud)
{
	const struct nflua_message *message = ud;

	lua_rawgetp(L, LUA_REGISTRYINDEX, &handler_key);
	lua_pushinteger(L, message->portid);
	lua_pushlstring(L, message->payload, message->len);
	lua_call(L, 2, 0);
}

int nflua_message_deliver(struct nflua_runtime *rt, struct nflua_message *message,
			  struct nflua_error *error)
{
	lockdep_assert_held(&rt->exec_lock);
	if (READ_ONCE(*message->interrupt))
		return -EINTR;
	if (!rt->receives)
		return -ENOTCONN;
	return nflua_callback(rt, rt->receive_budget, call_handler, message, NULL, error);
}
