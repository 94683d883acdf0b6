/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prompt on a live state: repl.c reads, runs and prints, line.c edits. */
#ifndef NFLUACTL_REPL_H
#define NFLUACTL_REPL_H

#include "cli.h"

struct repl {
	struct run *run;
	char name[64];		/* of the state */
	bool terminal;
	char *chunk;		/* what is not complete yet; NULL: nothing */
	size_t len;
	bool quit;
	int status;		/* of a chunk that failed */
};

/* A line that begins with a dot. */
struct dot_command {
	const char *name;
	const char *argument;	/* NULL: it takes none */
	const char *help;
	bool takes_file;
	void (*run)(struct repl *repl, const char *argument);
};

extern const struct dot_command dot_commands[];	/* ends with a NULL name */

/* line.c */
enum line {
	LINE_READ,
	LINE_BROKEN_OFF,	/* by a Ctrl-C */
	LINE_END,
};

void line_begin(struct repl *repl);
enum line line_read(const char *prompt, char **line);	/* free it */
void line_remember(const char *line);
void line_end(void);

#endif
