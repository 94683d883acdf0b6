/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the targets of libFuzzer share: one file a target, which takes bytes
 * that nobody vouches for to a parser, and looks at what it made of them.
 */
#ifndef NFLUA_FUZZ_TARGET_H
#define NFLUA_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be; unlike assert() it stays in every build. */
#define MUST(condition)							\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "%s:%d: not so: %s\n",		\
				__FILE__, __LINE__, #condition);	\
			abort();					\
		}							\
	} while (0)

/* A copy of just these bytes, so that a read past them is seen; free() it. */
static inline void *just(const void *data, size_t size)
{
	void *copy = malloc(size);

	MUST(copy || !size);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

#endif
