// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: options of all commands and of one. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "nfluactl.h"

static const struct option global_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "netns", required_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
};

#define N_GLOBAL (sizeof(global_options) / sizeof(global_options[0]))
#define MAX_OPTIONS 16

static bool take_global(struct globals *globals, int c)
{
	switch (c) {
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

/* Those before the command's name; the index of the name, or -1. */
int read_globals(struct globals *globals, int argc, char **argv)
{
	struct option all[N_GLOBAL + 1] = { { 0 } };
	int c;

	memcpy(all, global_options, sizeof(global_options));
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:" GLOBAL_OPTIONS, all, NULL)) != -1) {
		if (take_global(globals, c))
			continue;
		fprintf(stderr, "nfluactl: %s option '%s' (try: nfluactl help)\n",
			c == ':' ? "no argument for" : "unknown",
			argv[optind - 1]);
		return -1;
	}
	return optind;
}

int usage_error(const struct run *run, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "nfluactl: %s: ", run->command->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (try: nfluactl help %s)\n", run->command->name);
	return EXIT_USAGE;
}

/**
 * next_option - the command's next option, or argument
 * @options: short ones, as for getopt(3)
 * @long_options: long ones, with a final empty one; NULL: none
 *
 * Returns the option's letter; 1 for an argument, which is in optarg; -1 at
 * the end; or '?' for a wrong one, after saying so. Options of all commands
 * are taken on the way.
 */
int next_option(struct run *run, const char *options,
		const struct option *long_options)
{
	struct option all[MAX_OPTIONS + 1] = { { 0 } };
	char letters[64];
	size_t n = N_GLOBAL;
	int c;

	memcpy(all, global_options, sizeof(global_options));
	for (; long_options && long_options->name && n < MAX_OPTIONS; n++)
		all[n] = *long_options++;
	snprintf(letters, sizeof(letters), "-:" GLOBAL_OPTIONS "%s", options);
	do {
		c = getopt_long(run->argc, run->argv, letters, all, NULL);
	} while (take_global(&run->globals, c));
	if (c == ':')
		usage_error(run, "no argument for option '%s'",
			    run->argv[optind - 1]);
	else if (c == '?')
		usage_error(run, "unknown option '%s'", run->argv[optind - 1]);
	return c == ':' ? '?' : c;
}

/* For commands without arguments: 0, or a status after saying what is wrong. */
int no_arguments_left(struct run *run)
{
	int c;

	while ((c = next_option(run, "", NULL)) != -1) {
		if (c == '?')
			return EXIT_USAGE;
		return usage_error(run, "unexpected argument '%s'", optarg);
	}
	return 0;
}
