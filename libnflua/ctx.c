// SPDX-License-Identifier: LGPL-2.1-or-later
/* Contexts: a connection, and what last went wrong on it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "internal.h"

int nflua_fail(struct nflua_ctx *ctx, int err, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	free(ctx->errmsg);
	ctx->errmsg = text;
	ctx->errmsg_static = "not enough memory";
	return err;
}

NFLUA_PUBLIC const char *nflua_errmsg(const struct nflua_ctx *ctx)
{
	if (!ctx)
		return "no context";
	return ctx->errmsg ? ctx->errmsg : ctx->errmsg_static;
}

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

/* MODULE_VERSION, from sysfs. */
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
				  "the kernel's answer names no family");
	return err;
}

static void prepare_interrupt(struct nflua_ctx *ctx)
{
	ctx->interrupt.nlh.nlmsg_len = sizeof(ctx->interrupt);
	ctx->interrupt.nlh.nlmsg_type = ctx->family;
	ctx->interrupt.nlh.nlmsg_flags = NLM_F_REQUEST;
	ctx->interrupt.genl.cmd = NFLUA_CMD_INTERRUPT;
	ctx->interrupt.genl.version = NFLUA_GENL_VERSION;
}

static struct nflua_ctx *new_ctx(void)
{
	struct nflua_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	ctx->errmsg_static = "no error";
	ctx->fd = -1;
	ctx->family = -1;
	/* The port may have been another context's, whose answers are no use. */
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
	prepare_interrupt(ctx);
	return 0;
}

int nflua_open_beside(struct nflua_ctx *ctx, struct nflua_ctx **out)
{
	struct nflua_ctx *beside = new_ctx();
	int err = -ENOMEM;

	*out = beside;
	if (beside)
		err = nflua_socket_open_beside(beside, ctx);
	if (!err)
		err = resolve_family(beside);
	if (!err)
		prepare_interrupt(beside);
	else
		nflua_fail(ctx, err, "%s", beside ? nflua_errmsg(beside) :
			   "not enough memory");
	return err;
}

void nflua_begin(struct nflua_ctx *ctx)
{
	if (!ctx->keep_interrupt)
		ctx->interrupted = 0;
}

NFLUA_PUBLIC void nflua_keep_interrupt(struct nflua_ctx *ctx, bool keep)
{
	if (!ctx)
		return;
	ctx->keep_interrupt = keep;
	ctx->interrupted = 0;
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
