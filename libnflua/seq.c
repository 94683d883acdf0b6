// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sequence numbers. A state numbers what it sends to each destination, so that a gap
 * tells how many messages did not arrive.
 */
#include "seq.h"

#include <stdlib.h>
#include <string.h>

/* Beyond this many pairs of state and destination all are forgotten. */
#define SEQS_MAX 16384

/* The last number of a state and a destination. */
struct nflua_seq {
	struct nflua_seq *next;
	char state[NFLUA_NAME_SIZE];
	int group;
	uint32_t seq;
};

static struct nflua_seq **bucket_of(struct nflua_seqs *seqs,
				    const struct nflua_message *message)
{
	uint32_t hash = 2166136261u ^ (uint32_t)message->group;
	const char *s;

	for (s = message->state; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	return &seqs->buckets[hash % NFLUA_SEQ_BUCKETS];
}

static struct nflua_seq *find(struct nflua_seq *entry,
			      const struct nflua_message *message)
{
	while (entry && (entry->group != message->group ||
			 strcmp(entry->state, message->state) != 0))
		entry = entry->next;
	return entry;
}

/* Adds a state and destination. Without memory, the next gap is not seen. */
static void add(struct nflua_seqs *seqs, const struct nflua_message *message)
{
	struct nflua_seq **bucket, *entry;

	if (seqs->n == SEQS_MAX)
		nflua_seqs_clear(seqs);
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	bucket = bucket_of(seqs, message);
	strcpy(entry->state, message->state);
	entry->group = message->group;
	entry->seq = message->seq;
	entry->next = *bucket;
	*bucket = entry;
	seqs->n++;
}

/*
 * Returns how many numbers are missing between @last and @seq. If @seq is not higher,
 * the sender began again at 1.
 */
uint32_t nflua_seq_gap(uint32_t last, uint32_t seq)
{
	uint32_t step = seq - last;

	return step && step <= INT32_MAX ? step - 1 : seq - 1;
}

/**
 * nflua_seqs_note - keeps the number of a message
 *
 * Returns how many messages are missing before it. Numbers begin again with a new state
 * of the same name, or when the module has forgotten the state's ports.
 */
uint64_t nflua_seqs_note(struct nflua_seqs *seqs, const struct nflua_message *message)
{
	struct nflua_seq *entry;
	uint32_t lost;

	if (!message->seq)
		return 0;
	entry = find(*bucket_of(seqs, message), message);
	if (!entry) {
		add(seqs, message);
		return 0;
	}
	lost = nflua_seq_gap(entry->seq, message->seq);
	entry->seq = message->seq;
	return lost;
}

/* Forgets the numbers of a group, as its next message may have any number. */
void nflua_seqs_forget(struct nflua_seqs *seqs, int group)
{
	struct nflua_seq **at, *entry;
	size_t i;

	for (i = 0; i < NFLUA_SEQ_BUCKETS; i++) {
		for (at = &seqs->buckets[i]; (entry = *at);) {
			if (entry->group != group) {
				at = &entry->next;
				continue;
			}
			*at = entry->next;
			free(entry);
			seqs->n--;
		}
	}
}

/* Forgets all numbers. */
void nflua_seqs_clear(struct nflua_seqs *seqs)
{
	struct nflua_seq *entry;
	size_t i;

	for (i = 0; i < NFLUA_SEQ_BUCKETS; i++) {
		while ((entry = seqs->buckets[i])) {
			seqs->buckets[i] = entry->next;
			free(entry);
		}
	}
	seqs->n = 0;
}
