// SPDX-License-Identifier: GPL-2.0-or-later
/* create: creates a state, with its first scripts. */
#include <errno.h>

#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "script.h"
#include "settings.h"
#include "signals.h"
#include "text.h"

struct create {
	const char *name;
	struct nflua_options *options;
};

static int read_create(struct cli *cli, struct create *create)
{
	struct settings settings = { 0 };
	const char **setting;
	struct refusal why;
	const struct arg *arg;

	for (arg = cli->args; arg < cli->args + cli->count; arg++) {
		setting = find_setting(&settings, arg->letter);
		if (setting)
			*setting = arg->value;
		else if (arg->letter == 'f')
			nflua_options_set_force(create->options, true);
		else if (!create->name)
			create->name = arg->value;
	}
	if (!create->name)
		return usage_error(cli, "missing state name");
	if (read_settings(&settings, create->options, &why))
		return usage_error(cli, "%s", why.text);
	return 0;
}

static int read_scripts(struct cli *cli, const struct create *create, struct scripts *scripts)
{
	const struct arg *arg;
	int err = 0;

	for (arg = cli->args; arg < cli->args + cli->count && !err; arg++)
		if (!arg->letter && arg->value != create->name)
			err = add_script(cli, arg, scripts);
	return err;
}

static int do_create(struct cli *cli, const struct create *create)
{
	struct nflua_result *result = NULL;
	struct scripts scripts = { 0 };
	bool hint;
	int err;

	catch_sigint(cli->ctx);
	err = read_scripts(cli, create, &scripts);
	if (!err)
		err = nflua_create_scripts(cli->ctx, create->name, create->options,
					   scripts.list, scripts.count, &result);
	restore_sigint();
	free_scripts(&scripts);
	hint = err == -ENXIO;
	err = report(cli, create->name, result, err);
	if (hint)
		complain("nfluactl: --force overrides this");
	if (cli->globals.json)
		cli->document = json_result(result);
	nflua_result_free(result);
	return err;
}

int cmd_create(struct cli *cli)
{
	struct create create = { .options = nflua_options_new() };
	int status = read_create(cli, &create);

	if (!status)
		status = open_module(cli);
	if (!status)
		status = do_create(cli, &create);
	nflua_options_free(create.options);
	return status;
}
