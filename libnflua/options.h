/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of a new state. */
#ifndef NFLUA_OPTIONS_H
#define NFLUA_OPTIONS_H

#include "internal.h"

struct nflua_options {
	uint64_t maxalloc;
	uint32_t budget;
	bool has_maxalloc;	/* false: the module's default */
	bool has_budget;
	bool has_on_error;
	bool drop_on_error;
	bool force;
	char *owner;		/* owned; NULL: not set */
};

#endif
