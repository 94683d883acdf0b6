// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which scripts ran in a state, so that whoever has the files can tell whether the state
 * runs what they say.
 */
#include <linux/ktime.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "compat.h"
#include "state/code.h"

void nflua_code_add(struct nflua_code *code, const char *name,
		    const u8 digest[NFLUA_DIGEST_SIZE])
{
	nflua_sha256 sha;

	if (code->ran) {
		sha256_init(&sha);
		sha256_update(&sha, code->digest, sizeof(code->digest));
		sha256_update(&sha, digest, NFLUA_DIGEST_SIZE);
		sha256_final(&sha, code->digest);
	} else {
		memcpy(code->digest, digest, sizeof(code->digest));
	}
	code->ran = true;
	strscpy(code->name, name, sizeof(code->name));
	code->at_ns = ktime_get_boottime_ns();
}

int nflua_code_fill(struct sk_buff *skb, const struct nflua_code *code)
{
	if (!code->ran)
		return 0;
	return nla_put(skb, NFLUA_A_DIGEST, sizeof(code->digest), code->digest) ?:
	       nla_put_string(skb, NFLUA_A_CHUNK_NAME, code->name) ?:
	       nla_put_u64_64bit(skb, NFLUA_A_SCRIPT_AGE_NS,
				 ktime_get_boottime_ns() - code->at_ns, NFLUA_A_PAD);
}
