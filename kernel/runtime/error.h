/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error records: why a call of Lua failed. */
#ifndef NFLUA_ERROR_H
#define NFLUA_ERROR_H

#include <linux/nflua.h>
#include <linux/types.h>

struct sk_buff;

struct nflua_error {
	enum nflua_error_kind kind;
	u32 truncated;		/* enum nflua_truncated */
	char *text;		/* NULL without an error, or without memory */
	char *traceback;	/* may be NULL */
};

/* Frees the texts and makes the record empty. */
void nflua_error_clear(struct nflua_error *error);

/* Returns the negative errno that stands for the kind; 0 for none. */
int nflua_error_errno(const struct nflua_error *error);

/*
 * Puts the kind, text and traceback into a message that has room for
 * nflua_error_size() bytes more. Returns 0 or -EMSGSIZE.
 */
int nflua_error_fill(struct sk_buff *skb, const struct nflua_error *error);
size_t nflua_error_size(const struct nflua_error *error);

#endif
