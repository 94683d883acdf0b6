// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain search in the bytes of a packet, without making a string of them. */
#include <linux/skbuff.h>
#include <asm/word-at-a-time.h>

#include "packet/dissect.h"
#include "packet/find.h"

/* Bytes on the stack through which a packet in pieces is searched. */
#define WINDOW	128

/* Returns whether the bytes at @at (relative to skb->data) are @text. */
static bool is_text(lua_State *L, const struct sk_buff *skb, int at,
		    const char *text, size_t len)
{
	u8 buf[32];
	size_t n;
	const u8 *p;

	for (; len; len -= n, at += n, text += n) {
		n = min(len, sizeof(buf));
		p = skb_header_pointer(skb, at, n, buf);
		if (!p || memcmp(p, text, n) != 0)
			return false;
		nflua_poll(L);
	}
	return true;
}

/* A stretch of a packet: the @n bytes from @at on, relative to the span. */
struct stretch {
	const struct nflua_span *span;
	const u8 *bytes;
	int at;
	int n;
};

/* Compares eight pairs of bytes from @p on. Each pair that matches gives a zero byte. */
static inline unsigned long pair_diff(const u8 *p, unsigned long first,
				      unsigned long second)
{
	return (get_unaligned((const unsigned long *)p) ^ first) |
	       (get_unaligned((const unsigned long *)(p + 1)) ^ second);
}

/*
 * Returns the first byte from @p to before @end that is @text[0] and is followed by
 * @text[1], or NULL. The byte at @end can be read, too. The loops look at eight bytes at
 * a time.
 */
static const u8 *find_pair(const u8 *p, const u8 *end, const char *text)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long first = REPEAT_BYTE((u8)text[0]);
	unsigned long second = REPEAT_BYTE((u8)text[1]);
	unsigned long diff, more, zeros, others;

	for (; end - p >= 2 * (long)sizeof(diff); p += 2 * sizeof(diff)) {
		diff = pair_diff(p, first, second);
		more = pair_diff(p + sizeof(diff), first, second);
		if (has_zero(diff, &zeros, &constants) |
		    has_zero(more, &others, &constants))
			break;
	}
	for (; end - p >= (long)sizeof(diff); p += sizeof(diff)) {
		diff = pair_diff(p, first, second);
		if (has_zero(diff, &zeros, &constants)) {
			zeros = prep_zero_mask(diff, zeros, &constants);
			return p + find_zero(create_zero_mask(zeros));
		}
	}
	for (; p < end; p++)
		if (p[0] == (u8)text[0] && p[1] == (u8)text[1])
			return p;
	return NULL;
}

/* Returns the next place from @p to before @end where @text may begin, or NULL. */
static const u8 *find_start(const struct stretch *s, const u8 *p, const u8 *end,
			    const char *text, int len)
{
	const u8 *last = s->bytes + s->n - 1;
	const u8 *found;

	if (len > 1 && p < last) {
		found = find_pair(p, min(end, last), text);
		if (found || end <= last)
			return found;
		p = last;
	}
	return p < end ? memchr(p, *text, end - p) : NULL;
}

/* Returns where @text begins, if at one of the first @starts bytes of @s, or -1. */
static int find_in(lua_State *L, const struct stretch *s, int starts,
		   const char *text, int len)
{
	const u8 *p = s->bytes, *end = s->bytes + starts;
	int at;

	for (;; p++) {
		p = find_start(s, p, end, text, len);
		if (!p)
			return -1;
		at = p - s->bytes;
		if (at + len <= s->n ? memcmp(p, text, len) == 0 :
		    is_text(L, s->span->skb, s->span->offset + s->at + at, text, len))
			return s->at + at;
		nflua_poll(L);
	}
}

/* A packet in pieces goes through a window on the stack. */
int nflua_view_find(lua_State *L, const struct nflua_span *span, int at,
		    const char *text, int len)
{
	int last = span->len - len, found;
	struct stretch s = { .span = span };
	u8 buf[WINDOW];

	for (; at <= last; at += s.n) {
		nflua_poll(L);
		s.at = at;
		s.n = span->len - at;
		if (span->offset + span->len > (int)skb_headlen(span->skb))
			s.n = min(s.n, WINDOW);
		s.bytes = skb_header_pointer(span->skb, span->offset + at,
					     s.n, buf);
		if (!s.bytes)
			break;
		found = find_in(L, &s, min(s.n, last - at + 1), text, len);
		if (found >= 0)
			return found;
	}
	return -1;
}
