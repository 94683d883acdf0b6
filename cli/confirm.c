// SPDX-License-Identifier: GPL-2.0-or-later
/* confirm: confirms changes of states that wait for it. */
#include "commands.h"
#include "named.h"

static int confirm(struct nflua_ctx *ctx, const char *name, bool force)
{
	(void)force;
	return nflua_confirm(ctx, name);
}

int cmd_confirm(struct cli *cli)
{
	return for_each_name(cli, confirm);
}
