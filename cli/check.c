// SPDX-License-Identifier: GPL-2.0-or-later
/* check: compiles scripts in the kernel, without any state. */
#include <stdlib.h>

#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "script.h"
#include "signals.h"

/* Name of the state that the module makes for it, and nobody sees. */
#define NAME "check"

static int check_one(struct cli *cli, const struct arg *arg)
{
	struct nflua_result *result = NULL;
	struct script script = { 0 };
	struct nflua_script one;
	int err = read_script(cli, arg, &script);

	one = (struct nflua_script){ script.text, script.len, script.chunk_name };
	if (!err)
		err = nflua_try_scripts(cli->ctx, NAME, NULL, NFLUA_LOAD_CHECK, &one, 1, NULL,
					&result);
	free(script.owned);
	if (!err && cli->document)
		json_object_array_add(cli->document, json_string(arg->value));
	err = report(cli, NULL, result, err);
	nflua_result_free(result);
	return err;
}

int cmd_check(struct cli *cli)
{
	int status = cli->count ? 0 : usage_error(cli, "missing script (FILE, - or -e CODE)");
	size_t i;

	if (!status)
		status = open_module(cli);
	if (status)
		return status;
	if (cli->globals.json)
		cli->document = json_object_new_array();
	catch_sigint(cli->ctx);
	for (i = 0; i < cli->count && !is_interrupted(); i++)
		if (check_one(cli, &cli->args[i]))
			status = EXIT_FAILED;
	restore_sigint();
	return status;
}
