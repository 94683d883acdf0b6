/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sequence numbers: gaps in them tell how many messages did not arrive. */
#ifndef NFLUA_SEQ_H
#define NFLUA_SEQ_H

#include "message.h"

#define NFLUA_SEQ_BUCKETS 256

/* The last number of each state and destination. Zeroed: none yet. */
struct nflua_seqs {
	struct nflua_seq *buckets[NFLUA_SEQ_BUCKETS];
	size_t n;
};

uint32_t nflua_seq_gap(uint32_t last, uint32_t seq);
uint64_t nflua_seqs_note(struct nflua_seqs *seqs, const struct nflua_message *message);
void nflua_seqs_forget(struct nflua_seqs *seqs, int group);
void nflua_seqs_clear(struct nflua_seqs *seqs);

#endif
