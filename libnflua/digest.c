// SPDX-License-Identifier: LGPL-2.1-or-later
/* The digest of scripts, as the module computes it; see NFLUA_A_DIGEST. */
#include <sha256.h>
#include <string.h>

#include "internal.h"

static void sha256(unsigned char *digest, const void *data, size_t len)
{
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, data, len);
	SHA256Final(digest, &sha);
}

NFLUA_PUBLIC bool nflua_digest_scripts(const struct nflua_script *scripts, size_t count,
				       unsigned char *digest)
{
	unsigned char both[2 * NFLUA_STATE_DIGEST_SIZE];
	size_t i;

	for (i = 0; i < count; i++) {
		sha256(both + NFLUA_STATE_DIGEST_SIZE, scripts[i].text, scripts[i].len);
		if (i)
			sha256(digest, both, sizeof(both));
		else
			memcpy(digest, both + NFLUA_STATE_DIGEST_SIZE, NFLUA_STATE_DIGEST_SIZE);
		memcpy(both, digest, NFLUA_STATE_DIGEST_SIZE);
	}
	return count > 0;
}
