/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prompt on a live state: repl.c reads, runs and prints, line.c edits. */
#ifndef NFLUACTL_REPL_H
#define NFLUACTL_REPL_H

#include "cli.h"

struct repl {
	struct cli *cli;
	const struct dot_command *dots;	/* ends with a NULL name */
	char name[64];		/* of the state */
	bool terminal;
	char *chunk;		/* its lines so far; NULL: none */
	size_t len;
	bool quit;
	int status;		/* of a chunk that failed */
};

/* A line that begins with a dot. */
struct dot_command {
	const char *name;
	const char *argument;	/* NULL: it takes none */
	const char *help;
	void (*run)(struct repl *repl, const char *argument);
};

#endif
