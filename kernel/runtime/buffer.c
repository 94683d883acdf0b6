// SPDX-License-Identifier: GPL-2.0-or-later
/* Buffers that grow, up to a limit. */
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "runtime/buffer.h"

/* The smallest allocation, in bytes. */
#define SIZE_MIN	256

bool nflua_buffer_append(struct nflua_buffer *b, const void *data, size_t len,
			 gfp_t gfp)
{
	size_t size;
	char *grown;

	if (b->len + len > b->size) {
		size = roundup_pow_of_two(max_t(size_t, b->len + len, SIZE_MIN));
		grown = krealloc(b->data, size, gfp | __GFP_NOWARN);
		if (!grown)
			return false;
		b->data = grown;
		b->size = size;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}
