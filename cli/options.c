// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: options of all commands and of one. */
#include "options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "similar.h"
#include "text.h"

#define MAX_OPTIONS 32

/* What getopt_long() wants: the options of a command with the global ones. */
struct getopt_table {
	char letters[2 + 2 * MAX_OPTIONS + 1];
	struct option options[MAX_OPTIONS + 1];
	size_t count;
};

static void add_options(struct getopt_table *table, const struct cli_option *o)
{
	char *letter = table->letters + strlen(table->letters);
	struct option *option;

	for (; o && o->letter; o++) {
		assert(table->count < MAX_OPTIONS);
		option = &table->options[table->count++];
		option->name = o->name;
		option->has_arg = o->argument ? required_argument : no_argument;
		option->val = o->letter;
		*letter++ = o->letter;
		if (o->argument)
			*letter++ = ':';
	}
}

/* @mode: "+:" to stop at the first argument, "-:" to take them in order */
static void make_table(struct getopt_table *table, const char *mode,
		       const struct cli_option *globals,
		       const struct cli_option *own)
{
	memset(table, 0, sizeof(*table));
	strcpy(table->letters, mode);
	add_options(table, globals);
	add_options(table, own);
}

static bool take_global(struct globals *globals, int letter)
{
	switch (letter) {
	case 'j':
		globals->json = true;
		return true;
	case 'n':
		globals->netns = optarg;
		return true;
	case 'q':
		globals->quiet = true;
		return true;
	case 'V':
		globals->version = true;
		return true;
	case 'h':
		globals->help = true;
		return true;
	}
	return false;
}

/* Says what is wrong with the command line. Returns EXIT_USAGE. */
int usage_error(const struct cli *cli, const char *fmt, ...)
{
	const char *command = cli->command ? cli->command->name : NULL;
	va_list ap;
	char *what;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&what, fmt, ap);
	va_end(ap);
	complain("nfluactl: %s%s%s (try: nfluactl help%s%s)",
		 command ? command : "", command ? ": " : "",
		 len < 0 ? strerror(ENOMEM) : what, command ? " " : "",
		 command ? command : "");
	if (len >= 0)
		free(what);
	return EXIT_USAGE;
}

int unexpected_argument(const struct cli *cli, const struct arg *arg)
{
	return usage_error(cli, "unexpected argument '%s'", arg->value);
}

/* Checks that a command without options got at most @max arguments. */
int expect_arguments(const struct cli *cli, size_t max)
{
	return cli->count > max ? unexpected_argument(cli, &cli->args[max]) : 0;
}

/* Reports what getopt_long() refused. @c: what it returned */
static int option_error(const struct cli *cli, const struct getopt_table *table,
			int c, char **argv)
{
	char letter[] = { '-', optopt, '\0' };
	const char *what = optopt ? letter : argv[optind - 1];

	if (c == ':')
		return usage_error(cli, "option '%s' needs an argument", what);
	if (optopt && optopt != ':' && strchr(table->letters + 2, optopt))
		return usage_error(cli, "option '%s' takes no argument", what);
	return usage_error(cli, "unknown option '%s'%s", what,
			   similar_option(what, cli->command ?
					  cli->command->options : NULL,
					  cli->options));
}

/* Reads the options before the command's name, whose index @first becomes. */
int read_globals(struct cli *cli, int argc, char **argv, int *first)
{
	struct getopt_table table;
	int c;

	make_table(&table, "+:", cli->options, NULL);
	opterr = 0;
	while ((c = getopt_long(argc, argv, table.letters, table.options,
				NULL)) != -1)
		if (!take_global(&cli->globals, c))
			return option_error(cli, &table, c, argv);
	*first = optind;
	return 0;
}

/* Finds a command by its name. */
int read_command(const struct cli *cli, const char *name, const struct command **out)
{
	const struct command *c;

	for (c = cli->commands; c->name; c++) {
		if (strcmp(c->name, name) == 0) {
			*out = c;
			return 0;
		}
	}
	return usage_error(cli, "unknown command '%s'%s", name,
			   similar_command(name, cli->commands));
}

/* Returns how many arguments there can be at most, as a word may bundle options. */
size_t max_arguments(int argc, char **argv)
{
	size_t n = argc;

	while (argc-- > 0)
		n += strlen(argv[argc]);
	return n;
}

/*
 * Returns whether an option is a global one. If the command has the same letter, such as
 * -n of top, it is the command's. @at: index of a long option, of which the global ones
 * come first; -1: it was a letter
 */
static bool is_global(const struct cli *cli, int letter, int at)
{
	const struct cli_option *o;
	int globals = 0;

	for (o = cli->options; o->letter; o++)
		globals++;
	if (at >= 0)
		return at < globals;
	for (o = cli->command->options; o && o->letter; o++)
		if (o->letter == letter)
			return false;
	return true;
}

/*
 * Reads what follows the command's name, argv[0], into cli->args, which has room for
 * max_arguments(). Everything after "--" is an argument.
 */
int read_arguments(struct cli *cli, int argc, char **argv)
{
	struct getopt_table table;
	int c, at;

	make_table(&table, "-:", cli->options, cli->command->options);
	optind = 0;	/* begin again */
	while (at = -1, (c = getopt_long(argc, argv, table.letters, table.options,
					 &at)) != -1) {
		if (is_global(cli, c, at) &&
		    take_global(&cli->globals, c))
			continue;
		if (c == '?' || c == ':')
			return option_error(cli, &table, c, argv);
		cli->args[cli->count].letter = c == 1 ? 0 : c;
		cli->args[cli->count++].value = optarg;
	}
	for (; optind < argc; optind++)
		cli->args[cli->count++].value = argv[optind];
	return 0;
}
