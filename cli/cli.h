/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: a command, its arguments, and its result. */
#ifndef NFLUACTL_CLI_H
#define NFLUACTL_CLI_H

#include <json-c/json.h>
#include <nflua/nflua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses. */
#define EXIT_DONE	0
#define EXIT_FAILED	1
#define EXIT_USAGE	2

/* An option of every command, or of one. */
struct cli_option {
	char letter;		/* 0: the end of the table */
	const char *name;	/* the long one */
	const char *argument;	/* NULL: it takes none */
	const char *help;	/* may have several lines */
};

/* What a command was given, in order. */
struct arg {
	char letter;		/* of the option; 0 for an argument */
	const char *value;
};

/* Options that every command takes, before its name or after it. */
struct globals {
	bool json;
	bool quiet;
	bool help;
	bool version;
	const char *netns;	/* NULL: the current one */
};

struct cli {
	const struct command *commands;		/* ends with a NULL name */
	const struct cli_option *options;	/* of every command */
	const struct command *command;		/* NULL: none yet */
	struct globals globals;
	struct arg *args;
	size_t count;
	struct nflua_ctx *ctx;		/* see open_module() */
	struct json_object *document;	/* with -j: the result */
	struct json_object *error;	/* with -j: the first failure */
};

struct command {
	const char *name;
	const char *synopsis;	/* what follows the name */
	const char *summary;	/* one line */
	const struct cli_option *options;	/* NULL: none */
	const char *list_key;	/* of an array in the result of a failure */
	int (*run)(struct cli *cli);	/* returns an exit status */
};

#endif
