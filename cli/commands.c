// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands: arguments, help and tests come from it. */
#include <string.h>

#include "nfluactl.h"

const struct command commands[] = {
	{
		"create", "NAME [-m SIZE] [-b USEC] [FILE]",
		"create a state, with its first script",
		"  -m, --memory SIZE   memory it may use: bytes, or with K, M, G (32M)\n"
		"  -b, --budget USEC   microseconds a packet call may take (20000)\n",
		true, cmd_create,
	}, {
		"load", "NAME [--replace | --check] FILE... | - | -e CODE",
		"run scripts in a state, in order",
		"  -e, --execute CODE  a script on the command line\n"
		"  -r, --replace       run the one script in a fresh state, which takes\n"
		"                      the old one's place unless the script fails\n"
		"  -c, --check         compile only\n",
		true, cmd_load,
	}, {
		"list", "[NAME...]", "show states and their figures", NULL,
		true, cmd_list,
	}, {
		"destroy", "NAME... [-f] | --all", "destroy states",
		"  -f, --force         though rules refer to them\n"
		"  -a, --all           all states of the namespace\n",
		true, cmd_destroy,
	}, {
		"eval", "NAME CODE", "run an expression or a chunk, print its values",
		NULL, true, cmd_eval,
	}, {
		"version", "", "show the versions of all parts", NULL,
		false, cmd_version,
	}, {
		"help", "[COMMAND]", "show help", NULL, false, cmd_help,
	}, {
		NULL, NULL, NULL, NULL, false, NULL,
	},
};

const struct command *find_command(const char *name)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
