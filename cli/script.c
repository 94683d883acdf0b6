// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that run scripts: create, load, eval. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfluactl.h"

/* The signal handler's; set once, before a script runs. */
static struct nflua_ctx *running;

static void on_sigint(int sig)
{
	(void)sig;
	nflua_interrupt(running);
}

/* From here on Ctrl-C breaks off what @ctx has running. */
void interrupt_on_sigint(struct nflua_ctx *ctx)
{
	struct sigaction action = { .sa_handler = on_sigint };

	running = ctx;
	sigaction(SIGINT, &action, NULL);
}

/* A script, from wherever the command line says. */
struct source {
	const char *path;	/* NULL: see code */
	const char *code;
};

static int read_source(struct run *run, const struct source *source,
		       char **script, size_t *len, char *chunk_name, size_t size)
{
	if (source->code) {
		snprintf(chunk_name, size, "=(command line)");
		*len = strlen(source->code);
		*script = strdup(source->code);
		return *script ? 0 : -1;
	}
	if (strcmp(source->path, "-") == 0) {
		snprintf(chunk_name, size, "=stdin");
		return nflua_read_script(run->ctx, NULL, STDIN_FILENO, script, len);
	}
	snprintf(chunk_name, size, "@%s", source->path);
	return nflua_read_script(run->ctx, source->path, -1, script, len);
}

struct create {
	const char *name;
	struct source source;
	bool has_script;
	struct nflua_options *options;
};

static int create_option(struct run *run, struct create *create, int c)
{
	uint64_t bytes;
	uint32_t usec;

	switch (c) {
	case 'm':
		if (parse_size(optarg, &bytes))
			return usage_error(run, "'%s' is no size", optarg);
		nflua_options_set_maxalloc(create->options, bytes);
		return 0;
	case 'b':
		if (parse_u32(optarg, &usec))
			return usage_error(run, "'%s' is no number of microseconds",
					   optarg);
		nflua_options_set_budget(create->options, usec);
		return 0;
	case 1:
		if (!create->name) {
			create->name = optarg;
			return 0;
		}
		if (create->has_script)
			return usage_error(run, "unexpected argument '%s'", optarg);
		create->source.path = optarg;
		create->has_script = true;
		return 0;
	}
	return EXIT_USAGE;
}

static int do_create(struct run *run, const struct create *create)
{
	struct nflua_result *result = NULL;
	char *script = NULL, chunk_name[256];
	size_t len = 0;
	int err = 0;

	if (create->has_script)
		err = read_source(run, &create->source, &script, &len,
				  chunk_name, sizeof(chunk_name));
	interrupt_on_sigint(run->ctx);
	if (!err)
		err = nflua_create(run->ctx, create->name, create->options,
				   script, len, chunk_name, &result);
	free(script);
	if (err) {
		err = failed(run, create->name, result);
	} else if (run->globals.json) {
		err = finish_json(run, json_result(result));
	} else {
		print_output(run, result);
	}
	nflua_result_free(result);
	return err;
}

int cmd_create(struct run *run)
{
	static const struct option options[] = {
		{ "memory", required_argument, NULL, 'm' },
		{ "budget", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	struct create create = { .options = nflua_options_new() };
	int c, status = 0;

	while (!status && (c = next_option(run, "m:b:", options)) != -1)
		status = create_option(run, &create, c);
	if (!status && !run->globals.help) {
		if (!create.name)
			status = usage_error(run, "no name of a state");
		else if (run->ctx)
			status = do_create(run, &create);
	}
	nflua_options_free(create.options);
	return status;
}

struct load {
	const char *name;
	struct source *sources;
	size_t count;
	bool replace;
	bool check;
};

static int load_option(struct run *run, struct load *load, int c)
{
	switch (c) {
	case 'r':
		load->replace = true;
		return 0;
	case 'c':
		load->check = true;
		return 0;
	case 'e':
		load->sources[load->count++].code = optarg;
		return 0;
	case 1:
		if (load->name)
			load->sources[load->count++].path = optarg;
		else
			load->name = optarg;
		return 0;
	}
	(void)run;
	return EXIT_USAGE;
}

static int check_load(struct run *run, const struct load *load)
{
	if (!load->name)
		return usage_error(run, "no name of a state");
	if (load->count == 0)
		return usage_error(run, "no script: a file, '-' or -e CODE");
	if (load->replace && load->check)
		return usage_error(run, "--replace and --check exclude each other");
	if (load->replace && load->count > 1)
		return usage_error(run, "--replace takes one script");
	return 0;
}

/* Runs one script; with JSON its result goes into @list. */
static int load_one(struct run *run, const struct load *load, size_t i,
		    struct json_object *list)
{
	unsigned int flags = load->replace ? NFLUA_LOAD_REPLACE :
			     load->check ? NFLUA_LOAD_CHECK : 0;
	struct nflua_result *result = NULL;
	char *script = NULL, chunk_name[256];
	size_t len;
	int err;

	err = read_source(run, &load->sources[i], &script, &len, chunk_name,
			  sizeof(chunk_name));
	if (!err)
		err = nflua_load(run->ctx, load->name, flags, script, len,
				 chunk_name, &result);
	free(script);
	if (err)
		err = failed(run, load->name, result);
	else if (list)
		json_object_array_add(list, json_result(result));
	else
		print_output(run, result);
	nflua_result_free(result);
	return err;
}

static int do_load(struct run *run, const struct load *load)
{
	struct json_object *list = NULL;
	int status = 0;
	size_t i;

	if (run->globals.json)
		list = json_object_new_array();
	interrupt_on_sigint(run->ctx);
	for (i = 0; i < load->count && !status; i++)
		status = load_one(run, load, i, list);
	if (!list)
		return status;
	if (!status)
		return finish_json(run, list);
	json_object_put(list);	/* the failure is the document */
	return status;
}

int cmd_load(struct run *run)
{
	static const struct option options[] = {
		{ "execute", required_argument, NULL, 'e' },
		{ "replace", no_argument, NULL, 'r' },
		{ "check", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct load load = { 0 };
	int c, status = 0;

	load.sources = calloc(run->argc + 1, sizeof(*load.sources));
	if (!load.sources)
		return EXIT_FAILED;
	while (!status && (c = next_option(run, "e:rc", options)) != -1)
		status = load_option(run, &load, c);
	if (!status && !run->globals.help)
		status = check_load(run, &load);
	if (!status && !run->globals.help && run->ctx)
		status = do_load(run, &load);
	free(load.sources);
	return status;
}

static void print_values(const struct nflua_result *result)
{
	const char *text;
	size_t i, len;

	for (i = 0; i < nflua_result_count(result); i++) {
		switch (nflua_result_type(result, i)) {
		case NFLUA_TYPE_NIL:
			puts("nil");
			break;
		case NFLUA_TYPE_BOOLEAN:
			puts(nflua_result_boolean(result, i) ? "true" : "false");
			break;
		case NFLUA_TYPE_INTEGER:
			printf("%lld\n",
			       (long long)nflua_result_integer(result, i));
			break;
		default:
			text = nflua_result_string(result, i, &len);
			fwrite(text, 1, len, stdout);
			putchar('\n');
		}
	}
	if (nflua_result_truncated(result) & NFLUA_CUT_VALUES)
		puts("...");
}

static int do_eval(struct run *run, const char *name, const char *code)
{
	struct nflua_result *result = NULL;
	int status;

	interrupt_on_sigint(run->ctx);
	if (nflua_eval(run->ctx, name, code, NULL, &result)) {
		status = failed(run, name, result);
	} else if (run->globals.json) {
		status = finish_json(run, json_result(result));
	} else {
		print_output(run, result);
		print_values(result);
		status = EXIT_DONE;
	}
	nflua_result_free(result);
	return status;
}

int cmd_eval(struct run *run)
{
	const char *arguments[2] = { NULL };
	size_t n = 0;
	int c;

	while ((c = next_option(run, "", NULL)) != -1) {
		if (c == '?')
			return EXIT_USAGE;
		if (n == 2)
			return usage_error(run, "unexpected argument '%s'", optarg);
		arguments[n++] = optarg;
	}
	if (run->globals.help)
		return EXIT_DONE;
	if (n < 2)
		return usage_error(run, n ? "no code" : "no name of a state");
	return run->ctx ? do_eval(run, arguments[0], arguments[1]) : EXIT_DONE;
}
