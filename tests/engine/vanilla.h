/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lua of the same version, as it is, to compare with; see vanilla.c. */
#ifndef ENGINE_VANILLA_H
#define ENGINE_VANILLA_H

#include <stddef.h>

struct vanilla {
	size_t memory_limit;		/* in: bytes */
	unsigned long instructions;	/* in: that it may take */
	char *output;			/* in: where print() writes */
	size_t max;			/* in: its size */
	size_t len;			/* out */
	int failed;			/* out: the chunk raised an error, or was none */
	char text[512];			/* out: that error */
	int incomparable;		/* out: it met a limit, or a float */
};

/* Runs a chunk with the libraries that nflua has, but for their floats. */
void vanilla_run(struct vanilla *v, const char *chunk, size_t len, const char *name);

#endif
