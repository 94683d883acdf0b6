/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a dry run's messages, packets and changes go. */
#ifndef NFLUA_SINK_H
#define NFLUA_SINK_H

#include <linux/types.h>

/**
 * struct nflua_sink - takes everything that a dry run would send
 *
 * @packet: takes a packet, from its network header on
 * @message: takes a message
 * @mask: the match mask that the call sees and changes; NULL: it sees the mask of the
 *	namespace, and changes nothing
 */
struct nflua_sink {
	void (*packet)(struct nflua_sink *sink, const void *data, size_t len);
	void (*message)(struct nflua_sink *sink, const void *data, size_t len);
	u64 *mask;
};

/* Drops everything; see sink.c. */
extern struct nflua_sink nflua_sink_nowhere;

#endif
