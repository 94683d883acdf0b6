// SPDX-License-Identifier: GPL-2.0-or-later
/* The words by which people set the limits of a state, and what else it has. */
#include "settings.h"

#include <errno.h>

#include "size.h"

/* These return 0, or -EINVAL with the reason in @why. */
int read_memory(const char *text, uint64_t *bytes, struct refusal *why)
{
	return parse_size(text, bytes) ? refuse(why, "'%s' is not a size", text) : 0;
}

int read_budget(const char *text, uint32_t *usec, struct refusal *why)
{
	return parse_u32(text, usec) ?
	       refuse(why, "'%s' is not a number of microseconds", text) : 0;
}

int read_settings(const struct settings *settings, struct nflua_options *options,
		  struct refusal *why)
{
	uint64_t bytes;
	uint32_t usec;
	bool drops;

	if (settings->memory) {
		if (read_memory(settings->memory, &bytes, why))
			return -EINVAL;
		nflua_options_set_maxalloc(options, bytes);
	}
	if (settings->budget) {
		if (read_budget(settings->budget, &usec, why))
			return -EINVAL;
		nflua_options_set_budget(options, usec);
	}
	if (settings->on_error) {
		if (read_on_error(settings->on_error, &drops, why))
			return -EINVAL;
		nflua_options_set_drop_on_error(options, drops);
	}
	if (settings->owner && nflua_options_set_owner(options, settings->owner))
		return refuse(why, "not enough memory");
	return 0;
}

/* Returns what an option of create or set sets, or NULL if it is another option. */
const char **find_setting(struct settings *settings, char letter)
{
	switch (letter) {
	case 'm':
		return &settings->memory;
	case 'b':
		return &settings->budget;
	case 'o':
		return &settings->on_error;
	case 'w':
		return &settings->owner;
	default:
		return NULL;
	}
}
