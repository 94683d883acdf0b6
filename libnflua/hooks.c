// SPDX-License-Identifier: LGPL-2.1-or-later
/* Hooks: adding, removing and listing them. */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "hook.h"
#include "interrupt.h"
#include "request.h"
#include "wire.h"

/* How many times a dump that races with changes is tried. */
#define LIST_TRIES	100

struct nflua_hooks {
	struct nflua_hook_entry *entries;
	size_t count;
	size_t size;		/* of the array */
};

static int check_function(struct nflua_ctx *ctx, const char *function)
{
	if (!function)
		return nflua_fail(ctx, -EINVAL, "function is NULL");
	if (strlen(function) > NFLUA_FUNCTION_MAX)
		return nflua_fail(ctx, -EINVAL, "function name too long (at most %d bytes)",
				  NFLUA_FUNCTION_MAX);
	return 0;
}

static int check_device(struct nflua_ctx *ctx, const char *device)
{
	if (device && (!*device || strlen(device) >= NFLUA_DEVICE_SIZE))
		return nflua_fail(ctx, -EINVAL, "a device has a name of 1 to %d bytes",
				  NFLUA_DEVICE_SIZE - 1);
	return 0;
}

static int check_attachment(struct nflua_ctx *ctx, const struct nflua_attachment *what)
{
	int err = check_function(ctx, what->function);

	if (!err)
		err = check_device(ctx, what->iif);
	if (!err)
		err = check_device(ctx, what->oif);
	if (!err)
		err = nflua_check_owner(ctx, what->owner);
	if (err)
		return err;
	if (nflua_wire_family_number(what->family) < 0)
		return nflua_fail(ctx, -EINVAL, "no such family: %u", what->family);
	if (!nflua_hook_name(what->hook))
		return nflua_fail(ctx, -EINVAL, "no such hook: %u", what->hook);
	if (nflua_wire_hook_number(what->family, what->hook) < 0)
		return nflua_fail(ctx, -EINVAL, "the family %s has no hook %s",
				  nflua_family_name(what->family), nflua_hook_name(what->hook));
	if (what->protocol < 0 || what->protocol > 255)
		return nflua_fail(ctx, -EINVAL, "no such protocol: %d", what->protocol);
	if (what->on_error > NFLUA_HOOK_ERROR_DROP)
		return nflua_fail(ctx, -EINVAL, "on_error has an unknown value");
	return 0;
}

static int take_id(struct nlmsghdr *nlh, void *ud)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];

	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_HOOK_ID])
		return -EPROTO;
	*(uint32_t *)ud = nflua_wire_u32(tb[NFLUA_A_HOOK_ID]);
	return 0;
}

NFLUA_PUBLIC int nflua_attach(struct nflua_ctx *ctx, const struct nflua_attachment *what,
			      bool force, uint32_t *id)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_HOOK_NEW,
		.flags = NLM_F_ACK,
		.attachment = what,
		.force = force,
	};
	uint32_t number = 0;
	int err;

	if (ctx && !what)
		return nflua_fail(ctx, -EINVAL, "what is NULL");
	err = nflua_check_state(ctx, what ? what->state : NULL);
	if (!err)
		err = nflua_check_version(ctx, "hooks");
	if (!err)
		err = check_attachment(ctx, what);
	if (err)
		return err;
	req.name = what->state;
	err = nflua_request(ctx, &req, take_id, &number);
	if (id)
		*id = err ? 0 : number;
	return err;
}

NFLUA_PUBLIC int nflua_set_hook(struct nflua_ctx *ctx, const struct nflua_attachment *what)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_HOOK_SET,
		.flags = NLM_F_ACK,
		.attachment = what,
	};
	int err;

	if (ctx && !what)
		return nflua_fail(ctx, -EINVAL, "what is NULL");
	err = nflua_check_state(ctx, what ? what->state : NULL);
	if (!err)
		err = nflua_check_version(ctx, "hooks");
	if (!err)
		err = nflua_check_owner(ctx, what->owner);
	if (!err && what->on_error > NFLUA_HOOK_ERROR_DROP)
		err = nflua_fail(ctx, -EINVAL, "on_error has an unknown value");
	if (err)
		return err;
	req.name = what->state;
	req.hook_id = &what->id;
	return nflua_request(ctx, &req, NULL, NULL);
}

static int detach(struct nflua_ctx *ctx, const struct nflua_request *req)
{
	int err = nflua_check_version(ctx, "hooks");

	return err ? err : nflua_request(ctx, req, NULL, NULL);
}

NFLUA_PUBLIC int nflua_detach(struct nflua_ctx *ctx, const char *name, const char *function)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_HOOK_DEL,
		.flags = NLM_F_ACK,
		.name = name,
		.function = function,
	};
	int err = nflua_check_state(ctx, name);

	if (!err)
		err = check_function(ctx, function);
	return err ? err : detach(ctx, &req);
}

NFLUA_PUBLIC int nflua_detach_id(struct nflua_ctx *ctx, const char *name, uint32_t id)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_HOOK_DEL,
		.flags = NLM_F_ACK,
		.name = name,
		.hook_id = &id,
	};
	int err = nflua_check_state(ctx, name);

	return err ? err : detach(ctx, &req);
}

/* Returns a zeroed entry, added to the list, or NULL if there is no memory. */
static struct nflua_hook_entry *add_entry(struct nflua_hooks *hooks)
{
	size_t size = hooks->size ? 2 * hooks->size : 16;
	struct nflua_hook_entry *entries;

	if (hooks->count == hooks->size) {
		entries = realloc(hooks->entries, size * sizeof(*entries));
		if (!entries)
			return NULL;
		hooks->entries = entries;
		hooks->size = size;
	}
	memset(&hooks->entries[hooks->count], 0, sizeof(*entries));
	return &hooks->entries[hooks->count++];
}

static int take_hook(struct nlmsghdr *nlh, void *ud)
{
	struct nflua_hook_entry *entry = add_entry(ud);

	return entry ? nflua_wire_hook(nlh, entry) : -ENOMEM;
}

/* Asks for hooks, and asks again if they changed meanwhile. */
static int get_hooks(struct nflua_ctx *ctx, const struct nflua_request *req,
		     struct nflua_hooks *hooks)
{
	int tries, err = -EAGAIN;

	for (tries = 0; tries < LIST_TRIES && err == -EAGAIN; tries++) {
		hooks->count = 0;
		err = nflua_request(ctx, req, take_hook, hooks);
	}
	return err == -EAGAIN ? nflua_fail(ctx, -EIO, "the hooks keep changing; try again") :
				err;
}

NFLUA_PUBLIC int nflua_hooks(struct nflua_ctx *ctx, const char *name,
			     struct nflua_hooks **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_HOOK_GET,
		.flags = NLM_F_DUMP,
		.name = name,
	};
	struct nflua_hooks *hooks;
	int err;

	err = nflua_check_state(ctx, name ? name : "");
	if (!err && !out)
		err = nflua_fail(ctx, -EINVAL, "out is NULL");
	if (err)
		return err;
	*out = NULL;
	err = nflua_check_version(ctx, "hooks");
	if (err)
		return err;
	hooks = calloc(1, sizeof(*hooks));
	if (!hooks)
		return nflua_fail_nomem(ctx);
	err = get_hooks(ctx, &req, hooks);
	if (err)
		nflua_hooks_free(hooks);
	else
		*out = hooks;
	return err;
}

NFLUA_PUBLIC void nflua_hooks_free(struct nflua_hooks *hooks)
{
	if (!hooks)
		return;
	free(hooks->entries);
	free(hooks);
}

NFLUA_PUBLIC size_t nflua_hooks_count(const struct nflua_hooks *hooks)
{
	return hooks ? hooks->count : 0;
}

NFLUA_PUBLIC const struct nflua_attachment *
nflua_hooks_get(const struct nflua_hooks *hooks, size_t i)
{
	return i < nflua_hooks_count(hooks) ? nflua_hook_of(&hooks->entries[i]) : NULL;
}
