// SPDX-License-Identifier: GPL-2.0-or-later
/* set: changes the limits of a live state, and what else it has. */
#include "commands.h"
#include "options.h"
#include "output.h"
#include "settings.h"

static int read_set(struct cli *cli, struct nflua_options *options, const char **name)
{
	struct settings settings = { 0 };
	const struct arg *arg;
	const char **setting;
	struct refusal why;
	bool any = false;

	for (arg = cli->args; arg < cli->args + cli->count; arg++) {
		setting = find_setting(&settings, arg->letter);
		if (setting) {
			*setting = arg->value;
			any = true;
		} else if (*name) {
			return unexpected_argument(cli, arg);
		} else {
			*name = arg->value;
		}
	}
	if (!*name)
		return usage_error(cli, "missing state name");
	if (!any)
		return usage_error(cli, "nothing to set (-m, -b, -o or -w)");
	if (read_settings(&settings, options, &why))
		return usage_error(cli, "%s", why.text);
	return 0;
}

int cmd_set(struct cli *cli)
{
	struct nflua_options *options = nflua_options_new();
	const char *name = NULL;
	int status = read_set(cli, options, &name);

	if (!status)
		status = open_module(cli);
	if (!status && nflua_set(cli->ctx, name, options))
		status = failed(cli, name, NULL);
	nflua_options_free(options);
	if (!status && cli->globals.json)
		cli->document = json_object_new_object();
	return status;
}
