/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a hook. */
#ifndef NFLUA_HOOK_H
#define NFLUA_HOOK_H

#include <linux/nflua.h>

#include "internal.h"

/* A hook with the strings that it points to. It may be moved: see nflua_hook_of(). */
struct nflua_hook_entry {
	struct nflua_attachment what;
	char state[NFLUA_NAME_SIZE];
	char function[NFLUA_FUNCTION_MAX + 1];
	char iif[NFLUA_DEVICE_SIZE];	/* "": none */
	char oif[NFLUA_DEVICE_SIZE];
	char owner[NFLUA_OWNER_MAX + 1];
};

/** nflua_hook_of - returns the hook, whose pointers are right until the entry moves */
const struct nflua_attachment *nflua_hook_of(struct nflua_hook_entry *entry);

#endif
