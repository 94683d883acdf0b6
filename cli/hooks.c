// SPDX-License-Identifier: GPL-2.0-or-later
/* hooks: shows the functions that are attached to hooks. */
#include "commands.h"
#include "hook.h"
#include "options.h"
#include "output.h"

int cmd_hooks(struct cli *cli)
{
	const struct nflua_attachment *hook;
	struct nflua_hooks *hooks;
	const char *name = cli->count ? cli->args[0].value : NULL;
	int status = expect_arguments(cli, 1);
	size_t i;

	if (!status)
		status = open_module(cli);
	if (status)
		return status;
	if (nflua_hooks(cli->ctx, name, &hooks))
		return failed(cli, name, NULL);
	if (cli->globals.json)
		cli->document = json_object_new_array();
	else if (!cli->globals.quiet)
		print_hook_header();
	for (i = 0; (hook = nflua_hooks_get(hooks, i)); i++) {
		if (cli->document)
			json_object_array_add(cli->document, json_hook(hook));
		else
			print_hook(hook);
	}
	nflua_hooks_free(hooks);
	return EXIT_DONE;
}
