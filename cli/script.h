/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts on the command line, and reporting what they did. */
#ifndef NFLUACTL_SCRIPT_H
#define NFLUACTL_SCRIPT_H

#include "cli.h"

struct script {
	const char *text;
	size_t len;
	char *owned;		/* to be freed: the text, or NULL */
	char chunk_name[256];
};

/* The scripts that a command was given, for one request. */
struct scripts {
	struct script *each;
	struct nflua_script *list;	/* points into @each */
	size_t count;
};

int read_script(struct cli *cli, const struct arg *arg, struct script *script);
int add_script(struct cli *cli, const struct arg *arg, struct scripts *scripts);
void free_scripts(struct scripts *scripts);
int report(struct cli *cli, const char *name, const struct nflua_result *result,
	   int err);

#endif
