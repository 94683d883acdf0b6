// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: options of all commands and of one. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define MAX_OPTIONS 16

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

	for (; o && o->letter && table->count < MAX_OPTIONS; o++) {
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
		       const struct cli_option *options)
{
	memset(table, 0, sizeof(*table));
	strcpy(table->letters, mode);
	add_options(table, global_options);
	add_options(table, options);
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

int usage_error(const struct run *run, const char *fmt, ...)
{
	const char *command = run->command ? run->command->name : NULL;
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

/* What getopt_long() did not take; @c is what it returned. */
static int option_error(const struct run *run, const struct getopt_table *table,
			int c, char **argv)
{
	char letter[] = { '-', optopt, '\0' };
	const char *what = optopt ? letter : argv[optind - 1];

	if (c == ':')
		return usage_error(run, "no argument for option '%s'", what);
	if (optopt && optopt != ':' && strchr(table->letters + 2, optopt))
		return usage_error(run, "option '%s' takes no argument", what);
	return usage_error(run, "unknown option '%s'%s", what,
			   similar_option(what, run->command ?
					  run->command->options : NULL));
}

/* Options before the command's name; @first becomes the index of the name. */
int read_globals(struct run *run, int argc, char **argv, int *first)
{
	struct getopt_table table;
	int c;

	make_table(&table, "+:", NULL);
	opterr = 0;
	while ((c = getopt_long(argc, argv, table.letters, table.options,
				NULL)) != -1)
		if (!take_global(&run->globals, c))
			return option_error(run, &table, c, argv);
	*first = optind;
	return 0;
}

/* The most that a command line may come to: a word may bundle options. */
size_t max_arguments(int argc, char **argv)
{
	size_t n = argc;

	while (argc-- > 0)
		n += strlen(argv[argc]);
	return n;
}

/*
 * A letter is the command's own, should both have it: -n of top. @at: the index
 * of a long option, in which the global ones are first; -1: it was a letter.
 */
static bool is_global(const struct cli_option *own, int letter, int at)
{
	const struct cli_option *o;
	int globals = 0;

	for (o = global_options; o->letter; o++)
		globals++;
	if (at >= 0)
		return at < globals;
	for (o = own; o && o->letter; o++)
		if (o->letter == letter)
			return false;
	return true;
}

/*
 * All that follows the command's name, which is argv[0], into run->args, which
 * has room for max_arguments(). What follows a "--" are arguments.
 */
int read_arguments(struct run *run, int argc, char **argv)
{
	struct getopt_table table;
	int c, at;

	make_table(&table, "-:", run->command->options);
	optind = 0;	/* begin anew */
	while (at = -1, (c = getopt_long(argc, argv, table.letters, table.options,
					 &at)) != -1) {
		if (is_global(run->command->options, c, at) &&
		    take_global(&run->globals, c))
			continue;
		if (c == '?' || c == ':')
			return option_error(run, &table, c, argv);
		run->args[run->count].letter = c == 1 ? 0 : c;
		run->args[run->count++].value = optarg;
	}
	for (; optind < argc; optind++)
		run->args[run->count++].value = argv[optind];
	return 0;
}
