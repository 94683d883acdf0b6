// SPDX-License-Identifier: GPL-2.0-or-later
/* eval: runs an expression or a chunk, and prints its values. */
#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "script.h"
#include "signals.h"
#include "values.h"

static int do_eval(struct cli *cli, const char *name, const char *code)
{
	struct nflua_result *result = NULL;
	int err;

	catch_sigint(cli->ctx);
	err = nflua_eval(cli->ctx, name, code, NULL, &result);
	restore_sigint();
	err = report(cli, name, result, err);
	if (cli->globals.json)
		cli->document = json_result(result);
	else if (!err)
		print_values(result);
	nflua_result_free(result);
	return err;
}

int cmd_eval(struct cli *cli)
{
	int status;

	if (cli->count < 2)
		return usage_error(cli, cli->count ? "missing code" :
				   "missing state name");
	status = expect_arguments(cli, 2);
	if (!status)
		status = open_module(cli);
	return status ? status : do_eval(cli, cli->args[0].value, cli->args[1].value);
}
