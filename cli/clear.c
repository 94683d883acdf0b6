// SPDX-License-Identifier: GPL-2.0-or-later
/* clear: forgets the last errors of states. */
#include "commands.h"
#include "named.h"

static int clear(struct nflua_ctx *ctx, const char *name, bool force)
{
	(void)force;
	return nflua_clear(ctx, name);
}

int cmd_clear(struct cli *cli)
{
	return for_each_name(cli, clear);
}
