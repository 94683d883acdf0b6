// SPDX-License-Identifier: GPL-2.0-or-later
/* clear: forgets the last errors of states. */
#include "commands.h"
#include "options.h"
#include "output.h"

int cmd_clear(struct cli *cli)
{
	int status;
	size_t i;

	if (!cli->count)
		return usage_error(cli, "missing state name");
	status = open_module(cli);
	if (status)
		return status;
	if (cli->globals.json)
		cli->document = json_object_new_array();
	for (i = 0; i < cli->count; i++) {
		if (nflua_clear(cli->ctx, cli->args[i].value))
			status = failed(cli, cli->args[i].value, NULL);
		else if (cli->document)
			json_object_array_add(cli->document,
					      json_object_new_string(cli->args[i].value));
	}
	return status;
}
