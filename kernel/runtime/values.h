/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as records in a buffer, each of a type and some bytes: the results of a chunk,
 * names for completion, or what a dry run would have sent.
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
 * Adds a record, cut short if it must be (@values->truncated is set then). Returns false
 * when it does not fit into NFLUA_VALUES_MAX bytes, or there is no memory.
 */
bool nflua_values_add(struct nflua_buffer *values, u8 type, const void *data,
		      size_t len, gfp_t gfp);

/* Reads the record at *@pos, 0 at first, and moves on. Returns false at the end. */
bool nflua_values_next(const struct nflua_buffer *values, size_t *pos,
		       struct nflua_value *value);

#endif
