// SPDX-License-Identifier: LGPL-2.1-or-later
/* Hooks: attaching, detaching and listing functions. */
#include <string.h>

#include "rock.h"

#define OPTIONS 3	/* index of the argument of fw:attach() and fw:set_hook() */

/* Reads an option that is a hook of netfilter. @otherwise: if it is missing; -1: needed */
int rock_option_hook(lua_State *L, int arg, int otherwise)
{
	const char *name = rock_option_text(L, arg, "hook");
	int hook = name ? nflua_hook_find(name) : otherwise;

	if (!name && hook < 0)
		rock_argument_error(L, arg, "option 'hook' is missing");
	if (hook < 0)
		rock_argument_error(L, arg, "option 'hook': unknown hook '%s'", name);
	return hook;
}

/* Hooks of a device are in the family netdev, unless another one is named. */
static void read_family(lua_State *L, struct nflua_attachment *what)
{
	const char *name = rock_option_text(L, OPTIONS, "family");
	bool is_device = what->hook == NFLUA_HOOK_INGRESS || what->hook == NFLUA_HOOK_EGRESS;
	int family = is_device ? NFLUA_FAMILY_NETDEV : NFLUA_FAMILY_INET;

	if (name)
		family = nflua_family_find(name);
	if (family < 0)
		rock_argument_error(L, OPTIONS, "option 'family': unknown family '%s'", name);
	what->family = family;
}

/* A priority is an integer, or a name with an offset. */
static void read_priority(lua_State *L, struct nflua_attachment *what)
{
	int type = lua_getfield(L, OPTIONS, "priority");
	const char *text;

	lua_pop(L, 1);
	if (type == LUA_TNUMBER) {
		what->priority = rock_option_integer(L, OPTIONS, "priority", INT32_MIN,
						     INT32_MAX);
		return;
	}
	text = type == LUA_TNIL ? "filter" : rock_option_text(L, OPTIONS, "priority");
	if (nflua_priority_find(what->family, text, &what->priority))
		rock_argument_error(L, OPTIONS, "option 'priority': no priority: '%s'", text);
}

static void read_mark(lua_State *L, struct nflua_attachment *what)
{
	lua_Integer mark = rock_option_integer(L, OPTIONS, "mark", 0, UINT32_MAX);
	lua_Integer mask = rock_option_integer(L, OPTIONS, "mask", 1, UINT32_MAX);

	if (mark < 0) {
		if (mask > 0)
			rock_argument_error(L, OPTIONS, "option 'mask' needs 'mark'");
		return;
	}
	what->mark = mark;
	what->mark_mask = mask > 0 ? mask : UINT32_MAX;
}

/* Reads what of a hook can be changed. */
static void read_changeable(lua_State *L, struct nflua_attachment *what)
{
	const char *verdict = rock_option_text(L, OPTIONS, "on_error");

	what->owner = rock_option_text(L, OPTIONS, "owner");
	if (!verdict)
		return;
	if (strcmp(verdict, "drop") == 0)
		what->on_error = NFLUA_HOOK_ERROR_DROP;
	else if (strcmp(verdict, "accept") == 0)
		what->on_error = NFLUA_HOOK_ERROR_ACCEPT;
	else
		rock_argument_error(L, OPTIONS, "option 'on_error' must be 'accept' or 'drop'");
}

static void read_frames(lua_State *L, struct nflua_attachment *what)
{
	const char *text = rock_option_text(L, OPTIONS, "proto");

	if (text && nflua_frames_find(text, what->frames))
		rock_argument_error(L, OPTIONS, "option 'proto' must be 'all' or types of frames, such as 'ip,arp,0x88cc'");
}

/* fw:attach(function_name, options) */
int rock_state_attach(lua_State *L)
{
	static const char *const names[] = { "hook", "family", "priority", "mark", "mask",
					     "iif", "oif", "protocol", "proto", "on_error",
					     "owner", "force", NULL };
	struct nflua_attachment what = { .id = 0 };
	struct nflua_ctx *ctx;
	lua_Integer protocol;
	uint32_t id;
	bool force;
	int err;

	rock_check_state(L, 1, &what.state);
	what.function = rock_check_text(L, 2);
	rock_check_options(L, OPTIONS, names);
	what.hook = rock_option_hook(L, OPTIONS, -1);
	read_family(L, &what);
	read_priority(L, &what);
	read_mark(L, &what);
	what.iif = rock_option_text(L, OPTIONS, "iif");
	what.oif = rock_option_text(L, OPTIONS, "oif");
	protocol = rock_option_integer(L, OPTIONS, "protocol", 1, 255);
	what.protocol = protocol;
	read_frames(L, &what);
	read_changeable(L, &what);
	force = rock_option_boolean(L, OPTIONS, "force");
	ctx = rock_check_state(L, 1, &what.state);
	err = nflua_attach(ctx, &what, force, &id);
	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	lua_pushinteger(L, id);
	return 1;
}

/* fw:set_hook(id[, options]) */
int rock_state_set_hook(lua_State *L)
{
	static const char *const names[] = { "on_error", "owner", NULL };
	struct nflua_attachment what = { .id = 0 };
	struct nflua_ctx *ctx;
	lua_Integer id;
	int err;

	rock_check_state(L, 1, &what.state);
	id = luaL_checkinteger(L, 2);
	luaL_argcheck(L, id >= 0 && id <= UINT32_MAX, 2, "number out of range");
	what.id = id;
	rock_check_options(L, OPTIONS, names);
	read_changeable(L, &what);
	ctx = rock_check_state(L, 1, &what.state);
	err = nflua_set_hook(ctx, &what);
	return err ? rock_fail(L, err, nflua_errmsg(ctx), NULL) : rock_return_true(L);
}

/* fw:detach(function_name or id) */
int rock_state_detach(lua_State *L)
{
	const char *name, *function = NULL;
	struct nflua_ctx *ctx;
	lua_Integer id = 0;
	int err;

	rock_check_state(L, 1, &name);
	if (lua_type(L, 2) == LUA_TNUMBER)
		id = luaL_checkinteger(L, 2);
	else
		function = rock_check_text(L, 2);
	luaL_argcheck(L, id >= 0 && id <= UINT32_MAX, 2, "number out of range");
	ctx = rock_check_state(L, 1, &name);
	err = function ? nflua_detach(ctx, name, function) : nflua_detach_id(ctx, name, id);
	return err ? rock_fail(L, err, nflua_errmsg(ctx), NULL) : rock_return_true(L);
}

/** rock_push_hook - pushes a table of what is known of a hook */
void rock_push_hook(lua_State *L, const struct nflua_attachment *hook)
{
	char priority[32], frames[64];

	lua_createtable(L, 0, 15);
	rock_set_integer(L, "id", hook->id);
	rock_set_string(L, "state", hook->state);
	rock_set_string(L, "func", hook->function);
	rock_set_string(L, "family", nflua_family_name(hook->family));
	rock_set_string(L, "hook", nflua_hook_name(hook->hook));
	rock_set_integer(L, "priority", hook->priority);
	nflua_priority_text(hook->family, hook->priority, priority, sizeof(priority));
	rock_set_string(L, "priority_name", priority);
	if (hook->mark_mask) {
		rock_set_integer(L, "mark", hook->mark);
		rock_set_integer(L, "mask", hook->mark_mask);
	}
	rock_set_string(L, "iif", hook->iif);
	rock_set_string(L, "oif", hook->oif);
	rock_set_string(L, "owner", hook->owner);
	if (hook->protocol)
		rock_set_integer(L, "protocol", hook->protocol);
	nflua_frames_text(hook->frames, frames, sizeof(frames));
	if (*frames)
		rock_set_string(L, "proto", frames);
	if (hook->waits) {
		lua_pushboolean(L, true);
		lua_setfield(L, -2, "waits");
	}
	if (hook->on_error)
		rock_set_string(L, "on_error", hook->on_error == NFLUA_HOOK_ERROR_DROP ?
				"drop" : "accept");
}

static int push_hooks(lua_State *L)
{
	const struct nflua_hooks *hooks = lua_touserdata(L, 1);
	size_t i, n = nflua_hooks_count(hooks);

	lua_createtable(L, n, 0);
	for (i = 0; i < n; i++) {
		rock_push_hook(L, nflua_hooks_get(hooks, i));
		lua_rawseti(L, -2, i + 1);
	}
	return 1;
}

static void free_hooks(void *hooks)
{
	nflua_hooks_free(hooks);
}

static int list_hooks(lua_State *L, struct nflua_ctx *ctx, const char *name)
{
	struct nflua_hooks *hooks;
	int err = nflua_hooks(ctx, name, &hooks);

	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	return rock_deliver(L, push_hooks, hooks, free_hooks);
}

/* nf:hooks() */
int rock_hooks(lua_State *L)
{
	return list_hooks(L, rock_check_ctx(L, 1), NULL);
}

/* fw:hooks() */
int rock_state_hooks(lua_State *L)
{
	const char *name;
	struct nflua_ctx *ctx = rock_check_state(L, 1, &name);

	return list_hooks(L, ctx, name);
}
