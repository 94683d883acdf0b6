// SPDX-License-Identifier: LGPL-2.1-or-later
/* Options of a new state. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

NFLUA_PUBLIC struct nflua_options *nflua_options_new(void)
{
	return calloc(1, sizeof(struct nflua_options));
}

NFLUA_PUBLIC void nflua_options_free(struct nflua_options *options)
{
	if (options)
		free(options->owner);
	free(options);
}

NFLUA_PUBLIC void nflua_options_set_maxalloc(struct nflua_options *options,
					     uint64_t bytes)
{
	if (!options)
		return;
	options->maxalloc = bytes;
	options->has_maxalloc = true;
}

NFLUA_PUBLIC void nflua_options_set_budget(struct nflua_options *options,
					   uint32_t usec)
{
	if (!options)
		return;
	options->budget = usec;
	options->has_budget = true;
}

NFLUA_PUBLIC void nflua_options_set_drop_on_error(struct nflua_options *options,
						  bool drop)
{
	if (!options)
		return;
	options->drop_on_error = drop;
	options->has_on_error = true;
}

NFLUA_PUBLIC void nflua_options_set_force(struct nflua_options *options, bool force)
{
	if (options)
		options->force = force;
}

NFLUA_PUBLIC int nflua_options_set_owner(struct nflua_options *options, const char *owner)
{
	char *copy;

	if (!options)
		return 0;
	copy = strdup(owner ? owner : "");
	if (!copy)
		return -ENOMEM;
	free(options->owner);
	options->owner = copy;
	return 0;
}
