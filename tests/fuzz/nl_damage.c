// SPDX-License-Identifier: GPL-2.0-or-later
/* Damage to sound requests; what is to come of it, judge() says. */
#include <stdio.h>
#include <string.h>

#include "nl.h"

static struct item *some_item(struct rng *r, struct request *req)
{
	return req->count ? &req->items[rnd(r, req->count)] : NULL;
}

static void drop(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);

	if (item)
		*item = req->items[--req->count];
}

static void drop_all(struct rng *r, struct request *req)
{
	(void)r;
	req->count = 0;
}

static void twice(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);

	if (item && req->count < MAX_ITEMS)
		req->items[req->count++] = *item;
}

static void shorter(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);

	if (item && item->len)
		item->len -= 1 + rnd_size(r, item->len - 1);
}

static void empty(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);

	if (item)
		item->len = 0;
}

static void longer(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);
	size_t n = 1 + rnd(r, one_in(r, 3) ? ITEM_ROOM : 4);
	uint8_t *data;

	if (!item || item->len + n > NFLUA_MSG_MAX)
		return;
	data = arena_alloc(item->len + n + ITEM_ROOM);
	memcpy(data, item->data, item->len);
	if (one_in(r, 2))
		rnd_bytes(r, data + item->len, n);
	item->data = data;
	item->len += n;
}

static void other_type(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);

	if (item)
		item->type = one_in(r, 10) ? rnd64(r) : rnd(r, NFLUA_A_MAX + 4);
}

static void type_flags(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);

	if (item)
		item->type |= one_in(r, 3) ? NLA_F_NET_BYTEORDER : NLA_F_NESTED;
}

static void shuffle(struct rng *r, struct request *req)
{
	size_t i;

	for (i = 0; i < req->count; i++) {
		struct item *item = some_item(r, req), saved = *item;

		*item = req->items[i];
		req->items[i] = saved;
	}
}

static void foreign(struct rng *r, struct request *req)
{
	item_make(r, req, 1 + rnd(r, NFLUA_A_MAX));
}

static void bend(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);
	size_t n = 1 + rnd(r, 3);

	while (item && item->len && n--)
		item->data[rnd(r, item->len)] = rnd64(r);
}

/* A number, or what has no value; from a random one on. */
static struct item *some_limited(struct rng *r, struct request *req)
{
	size_t first = rnd(r, req->count + 1), i;

	for (i = 0; i < req->count; i++) {
		struct item *item = &req->items[(first + i) % req->count];

		if (item->type <= NFLUA_A_MAX && item->len <= 8 &&
		    attr_rows[item->type].type >= TYPE_FLAG &&
		    attr_rows[item->type].type <= TYPE_MASK)
			return item;
	}
	return NULL;
}

/* At and past the ends of what a number may be; a value for what has none. */
static void limits(struct rng *r, struct request *req)
{
	struct item *item = some_limited(r, req);
	const struct attr_row *row;
	uint64_t n;

	if (!item)
		return;
	row = &attr_rows[item->type];
	n = (const uint64_t[]){
		0, row->min, row->min - 1, row->max, row->max + 1,
		UINT64_MAX, 1ULL << rnd(r, 64),
	}[rnd(r, 7)];
	if (row->type == TYPE_FLAG)
		item->len = 1 + rnd(r, 8);
	memcpy(item->data, &n, item->len);
}

static void odd_length(struct rng *r, struct request *req)
{
	struct item *item = some_item(r, req);

	if (item)
		item->says = one_in(r, 2) ? 1 + rnd(r, 3) :
			     NLA_HDRLEN + item->len + 1 + rnd_size(r, 3000);
}

static void reserved(struct rng *r, struct request *req)
{
	req->reserved = rnd64(r);
}

static void version(struct rng *r, struct request *req)
{
	req->version = rnd64(r);
}

static void flags(struct rng *r, struct request *req)
{
	req->flags = one_in(r, 3) ? rnd64(r) : req->flags ^ 1u << rnd(r, 16);
}

static void dump(struct rng *r, struct request *req)
{
	(void)r;
	req->flags |= NLM_F_DUMP;
}

static void other_command(struct rng *r, struct request *req)
{
	req->cmd = one_in(r, 2) ? rnd64(r) : rnd(r, NFLUA_CMD_MAX + 2);
}

static void other_family(struct rng *r, struct request *req)
{
	req->type = one_in(r, 2) ? rnd(r, NLMSG_MIN_TYPE) : 1024 + rnd(r, 60000);
}

static void cut(struct rng *r, struct request *req)
{
	req->cut = 1 + rnd_size(r, 100);
	if (one_in(r, 2))
		req->len_off = -(int32_t)req->cut;
}

static void trailing(struct rng *r, struct request *req)
{
	req->extra = 1 + rnd(r, one_in(r, 3) ? 60 : 8);
	req->extra_counts = one_in(r, 2);
}

static void message_length(struct rng *r, struct request *req)
{
	req->len_off = one_in(r, 4) ? (int32_t)rnd64(r) : (int32_t)rnd(r, 64) - 32;
}

#define DAMAGE(name) { #name, name }

static const struct {
	const char *name;
	void (*apply)(struct rng *r, struct request *req);
} damages[] = {
	DAMAGE(drop), DAMAGE(drop_all), DAMAGE(twice), DAMAGE(shorter),
	DAMAGE(empty), DAMAGE(longer), DAMAGE(other_type), DAMAGE(type_flags),
	DAMAGE(shuffle), DAMAGE(foreign), DAMAGE(bend), DAMAGE(limits),
	DAMAGE(limits), DAMAGE(odd_length), DAMAGE(reserved), DAMAGE(version),
	DAMAGE(flags), DAMAGE(dump), DAMAGE(other_command), DAMAGE(other_family), DAMAGE(cut),
	DAMAGE(trailing), DAMAGE(message_length),
};

void request_damage(struct rng *r, struct request *req)
{
	int n = one_in(r, 4) ? 2 + rnd(r, 3) : 1;

	while (n--)
		damages[rnd(r, N_ROWS(damages))].apply(r, req);
}
