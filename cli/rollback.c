// SPDX-License-Identifier: GPL-2.0-or-later
/* rollback: takes the last replaces of states back. */
#include "commands.h"
#include "named.h"

int cmd_rollback(struct cli *cli)
{
	return for_each_name(cli, nflua_rollback);
}
