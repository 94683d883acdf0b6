// SPDX-License-Identifier: GPL-2.0-or-later
/* load: runs scripts in a state. */
#include <errno.h>
#include <stdlib.h>

#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "script.h"
#include "signals.h"
#include "size.h"
#include "text.h"

struct load {
	const char *name;
	unsigned int flags;
	struct nflua_way_back way;
	size_t sources;
};

/* Returns whether an argument is a script; the first one is the name. */
static bool is_source(const struct load *load, const struct arg *arg)
{
	return arg->letter == 'e' || (!arg->letter && arg->value != load->name);
}

/* Reads the argument of --confirm or --max-errors. */
static int read_number(struct cli *cli, struct load *load, const struct arg *arg)
{
	uint32_t n;

	if (parse_u32(arg->value, &n) || !n || (arg->letter == 'C' && n > 86400))
		return usage_error(cli, arg->letter == 'C' ?
				   "'%s' is not a number of seconds from 1 to 86400" :
				   "'%s' is not a number of errors", arg->value);
	if (arg->letter == 'C')
		load->way.confirm_ms = 1000 * n;
	else
		load->way.max_errors = n;
	return 0;
}

static int read_load(struct cli *cli, struct load *load)
{
	const struct arg *arg;
	int status = 0;

	for (arg = cli->args; arg < cli->args + cli->count && !status; arg++) {
		if (arg->letter == 'r')
			load->flags |= NFLUA_LOAD_REPLACE;
		else if (arg->letter == 'c')
			load->flags |= NFLUA_LOAD_CHECK;
		else if (arg->letter == 'f')
			load->flags |= NFLUA_LOAD_FORCE;
		else if (arg->letter == 'k')
			load->way.keep = true;
		else if (arg->letter == 'C' || arg->letter == 'E')
			status = read_number(cli, load, arg);
		else if (!arg->letter && !load->name)
			load->name = arg->value;
		else
			load->sources++;
	}
	if (status)
		return status;
	if (!load->name)
		return usage_error(cli, "missing state name");
	if (!load->sources)
		return usage_error(cli, "missing script (FILE, - or -e CODE)");
	if (load->flags & NFLUA_LOAD_REPLACE && load->flags & NFLUA_LOAD_CHECK)
		return usage_error(cli, "--replace and --check cannot be combined");
	if (load->flags & NFLUA_LOAD_FORCE && !(load->flags & NFLUA_LOAD_REPLACE))
		return usage_error(cli, "--force needs --replace");
	if ((load->way.confirm_ms || load->way.keep) && !(load->flags & NFLUA_LOAD_REPLACE))
		return usage_error(cli, "--confirm and --keep need --replace");
	if (load->way.max_errors && !load->way.confirm_ms)
		return usage_error(cli, "--max-errors needs --confirm");
	return 0;
}

/* Runs one script, and adds its result to the document of -j. Returns an exit status. */
static int load_one(struct cli *cli, const struct load *load,
		    const struct arg *source)
{
	struct nflua_result *result = NULL;
	struct script script = { 0 };
	int err = read_script(cli, source, &script);

	if (!err)
		err = nflua_load(cli->ctx, load->name, load->flags, script.text,
				 script.len, script.chunk_name, &result);
	free(script.owned);
	err = report(cli, load->name, result, err);
	if (cli->document)
		json_object_array_add(cli->document, json_result(result));
	nflua_result_free(result);
	return err;
}

/* Runs all scripts in a fresh environment. Returns an exit status. */
static int replace_by_all(struct cli *cli, const struct load *load)
{
	struct nflua_result *result = NULL;
	struct scripts scripts = { 0 };
	int err = 0;
	bool hint;
	size_t i;

	for (i = 0; i < cli->count && !err; i++)
		if (is_source(load, &cli->args[i]))
			err = add_script(cli, &cli->args[i], &scripts);
	if (!err)
		err = nflua_replace_scripts(cli->ctx, load->name, load->flags & NFLUA_LOAD_FORCE,
					    scripts.list, scripts.count, &load->way, &result);
	free_scripts(&scripts);
	hint = err == -ENXIO;
	err = report(cli, load->name, result, err);
	if (hint)
		complain("nfluactl: --force overrides this");
	if (cli->document)
		json_object_array_add(cli->document, json_result(result));
	nflua_result_free(result);
	return err;
}

/* Runs the scripts one by one. Returns an exit status. */
static int load_all(struct cli *cli, const struct load *load)
{
	size_t i, done = 0;
	int status = 0;

	for (i = 0; i < cli->count && !status; i++) {
		if (!is_source(load, &cli->args[i]))
			continue;
		/* The interrupt came just after a script had ended. */
		if (done++ && is_interrupted())
			return failed_with(cli, load->name, "interrupted");
		status = load_one(cli, load, &cli->args[i]);
	}
	return status;
}

int cmd_load(struct cli *cli)
{
	struct load load = { 0 };
	int status = read_load(cli, &load);

	if (!status)
		status = open_module(cli);
	if (status)
		return status;
	if (cli->globals.json)
		cli->document = json_object_new_array();
	catch_sigint(cli->ctx);
	if (load.flags & NFLUA_LOAD_REPLACE)
		status = replace_by_all(cli, &load);
	else
		status = load_all(cli, &load);
	restore_sigint();
	return status;
}
