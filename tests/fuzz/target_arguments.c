// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines of nfluactl: words with a NUL between them. */
#include <getopt.h>

#include "commands.h"
#include "options.h"
#include "size.h"
#include "target.h"

#define MAX_WORDS 64

/* The table of commands names them; nothing is run here. */
#define COMMAND(name)			\
	int cmd_##name(struct cli *cli)	\
	{				\
		(void)cli;		\
		return 0;		\
	}

COMMAND(confirm)
COMMAND(create)
COMMAND(load)
COMMAND(list)
COMMAND(apply)
COMMAND(attach)
COMMAND(check)
COMMAND(clear)
COMMAND(detach)
COMMAND(hooks)
COMMAND(destroy)
COMMAND(eval)
COMMAND(send)
COMMAND(set)
COMMAND(listen)
COMMAND(monitor)
COMMAND(repl)
COMMAND(rollback)
COMMAND(run)
COMMAND(top)
COMMAND(version)
COMMAND(help)

static int split(char *text, size_t size, char **argv)
{
	char *end = text + size;
	int argc = 0;

	argv[argc++] = "nfluactl";
	while (text < end && argc < MAX_WORDS) {
		argv[argc++] = text;
		text += strlen(text) + 1;
	}
	argv[argc] = NULL;
	return argc;
}

/* As main.c does. */
static int read_line(struct cli *cli, int argc, char **argv)
{
	int first = 0, status;

	optind = 0;	/* begin anew */
	status = read_globals(cli, argc, argv, &first);
	if (status || first >= argc)
		return status;
	status = read_command(cli, argv[first], &cli->command);
	return status ? status : read_arguments(cli, argc - first, argv + first);
}

static bool is_option(const struct command *command, const struct arg *arg)
{
	const struct cli_option *o = command->options;

	while (o && o->letter && o->letter != arg->letter)
		o++;
	return o && o->letter && !o->argument == !arg->value;
}

static void look_at(const struct cli *cli)
{
	uint64_t bytes;
	uint32_t number;
	size_t i;

	for (i = 0; i < cli->count; i++) {
		const struct arg *arg = &cli->args[i];

		MUST(arg->letter ? is_option(cli->command, arg) : !!arg->value);
		if (arg->letter == 'm')
			(void)parse_size(arg->value, &bytes);
		if (arg->letter && strchr("bct", arg->letter) && arg->value)
			(void)parse_u32(arg->value, &number);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[MAX_WORDS + 1];
	struct cli cli = {
		.commands = commands,
		.options = global_options,
	};
	FILE *saved = stderr;
	int argc, status;

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	argc = split(text, size, argv);
	cli.args = calloc(max_arguments(argc, argv), sizeof(*cli.args));
	stderr = fopen("/dev/null", "w");
	MUST(cli.args && stderr);
	status = read_line(&cli, argc, argv);
	fclose(stderr);
	stderr = saved;
	MUST(status == 0 || status == EXIT_USAGE);
	MUST(cli.count <= max_arguments(argc, argv));
	if (status == 0)
		look_at(&cli);
	free(cli.args);
	free(text);
	return 0;
}
