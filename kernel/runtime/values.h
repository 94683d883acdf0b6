/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as records in a buffer, each with a type and its bytes: the results of a chunk,
 * names for a completion, or what a dry run would have sent.
 */
#ifndef NFLUA_VALUES_H
#define NFLUA_VALUES_H

#include "runtime/buffer.h"

struct nflua_value {
	u8 type;
	u32 len;
	const char *data;	/* in the buffer; not aligned */
};

/*
 * Adds a record. One that is too long is cut off, and values->truncated is set. Returns
 * false if NFLUA_VALUES_MAX bytes are full, or there is no memory.
 */
bool nflua_values_add(struct nflua_buffer *values, u8 type, const void *data,
		      size_t len, gfp_t gfp);

/* Reads the record at *@pos (0 at first), and advances it. Returns false at the end. */
bool nflua_values_next(const struct nflua_buffer *values, size_t *pos,
		       struct nflua_value *value);

#endif
