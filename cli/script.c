// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that run scripts: create, load, eval. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* A script, from wherever the command line says. */
struct script {
	const char *text;
	size_t len;
	char *owned;		/* what is to be freed: the text, or nothing */
	char chunk_name[256];
};

static int read_script(struct run *run, const struct arg *arg,
		       struct script *script)
{
	bool is_stdin = strcmp(arg->value, "-") == 0;
	int err;

	script->owned = NULL;
	if (arg->letter == 'e') {
		strcpy(script->chunk_name, "=(command line)");
		script->text = arg->value;
		script->len = strlen(arg->value);
		return 0;
	}
	if (is_stdin)
		strcpy(script->chunk_name, "=stdin");
	else
		snprintf(script->chunk_name, sizeof(script->chunk_name), "@%s",
			 arg->value);
	err = nflua_read_script(run->ctx, is_stdin ? NULL : arg->value,
				STDIN_FILENO, &script->owned, &script->len);
	script->text = script->owned;
	return err;
}

/* What a script did, in the way that was asked for. */
static int report(struct run *run, const char *name,
		  const struct nflua_result *result, int err)
{
	int status = EXIT_DONE;

	print_output(run, result);
	if (err)
		status = failed(run, name, result);
	if (err == -ENXIO)
		complain("nfluactl: --force does it all the same");
	return status;
}

struct create {
	const char *name;
	const struct arg *source;	/* NULL: none */
	struct nflua_options *options;
};

static int create_option(struct run *run, struct create *create,
			 const struct arg *arg)
{
	uint64_t bytes;
	uint32_t usec;

	switch (arg->letter) {
	case 'm':
		if (parse_size(arg->value, &bytes))
			return usage_error(run, "'%s' is no size", arg->value);
		nflua_options_set_maxalloc(create->options, bytes);
		return 0;
	case 'b':
		if (parse_u32(arg->value, &usec))
			return usage_error(run, "'%s' is no number of microseconds",
					   arg->value);
		nflua_options_set_budget(create->options, usec);
		return 0;
	case 'o':
		if (strcmp(arg->value, "drop") != 0 && strcmp(arg->value, "accept") != 0)
			return usage_error(run, "'%s' is neither accept nor drop",
					   arg->value);
		nflua_options_set_drop_on_error(create->options,
						strcmp(arg->value, "drop") == 0);
		return 0;
	case 'f':
		nflua_options_set_force(create->options, true);
		return 0;
	}
	if (create->source)
		return usage_error(run, "unexpected argument '%s'", arg->value);
	if (create->name)
		create->source = arg;
	else
		create->name = arg->value;
	return 0;
}

static int read_create(struct run *run, struct create *create)
{
	int status = 0;
	size_t i;

	for (i = 0; i < run->count && !status; i++)
		status = create_option(run, create, &run->args[i]);
	if (!status && !create->name)
		status = usage_error(run, "no name of a state");
	return status;
}

static int do_create(struct run *run, const struct create *create)
{
	struct nflua_result *result = NULL;
	struct script script = { 0 };
	int err = 0;

	catch_sigint(run->ctx);
	if (create->source)
		err = read_script(run, create->source, &script);
	if (!err)
		err = nflua_create(run->ctx, create->name, create->options,
				   script.text, script.len, script.chunk_name,
				   &result);
	restore_sigint();
	free(script.owned);
	err = report(run, create->name, result, err);
	if (run->globals.json)
		run->document = json_result(result);
	nflua_result_free(result);
	return err;
}

int cmd_create(struct run *run)
{
	struct create create = { .options = nflua_options_new() };
	int status = read_create(run, &create);

	if (!status)
		status = open_module(run);
	if (!status)
		status = do_create(run, &create);
	nflua_options_free(create.options);
	return status;
}

struct load {
	const char *name;
	unsigned int flags;
	size_t sources;
};

/* The first argument is the name; the others are scripts. */
static bool is_source(const struct load *load, const struct arg *arg)
{
	return arg->letter == 'e' || (!arg->letter && arg->value != load->name);
}

static int read_load(struct run *run, struct load *load)
{
	const struct arg *arg;

	for (arg = run->args; arg < run->args + run->count; arg++) {
		if (arg->letter == 'r')
			load->flags |= NFLUA_LOAD_REPLACE;
		else if (arg->letter == 'c')
			load->flags |= NFLUA_LOAD_CHECK;
		else if (arg->letter == 'f')
			load->flags |= NFLUA_LOAD_FORCE;
		else if (!arg->letter && !load->name)
			load->name = arg->value;
		else
			load->sources++;
	}
	if (!load->name)
		return usage_error(run, "no name of a state");
	if (!load->sources)
		return usage_error(run, "no script: a file, '-' or -e CODE");
	if (load->flags & NFLUA_LOAD_REPLACE && load->flags & NFLUA_LOAD_CHECK)
		return usage_error(run, "--replace and --check exclude each other");
	if (load->flags & NFLUA_LOAD_FORCE && !(load->flags & NFLUA_LOAD_REPLACE))
		return usage_error(run, "--force goes with --replace");
	if (load->flags & NFLUA_LOAD_REPLACE && load->sources > 1)
		return usage_error(run, "--replace takes one script");
	return 0;
}

/* Runs one script; with JSON its result goes into the document. */
static int load_one(struct run *run, const struct load *load,
		    const struct arg *source)
{
	struct nflua_result *result = NULL;
	struct script script = { 0 };
	int err = read_script(run, source, &script);

	if (!err)
		err = nflua_load(run->ctx, load->name, load->flags, script.text,
				 script.len, script.chunk_name, &result);
	free(script.owned);
	err = report(run, load->name, result, err);
	if (run->document)
		json_object_array_add(run->document, json_result(result));
	nflua_result_free(result);
	return err;
}

static int load_all(struct run *run, const struct load *load)
{
	size_t i, done = 0;
	int status = 0;

	for (i = 0; i < run->count && !status; i++) {
		if (!is_source(load, &run->args[i]))
			continue;
		/* One that had just ended goes on to no other. */
		if (done++ && is_interrupted())
			return failed_with(run, load->name, "interrupted");
		status = load_one(run, load, &run->args[i]);
	}
	return status;
}

int cmd_load(struct run *run)
{
	struct load load = { 0 };
	int status = read_load(run, &load);

	if (!status)
		status = open_module(run);
	if (status)
		return status;
	if (run->globals.json)
		run->document = json_object_new_array();
	catch_sigint(run->ctx);
	status = load_all(run, &load);
	restore_sigint();
	return status;
}

static int do_eval(struct run *run, const char *name, const char *code)
{
	struct nflua_result *result = NULL;
	int err;

	catch_sigint(run->ctx);
	err = nflua_eval(run->ctx, name, code, NULL, &result);
	restore_sigint();
	err = report(run, name, result, err);
	if (run->globals.json)
		run->document = json_result(result);
	else if (!err)
		print_values(result);
	nflua_result_free(result);
	return err;
}

int cmd_eval(struct run *run)
{
	int status;

	if (run->count < 2)
		return usage_error(run, run->count ? "no code" :
					"no name of a state");
	if (run->count > 2)
		return usage_error(run, "unexpected argument '%s'",
				   run->args[2].value);
	status = open_module(run);
	if (status)
		return status;
	return do_eval(run, run->args[0].value, run->args[1].value);
}
