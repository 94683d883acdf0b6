// SPDX-License-Identifier: LGPL-2.1-or-later
/* Channels: what nf:listen() returns. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "rock.h"

#define CHANNEL "nflua.channel"
#define NAME_SIZE 64	/* of a state, with a NUL; as the module has it */

struct channel {
	struct nflua_channel *channel;	/* NULL: closed */
};

static struct nflua_channel *check_channel(lua_State *L)
{
	struct channel *channel = luaL_checkudata(L, 1, CHANNEL);

	if (!channel->channel)
		luaL_error(L, "attempt to use a closed channel");
	return channel->channel;
}

static int channel_close(lua_State *L)
{
	struct channel *channel = luaL_checkudata(L, 1, CHANNEL);

	nflua_channel_close(channel->channel);
	channel->channel = NULL;
	return 0;
}

static int channel_tostring(lua_State *L)
{
	struct channel *channel = luaL_checkudata(L, 1, CHANNEL);

	if (channel->channel)
		lua_pushfstring(L, "nflua channel (port %I)", (LUAI_UACINT)
				nflua_channel_port(channel->channel));
	else
		lua_pushliteral(L, "nflua channel (closed)");
	return 1;
}

static int failed(lua_State *L, const struct nflua_channel *channel, int err)
{
	return rock_fail(L, err, nflua_channel_errmsg(channel), NULL);
}

static unsigned int check_group(lua_State *L, int arg, lua_Integer group)
{
	if (group < 0 || group >= NFLUA_GROUPS)
		rock_argument_error(L, arg, "group %lld out of range (0 to %d)",
				    (long long)group, NFLUA_GROUPS - 1);
	return group;
}

/* Pops an item of the option "groups". Returns the group. */
static unsigned int read_group(lua_State *L, int arg)
{
	lua_Integer group;
	int is;

	group = lua_tointegerx(L, -1, &is);
	if (!is)
		rock_argument_error(L, arg, "option 'groups': '%s' is not a group",
				    luaL_tolstring(L, -1, NULL));
	lua_pop(L, 1);
	return check_group(L, arg, group);
}

/* Returns the option "groups", as bits. */
static uint32_t read_groups(lua_State *L, int arg)
{
	uint32_t groups = 0;
	lua_Integer i, n;

	if (lua_getfield(L, arg, "groups") == LUA_TNIL)
		return 0;
	if (!lua_istable(L, -1))
		rock_argument_error(L, arg, "option 'groups': table expected, got %s",
				    luaL_typename(L, -1));
	n = luaL_len(L, -1);
	for (i = 1; i <= n; i++) {
		lua_geti(L, -1, i);
		groups |= 1u << read_group(L, arg);
	}
	return groups;
}

static int set_up(struct nflua_channel *channel, uint32_t groups,
		  lua_Integer buffer)
{
	unsigned int i;
	int err = 0;

	if (buffer >= 0)
		err = nflua_channel_set_buffer(channel, buffer);
	for (i = 0; i < NFLUA_GROUPS && !err; i++)
		if (groups & 1u << i)
			err = nflua_channel_join(channel, i);
	return err;
}

/* nf:listen([options]) */
int rock_listen(lua_State *L)
{
	static const char *const names[] = { "groups", "buffer", NULL };
	struct channel *channel;
	struct nflua_ctx *ctx;
	lua_Integer buffer;
	uint32_t groups;
	int err;

	rock_check_ctx(L, 1);
	rock_check_options(L, 2, names);
	groups = read_groups(L, 2);
	buffer = rock_option_integer(L, 2, "buffer", 0, INT_MAX);
	channel = lua_newuserdatauv(L, sizeof(*channel), 0);
	channel->channel = NULL;
	luaL_setmetatable(L, CHANNEL);
	ctx = rock_check_ctx(L, 1);
	err = nflua_channel_open(ctx, &channel->channel);
	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	err = set_up(channel->channel, groups, buffer);
	if (!err)
		return 1;
	failed(L, channel->channel, err);
	nflua_channel_close(channel->channel);
	channel->channel = NULL;
	return 3;
}

static int channel_port(lua_State *L)
{
	lua_pushinteger(L, nflua_channel_port(check_channel(L)));
	return 1;
}

static int channel_fd(lua_State *L)
{
	lua_pushinteger(L, nflua_channel_fd(check_channel(L)));
	return 1;
}

static int channel_buffer(lua_State *L)
{
	lua_pushinteger(L, nflua_channel_buffer(check_channel(L)));
	return 1;
}

/* ch:set_buffer(bytes): returns the resulting size */
static int channel_set_buffer(lua_State *L)
{
	struct nflua_channel *channel = check_channel(L);
	lua_Integer bytes = luaL_checkinteger(L, 2);
	int err;

	if (bytes < 0 || bytes > INT_MAX)
		rock_argument_error(L, 2, "buffer size out of range (0 to %d)", INT_MAX);
	err = nflua_channel_set_buffer(channel, bytes);
	return err ? failed(L, channel, err) : channel_buffer(L);
}

/* ch:join(group), ch:leave(group): return the channel */
static int change_group(lua_State *L,
			int (*change)(struct nflua_channel *, unsigned int))
{
	struct nflua_channel *channel = check_channel(L);
	unsigned int group = check_group(L, 2, luaL_checkinteger(L, 2));
	int err = change(channel, group);

	return err ? failed(L, channel, err) : rock_return_self(L);
}

static int channel_join(lua_State *L)
{
	return change_group(L, nflua_channel_join);
}

static int channel_leave(lua_State *L)
{
	return change_group(L, nflua_channel_leave);
}

/* Where a message comes from. */
struct origin {
	char state[NAME_SIZE];	/* "": the module gave none */
	int group;		/* -1: it was sent to the port */
	uint32_t seq;		/* 0: the module gave none */
	uint64_t lost;
};

/* Copies the origin of a message, as closing the channel frees the message. */
static struct origin origin_of(const struct nflua_message *message)
{
	const char *state = nflua_message_state(message);
	struct origin from = {
		.group = nflua_message_group(message),
		.seq = nflua_message_seq(message),
		.lost = nflua_message_lost(message),
	};

	snprintf(from.state, sizeof(from.state), "%s", state ? state : "");
	return from;
}

/* Pushes the origin as a table; unknown fields are nil. */
static void push_origin(lua_State *L, const struct origin *from)
{
	lua_createtable(L, 0, 4);
	if (*from->state)
		rock_set_string(L, "state", from->state);
	if (from->group >= 0)
		rock_set_integer(L, "group", from->group);
	if (from->seq)
		rock_set_integer(L, "seq", from->seq);
	rock_set_integer(L, "lost", from->lost);
}

struct reception {
	struct nflua_channel *channel;
	const struct nflua_message *message;
};

static int receive(void *ud)
{
	struct reception *r = ud;

	return nflua_channel_receive(r->channel, 0, &r->message);
}

/* ch:receive([timeout]) */
static int channel_receive(lua_State *L)
{
	struct reception r = { .channel = check_channel(L) };
	int timeout = rock_check_timeout(L, 2);
	struct origin from;
	const char *payload;
	size_t len;
	int err = rock_receive(nflua_channel_fd(r.channel), timeout, receive, &r);

	if (err)
		return rock_fail_receive(L, err, nflua_channel_errmsg(r.channel));
	from = origin_of(r.message);
	payload = nflua_message_payload(r.message, &len);
	lua_pushlstring(L, payload, len);
	push_origin(L, &from);
	return 2;
}

/*
 * ch:send(state, payload). Signals do not interrupt it, as the library does not expose
 * the channel's context.
 */
static int channel_send(lua_State *L)
{
	struct nflua_channel *channel;
	struct nflua_result *result;
	const char *name, *payload;
	size_t len;
	int err;

	check_channel(L);
	name = rock_check_state_name(L, 2);
	payload = luaL_checklstring(L, 3, &len);
	channel = check_channel(L);
	err = nflua_channel_send(channel, name, payload, len, &result);
	return rock_end_send(L, err, nflua_channel_errmsg(channel), result);
}

void rock_channel_type(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "buffer", channel_buffer },
		{ "close", channel_close },
		{ "fd", channel_fd },
		{ "join", channel_join },
		{ "leave", channel_leave },
		{ "port", channel_port },
		{ "receive", channel_receive },
		{ "send", channel_send },
		{ "set_buffer", channel_set_buffer },
		{ NULL, NULL }
	};

	rock_new_type(L, CHANNEL, channel_close, channel_tostring, methods);
}
