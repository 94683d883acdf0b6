/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a packet's bytes. */
#ifndef NFLUA_WRITE_H
#define NFLUA_WRITE_H

#include "runtime/call.h"

struct nflua_span;

/**
 * nflua_write - writes bytes of the same length into the packet of a call
 * @call: has a packet that it may change
 * @offset: from skb->data; from the network header on
 * @bytes: @len of them, which lie within the packet
 *
 * Puts the checksums of IP, TCP, UDP and ICMP right, by the difference. Bytes that others
 * rely on, such as lengths, must stay what they are. Returns NULL, or why it cannot, as a
 * phrase; then the packet is as it was. Spans of the packet are not valid any more.
 */
const char *nflua_write(struct nflua_call *call, int offset, const void *bytes, int len);

/* The same for the low @size bytes of @value, in network order. @size: up to 4 */
const char *nflua_write_number(struct nflua_call *call, int offset, u32 value, int size);

#endif
