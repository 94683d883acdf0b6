// SPDX-License-Identifier: LGPL-2.1-or-later
/* Contexts: opening and closing them, and the versions of library and module. */
#include "ctx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "error.h"
#include "interrupt.h"
#include "socket.h"
#include "transact.h"
#include "wire.h"

NFLUA_PUBLIC const char *nflua_library_version(void)
{
	return NFLUA_VERSION;
}

NFLUA_PUBLIC unsigned int nflua_family_version(const struct nflua_ctx *ctx)
{
	return ctx ? ctx->version : 0;
}

NFLUA_PUBLIC const char *nflua_module_version(const struct nflua_ctx *ctx)
{
	return ctx ? ctx->module_version : NULL;
}

/* Returns MODULE_VERSION, from sysfs, or NULL; free() it. */
static char *read_module_version(void)
{
	FILE *f = fopen("/sys/module/nflua/version", "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!f)
		return NULL;
	len = getline(&line, &size, f);
	fclose(f);
	if (len <= 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static int take_family(struct nlmsghdr *nlh, void *ud)
{
	struct nflua_ctx *ctx = ud;

	nflua_wire_groups(nlh, ctx->groups);
	return nflua_wire_family(nlh, &ctx->family, &ctx->version);
}

static int resolve_family(struct nflua_ctx *ctx)
{
	struct nl_msg *msg = nflua_wire_getfamily();
	int err = nflua_transact(ctx, msg, take_family, ctx);

	if (err == -ENOENT)
		return nflua_fail(ctx, -ENOPKG,
			"the nflua module is not loaded (try: modprobe nflua)");
	if (!err && ctx->family < 0)
		return nflua_fail(ctx, -EPROTO,
				  "malformed reply from the kernel: no family");
	return err;
}

static struct nflua_ctx *new_ctx(void)
{
	struct nflua_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	ctx->errmsg_static = "no error";
	ctx->fd = -1;
	ctx->family = -1;
	/* Answers to an earlier owner of the port must not look like ours. */
	if (getrandom(&ctx->seq, sizeof(ctx->seq), GRND_NONBLOCK) < 0)
		ctx->seq = 0;
	return ctx;
}

NFLUA_PUBLIC int nflua_open(struct nflua_ctx **out, const char *netns)
{
	struct nflua_ctx *ctx;
	int err;

	if (!out)
		return -EINVAL;
	*out = ctx = new_ctx();
	if (!ctx)
		return -ENOMEM;
	err = nflua_socket_open(ctx, netns);
	if (err)
		return err;
	err = resolve_family(ctx);
	if (err) {
		nflua_socket_close(ctx);
		return err;
	}
	ctx->module_version = read_module_version();
	nflua_interrupt_prepare(ctx);
	return 0;
}

int nflua_ctx_clone(struct nflua_ctx *ctx, struct nflua_ctx **out)
{
	struct nflua_ctx *clone = new_ctx();
	int err;

	*out = clone;
	if (!clone)
		return nflua_fail_nomem(ctx);
	err = nflua_socket_clone(clone, ctx);
	if (!err)
		err = resolve_family(clone);
	if (err)
		return nflua_fail(ctx, err, "%s", nflua_errmsg(clone));
	nflua_interrupt_prepare(clone);
	return 0;
}

NFLUA_PUBLIC void nflua_close(struct nflua_ctx *ctx)
{
	if (!ctx)
		return;
	nflua_socket_close(ctx);
	free(ctx->module_version);
	free(ctx->errmsg);
	free(ctx);
}
