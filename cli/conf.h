/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file; nflua.conf(5). */
#ifndef NFLUACTL_CONF_H
#define NFLUACTL_CONF_H

#include <nflua/nflua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "place.h"

/* A hook as the file has it. */
struct conf_hook {
	struct nflua_attachment what;
};

/* A state as the file has it, with the defaults of what it does not say. */
struct conf_state {
	const char *name;
	uint64_t maxalloc;
	uint32_t budget;	/* as the module rounds it */
	bool drops;		/* on errors */
	char **scripts;		/* paths */
	size_t script_count;
	struct conf_hook *hooks;
	size_t hook_count;
};

struct conf {
	struct conf_state *states;
	size_t count;
	void *document;		/* that the strings belong to */
};

int conf_read(struct conf *conf, const char *path, struct refusal *why);
void conf_free(struct conf *conf);

#endif
