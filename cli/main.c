// SPDX-License-Identifier: GPL-2.0-or-later
/* nfluactl: Lua states in the kernel, from the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nfluactl.h"

static void print_help(void)
{
	const struct command *c;

	printf("usage: nfluactl [options] COMMAND ...\n\n"
	       "Lua states in the kernel, whose functions decide over packets.\n\n"
	       "Commands:\n");
	for (c = commands; c->name; c++)
		printf("  %-8s %-50s\n           %s\n", c->name, c->synopsis,
		       c->summary);
	printf("\nOptions, before the command or after it:\n"
	       "  -j, --json          the result as one JSON document\n"
	       "  -n, --netns NAME    in another network namespace\n"
	       "  -q, --quiet         no headers\n"
	       "  -V, --version       version of this tool\n"
	       "  -h, --help          help, also of a command\n"
	       "\nSee nfluactl(8).\n");
}

static void print_command_help(const struct command *c)
{
	printf("usage: nfluactl %s%s%s\n\n%s\n", c->name, *c->synopsis ? " " : "",
	       c->synopsis, c->summary);
	if (c->options)
		printf("\n%s", c->options);
}

int cmd_help(struct run *run)
{
	const struct command *c = NULL;
	int option;

	while ((option = next_option(run, "", NULL)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		if (c)
			return usage_error(run, "unexpected argument '%s'", optarg);
		c = find_command(optarg);
		if (!c)
			return usage_error(run, "unknown command '%s'", optarg);
	}
	if (run->globals.help)
		c = run->command;
	if (c)
		print_command_help(c);
	else
		print_help();
	return EXIT_DONE;
}

static int version_json(struct run *run, const struct nflua_ctx *ctx)
{
	const char *module = nflua_module_version(ctx);
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "nfluactl", json_object_new_string(NFLUA_VERSION));
	json_object_object_add(o, "libnflua",
			       json_object_new_string(nflua_library_version()));
	json_object_object_add(o, "family", nflua_family_version(ctx) ?
		json_object_new_int(nflua_family_version(ctx)) : NULL);
	json_object_object_add(o, "module",
			       module ? json_object_new_string(module) : NULL);
	return finish_json(run, o);
}

int cmd_version(struct run *run)
{
	int status = no_arguments_left(run);
	const char *module;
	struct nflua_ctx *ctx;

	if (status || run->globals.help)
		return status;
	if (nflua_open(&ctx, run->globals.netns))
		module = "not loaded";
	else
		module = nflua_module_version(ctx);
	if (run->globals.json) {
		version_json(run, ctx);
	} else {
		printf("nfluactl %s\nlibnflua %s\n", NFLUA_VERSION,
		       nflua_library_version());
		if (nflua_family_version(ctx))
			printf("family   %u\n", nflua_family_version(ctx));
		printf("module   %s\n", module ? module : "of unknown version");
	}
	nflua_close(ctx);
	return EXIT_DONE;
}

static int open_module(struct run *run)
{
	int err = nflua_open(&run->ctx, run->globals.netns);

	if (!err)
		return 0;
	fprintf(stderr, "nfluactl: %s\n", nflua_errmsg(run->ctx));
	return EXIT_FAILED;
}

/*
 * The command reads its arguments twice: first without a context, so that what
 * is wrong with them is told whether the module is there or not.
 */
static int run_command(struct run *run)
{
	int status;

	optind = 0;
	if (!run->command->needs_module && run->command->run != cmd_version)
		return run->command->run(run);
	if (run->command->needs_module) {
		status = run->command->run(run);
		if (status)
			return status;
	}
	if (run->globals.help) {
		print_command_help(run->command);
		return EXIT_DONE;
	}
	if (run->command->needs_module) {
		status = open_module(run);
		if (status)
			return status;
	}
	optind = 0;
	status = run->command->run(run);
	if (run->globals.help)
		print_command_help(run->command);
	return status;
}

/* What could not be written is not done. */
static int close_output(int status)
{
	if (ferror(stdout) | fclose(stdout)) {
		fprintf(stderr, "nfluactl: cannot write the output\n");
		return status ? status : EXIT_FAILED;
	}
	return status;
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	int first = read_globals(&run.globals, argc, argv), status;

	if (first < 0)
		return EXIT_USAGE;
	if (run.globals.version) {
		printf("nfluactl %s\n", NFLUA_VERSION);
		return close_output(EXIT_DONE);
	}
	if (first == argc || (run.globals.help && first == argc)) {
		if (run.globals.help)
			print_help();
		else
			fprintf(stderr, "nfluactl: no command (try: nfluactl help)\n");
		return close_output(run.globals.help ? EXIT_DONE : EXIT_USAGE);
	}
	run.command = find_command(argv[first]);
	if (!run.command) {
		fprintf(stderr, "nfluactl: unknown command '%s' (try: nfluactl help)\n",
			argv[first]);
		return EXIT_USAGE;
	}
	run.argc = argc - first;
	run.argv = argv + first;
	status = run_command(&run);
	nflua_close(run.ctx);
	return close_output(status);
}
