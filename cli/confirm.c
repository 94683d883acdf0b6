// SPDX-License-Identifier: GPL-2.0-or-later
/* confirm: confirms changes of states that wait for it. */
#include "commands.h"
#include "named.h"

int cmd_confirm(struct cli *cli)
{
	return for_each_name(cli, nflua_confirm);
}
