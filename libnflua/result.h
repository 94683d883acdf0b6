/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results: what running a script returned. */
#ifndef NFLUA_RESULT_H
#define NFLUA_RESULT_H

#include "internal.h"

struct nflua_value {
	enum nflua_type type;
	int64_t integer;	/* or boolean */
	char *string;		/* owned; len bytes and a NUL */
	size_t len;
};

struct nflua_result {
	struct nflua_value *values;
	size_t count;
	char *output;		/* owned; NULL when empty */
	size_t output_len;
	enum nflua_kind kind;
	char *error;		/* owned, or NULL */
	char *traceback;	/* owned, or NULL */
	unsigned int truncated;
	bool answered;		/* the module's answer is complete */
};

#endif
