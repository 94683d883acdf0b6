// SPDX-License-Identifier: GPL-2.0-or-later
/* detach: removes hooks of a state. */
#include "commands.h"
#include "options.h"
#include "output.h"
#include "size.h"

int cmd_detach(struct cli *cli)
{
	const char *name, *what;
	uint32_t id;
	int err, status = expect_arguments(cli, 2);

	if (status)
		return status;
	if (cli->count < 1)
		return usage_error(cli, "missing state name");
	if (cli->count < 2)
		return usage_error(cli, "missing function or number of a hook");
	status = open_module(cli);
	if (status)
		return status;
	name = cli->args[0].value;
	what = cli->args[1].value;
	/* No function that a rule or hook can name begins with a digit. */
	err = parse_u32(what, &id) ? nflua_detach(cli->ctx, name, what) :
				     nflua_detach_id(cli->ctx, name, id);
	if (err)
		return failed(cli, name, NULL);
	if (cli->globals.json)
		cli->document = json_object_new_object();
	return EXIT_DONE;
}
