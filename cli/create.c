// SPDX-License-Identifier: GPL-2.0-or-later
/* create: creates a state, with its first script. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "script.h"
#include "signals.h"
#include "size.h"

struct create {
	const char *name;
	const struct arg *source;	/* NULL: none */
	struct nflua_options *options;
};

static int create_option(struct cli *cli, struct create *create,
			 const struct arg *arg)
{
	uint64_t bytes;
	uint32_t usec;

	switch (arg->letter) {
	case 'm':
		if (parse_size(arg->value, &bytes))
			return usage_error(cli, "'%s' is not a size", arg->value);
		nflua_options_set_maxalloc(create->options, bytes);
		return 0;
	case 'b':
		if (parse_u32(arg->value, &usec))
			return usage_error(cli, "'%s' is not a number of microseconds",
					   arg->value);
		nflua_options_set_budget(create->options, usec);
		return 0;
	case 'o':
		if (strcmp(arg->value, "drop") != 0 && strcmp(arg->value, "accept") != 0)
			return usage_error(cli, "'%s' is neither accept nor drop",
					   arg->value);
		nflua_options_set_drop_on_error(create->options,
						strcmp(arg->value, "drop") == 0);
		return 0;
	case 'f':
		nflua_options_set_force(create->options, true);
		return 0;
	}
	if (create->source)
		return unexpected_argument(cli, arg);
	if (create->name)
		create->source = arg;
	else
		create->name = arg->value;
	return 0;
}

static int read_create(struct cli *cli, struct create *create)
{
	int status = 0;
	size_t i;

	for (i = 0; i < cli->count && !status; i++)
		status = create_option(cli, create, &cli->args[i]);
	if (!status && !create->name)
		status = usage_error(cli, "missing state name");
	return status;
}

static int do_create(struct cli *cli, const struct create *create)
{
	struct nflua_result *result = NULL;
	struct script script = { 0 };
	int err = 0;

	catch_sigint(cli->ctx);
	if (create->source)
		err = read_script(cli, create->source, &script);
	if (!err)
		err = nflua_create(cli->ctx, create->name, create->options,
				   script.text, script.len, script.chunk_name,
				   &result);
	restore_sigint();
	free(script.owned);
	err = report(cli, create->name, result, err);
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
