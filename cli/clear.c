// SPDX-License-Identifier: GPL-2.0-or-later
/* clear: forgets the last errors of states. */
#include "commands.h"
#include "named.h"

int cmd_clear(struct cli *cli)
{
	return for_each_name(cli, nflua_clear);
}
