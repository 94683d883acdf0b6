// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between scripts and user space. What a state sends is numbered for
 * each destination, a data group or a port, so that a receiver sees from gaps
 * how much it lost.
 */
#include <linux/hash.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "lauxlib.h"
#include "runtime/call.h"

/* Ports whose messages are counted; one more, and all counts begin anew. */
#define PORTS_MAX	4096

struct port {
	struct hlist_node node;
	u32 portid;
	u32 seq;
};

/* The key of the registry that the handler is at. */
static const char handler_key;

void nflua_sender_init(struct nflua_sender *sender)
{
	spin_lock_init(&sender->lock);
}

static struct hlist_head *bucket_of(struct nflua_sender *sender, u32 portid)
{
	return &sender->ports[hash_32(portid, ilog2(NFLUA_PORT_BUCKETS))];
}

static void forget_port(struct nflua_sender *sender, struct port *port)
{
	hlist_del(&port->node);
	sender->port_count--;
	kfree(port);
}

/* Forgets all ports; locked, or nobody else has it. */
void nflua_sender_clear(struct nflua_sender *sender)
{
	struct hlist_node *next;
	struct port *port;
	int i;

	for (i = 0; i < NFLUA_PORT_BUCKETS; i++)
		hlist_for_each_entry_safe(port, next, &sender->ports[i], node)
			forget_port(sender, port);
}

/* NULL: no memory. */
static struct port *get_port(struct nflua_sender *sender, u32 portid)
{
	struct hlist_head *bucket = bucket_of(sender, portid);
	struct port *port;

	lockdep_assert_held(&sender->lock);
	hlist_for_each_entry(port, bucket, node)
		if (port->portid == portid)
			return port;
	port = kzalloc(sizeof(*port), NFLUA_GFP_ATOMIC);
	if (!port)
		return NULL;
	if (sender->port_count == PORTS_MAX)
		nflua_sender_clear(sender);
	port->portid = portid;
	hlist_add_head(&port->node, bucket);
	sender->port_count++;
	return port;
}

struct payload {
	const char *data;
	size_t len;
};

/* All of a message but its number; NULL: no memory. */
static struct sk_buff *new_message(lua_State *L, const struct payload *payload)
{
	const struct nflua_runtime *rt = nflua_runtime(L);
	const struct nflua_state *state = rt->state;
	gfp_t gfp = rt->port.atomic ? NFLUA_GFP_ATOMIC : GFP_KERNEL;
	size_t size = nla_total_size(payload->len) +
		      nla_total_size(state->name_size) +
		      nla_total_size(sizeof(u32));
	struct sk_buff *skb;

	skb = nflua_genl_new(NFLUA_CMD_MSG, size, 0, 0, gfp | __GFP_NOWARN);
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

/* The lock is held from the count to the queue of the receiver: no gap is none. */
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
	/* Someone listens, and nobody got it. */
	return err == -ESRCH ? -EAGAIN : err;
}

static int send_to_port(lua_State *L, u32 portid, const struct payload *payload)
{
	struct nflua_state *state = nflua_runtime(L)->state;
	struct nflua_sender *sender = &state->sender;
	struct sk_buff *skb = new_message(L, payload);
	struct port *port;
	int err = -ENOMEM;

	spin_lock_bh(&sender->lock);
	port = get_port(sender, portid);
	if (port)
		port->seq++;
	if (port && skb)
		err = finish(skb, port->seq) ?:
		      genlmsg_unicast(state->net->net, skb, portid);
	else
		nlmsg_free(skb);
	if (port && err == -ECONNREFUSED)
		forget_port(sender, port);
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

/* Pushes how many bytes were sent, when anybody got them, or why nobody did. */
static int send_all(lua_State *L, u32 portid, u32 groups,
		    const struct payload *payload)
{
	unsigned long mask = groups;
	int err = 0, one;
	bool sent = nflua_trial_keeps(L, payload->data, payload->len);
	unsigned int i;

	if (sent)
		portid = mask = 0;
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
	lua_pushnil(L);
	lua_pushstring(L, explain(err));
	return 2;
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
	luaL_argcheck(L, portid || groups, 2, "neither a port nor a group");
	check_payload(L, 3, &payload);
	return send_all(L, portid, groups, &payload);
}

static int nf_genetlink(lua_State *L)
{
	struct payload payload;
	u32 portid;

	check_payload(L, 1, &payload);
	portid = check_port(L, 2);
	luaL_argcheck(L, portid, 2, "no port");
	return send_all(L, portid, 0, &payload);
}

/* One that takes in much at once may have more time than a packet's call. */
static int nf_receive(lua_State *L)
{
	struct nflua_runtime *rt = nflua_runtime(L);
	lua_Integer budget = luaL_optinteger(L, 2, rt->state->budget);
	bool set = lua_isfunction(L, 1);

	luaL_argexpected(L, set || lua_isnil(L, 1), 1, "function or nil");
	luaL_argcheck(L, budget >= NFLUA_BUDGET_MIN && budget <= NFLUA_BUDGET_MAX, 2,
		      "budgets are 100 to 1000000 microseconds");
	lua_settop(L, 1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &handler_key);
	rt->receives = set;
	rt->receive_budget = nflua_watch_budget(budget);
	return 0;
}

static const luaL_Reg functions[] = {
	{ "genetlink", nf_genetlink },
	{ "netlink", nf_netlink },
	{ "receive", nf_receive },
	{ NULL, NULL }
};

/* Adds the functions of messages to the library on top of the stack. */
void nflua_message_setfuncs(lua_State *L)
{
	luaL_setfuncs(L, functions, 0);
}

/* Body. */
static void call_handler(lua_State *L, void *ud)
{
	const struct nflua_data *data = ud;

	lua_rawgetp(L, LUA_REGISTRYINDEX, &handler_key);
	lua_pushinteger(L, data->portid);
	lua_pushlstring(L, data->payload, data->len);
	lua_call(L, 2, 0);
}

/* The runtime is locked. -EAGAIN: another one has taken its place meanwhile. */
static int deliver(struct nflua_runtime *rt, struct nflua_data *data,
		   struct nflua_error *error)
{
	if (READ_ONCE(*data->interrupt))
		return -EINTR;
	if (rcu_access_pointer(rt->state->runtime) != rt)
		return -EAGAIN;
	if (!rt->receives)
		return -ENOTCONN;
	return nflua_callback(rt, rt->receive_budget, call_handler, data, false, error);
}

/**
 * nflua_message_deliver - hands a message to the state's handler
 * @state: kept in the table by nflua_state_exec_get()
 * @data: the message
 * @error: empty; filled when the handler fails
 *
 * Process context. Waits in the row of execs, so that it never waits for one
 * with bottom halves off. Returns 0, the negative errno of @error, -ENOTCONN
 * when there is no handler, -EINTR, or -ENOENT when the state is dead.
 */
int nflua_message_deliver(struct nflua_state *state, struct nflua_data *data,
			  struct nflua_error *error)
{
	struct nflua_runtime *rt;
	int err;

	do {
		rt = nflua_runtime_get(state);
		if (!rt)
			return -ENOENT;
		mutex_lock(&rt->exec_lock);
		local_bh_disable();
		nflua_runtime_lock(rt);
		err = deliver(rt, data, error);
		spin_unlock(&rt->lock);
		local_bh_enable();
		mutex_unlock(&rt->exec_lock);
		nflua_runtime_put(rt);
	} while (err == -EAGAIN);
	return err;
}
