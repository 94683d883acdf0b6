/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editing the line at the prompt. */
#ifndef NFLUACTL_LINE_H
#define NFLUACTL_LINE_H

#include "repl.h"

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
