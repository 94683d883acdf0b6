// SPDX-License-Identifier: GPL-2.0-or-later
/* Lua values as bytes, for answers to requests. */
#include <linux/minmax.h>
#include <linux/netlink.h>
#include <linux/nflua.h>

#include "compat.h"
#include "runtime/values.h"

/* The longest value: the length of the nest around its attribute has 16 bits. */
#define VALUE_MAX	(NFLUA_MSG_MAX - 3 * NLA_HDRLEN)

/* Precedes the bytes of a value. */
struct record {
	u8 type;
	u32 len;
} __packed;

bool nflua_values_add(struct nflua_buffer *values, u8 type, const void *data,
		      size_t len, gfp_t gfp)
{
	struct record record = { .type = type };
	size_t before = values->len, room, left = NFLUA_VALUES_MAX - values->len;

	if (left <= sizeof(record))
		return false;
	room = min_t(size_t, left - sizeof(record), VALUE_MAX);
	if (len > room) {
		values->truncated = true;
		if (type == NFLUA_VALUE_INTEGER)
			return false;
		len = room;
	}
	record.len = len;
	if (nflua_buffer_append(values, &record, sizeof(record), gfp) &&
	    nflua_buffer_append(values, data, len, gfp))
		return true;
	values->len = before;
	return false;
}

bool nflua_values_next(const struct nflua_buffer *values, size_t *pos,
		       struct nflua_value *value)
{
	const struct record *record;

	if (*pos >= values->len)
		return false;
	record = (const struct record *)(values->data + *pos);
	value->type = record->type;
	value->len = get_unaligned(&record->len);
	value->data = values->data + *pos + sizeof(*record);
	*pos += sizeof(*record) + value->len;
	return true;
}
