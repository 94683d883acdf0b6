/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A buffer that grows as bytes are appended to it. */
#ifndef NFLUA_BUFFER_H
#define NFLUA_BUFFER_H

#include <linux/gfp.h>
#include <linux/types.h>

/**
 * struct nflua_buffer - bytes in kmalloc'ed memory, or none
 *
 * @data: the bytes; free it with kfree()
 * @len: number of bytes
 * @size: allocated bytes
 * @truncated: set by users when something did not fit
 */
struct nflua_buffer {
	char *data;
	size_t len;
	size_t size;
	bool truncated;
};

/* Appends @len bytes, all or none. Returns false if there is no memory. */
bool nflua_buffer_append(struct nflua_buffer *b, const void *data, size_t len,
			 gfp_t gfp);

#endif
