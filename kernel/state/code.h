/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which scripts ran in a state. */
#ifndef NFLUA_CODE_H
#define NFLUA_CODE_H

#include <linux/nflua.h>
#include <linux/types.h>

struct sk_buff;

/**
 * struct nflua_code - the scripts that ran in a runtime
 *
 * @ran: there was one; if not, the rest says nothing
 * @digest: of all of them, as NFLUA_A_DIGEST
 * @name: of the last one
 * @at_ns: when it had run, boot time
 */
struct nflua_code {
	bool ran;
	u8 digest[NFLUA_DIGEST_SIZE];
	char name[NFLUA_CHUNK_NAME_MAX + 1];
	u64 at_ns;
};

/* Bytes of the attributes of nflua_code_fill(). */
#define NFLUA_CODE_SIZE	(nla_total_size(NFLUA_DIGEST_SIZE) +			\
			 nla_total_size(NFLUA_CHUNK_NAME_MAX + 1) +		\
			 nla_total_size_64bit(sizeof(u64)))

/*
 * Adds a script that ran just now. @digest: its SHA-256. Nobody else may use @code
 * meanwhile.
 */
void nflua_code_add(struct nflua_code *code, const char *name,
		    const u8 digest[NFLUA_DIGEST_SIZE]);

/* Puts what is known of the scripts, if there were any. Returns 0 or -EMSGSIZE. */
int nflua_code_fill(struct sk_buff *skb, const struct nflua_code *code);

#endif
