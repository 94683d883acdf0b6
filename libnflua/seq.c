// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What was lost: states number what they send to each destination, so that a
 * gap tells how many messages did not arrive.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Past so many states and destinations all begin anew. */
#define COUNTS_MAX 16384

struct nflua_count {
	struct nflua_count *next;
	char state[NFLUA_NAME_SIZE];
	int group;
	uint32_t seq;
};

static struct nflua_count **bucket_of(struct nflua_counts *counts,
				      const struct nflua_message *message)
{
	uint32_t hash = 2166136261u ^ (uint32_t)message->group;
	const char *s;

	for (s = message->state; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	return &counts->buckets[hash % NFLUA_COUNT_BUCKETS];
}

static struct nflua_count *find(struct nflua_count *count,
				const struct nflua_message *message)
{
	while (count && (count->group != message->group ||
			 strcmp(count->state, message->state) != 0))
		count = count->next;
	return count;
}

/* Without memory what is lost next is not seen. */
static void add(struct nflua_counts *counts, const struct nflua_message *message)
{
	struct nflua_count **bucket, *count;

	if (counts->n == COUNTS_MAX)
		nflua_counts_clear(counts);
	count = calloc(1, sizeof(*count));
	if (!count)
		return;
	bucket = bucket_of(counts, message);
	strcpy(count->state, message->state);
	count->group = message->group;
	count->seq = message->seq;
	count->next = *bucket;
	*bucket = count;
	counts->n++;
}

/*
 * What is missing between the number @last and @seq. One that is not higher is of
 * a count that began anew, at 1.
 */
uint32_t nflua_lost_between(uint32_t last, uint32_t seq)
{
	uint32_t step = seq - last;

	return step && step <= INT32_MAX ? step - 1 : seq - 1;
}

/**
 * nflua_counts_note - how many messages are missing between the last and this
 *
 * Counts begin anew with a new state of that name, or when the module forgot its
 * ports.
 */
uint64_t nflua_counts_note(struct nflua_counts *counts,
			   const struct nflua_message *message)
{
	struct nflua_count *count;
	uint32_t lost;

	if (!message->seq)
		return 0;
	count = find(*bucket_of(counts, message), message);
	if (!count) {
		add(counts, message);
		return 0;
	}
	lost = nflua_lost_between(count->seq, message->seq);
	count->seq = message->seq;
	return lost;
}

/* What a group sends from now on is another count. */
void nflua_counts_forget(struct nflua_counts *counts, int group)
{
	struct nflua_count **at, *count;
	size_t i;

	for (i = 0; i < NFLUA_COUNT_BUCKETS; i++) {
		for (at = &counts->buckets[i]; (count = *at);) {
			if (count->group != group) {
				at = &count->next;
				continue;
			}
			*at = count->next;
			free(count);
			counts->n--;
		}
	}
}

void nflua_counts_clear(struct nflua_counts *counts)
{
	struct nflua_count *count;
	size_t i;

	for (i = 0; i < NFLUA_COUNT_BUCKETS; i++) {
		while ((count = counts->buckets[i])) {
			counts->buckets[i] = count->next;
			free(count);
		}
	}
	counts->n = 0;
}
