// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that do something with each state that they name. */
#include "named.h"

#include "options.h"
#include "output.h"

/*
 * Does something with each state that was named, perhaps by --force, and adds those with which it worked to the
 * document of -j. Returns the exit status.
 */
int for_each_name(struct cli *cli,
		  int (*act)(struct nflua_ctx *ctx, const char *name, bool force))
{
	bool force = false;
	size_t i, names = 0;
	int status;

	for (i = 0; i < cli->count; i++) {
		force |= cli->args[i].letter == 'f';
		names += !cli->args[i].letter;
	}
	if (!names)
		return usage_error(cli, "missing state name");
	status = open_module(cli);
	if (status)
		return status;
	if (cli->globals.json)
		cli->document = json_object_new_array();
	for (i = 0; i < cli->count; i++) {
		if (cli->args[i].letter)
			continue;
		if (act(cli->ctx, cli->args[i].value, force))
			status = failed(cli, cli->args[i].value, NULL);
		else if (cli->document)
			json_object_array_add(cli->document,
					      json_object_new_string(cli->args[i].value));
	}
	return status;
}
