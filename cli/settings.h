/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words by which people set the limits of a state, and what else it has. */
#ifndef NFLUACTL_SETTINGS_H
#define NFLUACTL_SETTINGS_H

#include <nflua/nflua.h>

#include "place.h"

/* Words; NULL: not given. */
struct settings {
	const char *memory;
	const char *budget;
	const char *on_error;
	const char *owner;
};

int read_memory(const char *text, uint64_t *bytes, struct refusal *why);
int read_budget(const char *text, uint32_t *usec, struct refusal *why);
int read_settings(const struct settings *settings, struct nflua_options *options,
		  struct refusal *why);
const char **find_setting(struct settings *settings, char letter);

#endif
