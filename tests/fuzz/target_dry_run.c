// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers to dry runs: nflua_wire_dry_run(), and what they say. */
#include <errno.h>

#include "datagram.h"
#include "dry_run.h"
#include "result.h"
#include "wire.h"

static void look_at_blobs(const struct nflua_trial *t,
			  const void *(*get)(const struct nflua_trial *, size_t,
					     size_t *))
{
	const void *data;
	size_t i, len;

	for (i = 0; (data = get(t, i, &len)); i++)
		free(just(data, len));
	MUST(len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh = message(NLMSG_MIN_TYPE, 0, data, size);
	struct nflua_trial *t = calloc(1, sizeof(*t));
	int err, i;

	MUST(t);
	t->result = calloc(1, sizeof(*t->result));
	MUST(t->result);
	err = nflua_wire_dry_run(nlh, t);
	MUST(err == 0 || err == -EPROTO);
	free(nlh);
	for (i = -1; i <= NFLUA_VERDICTS; i++)
		(void)nflua_trial_count(t, i);
	look_at_blobs(t, nflua_trial_packet);
	look_at_blobs(t, nflua_trial_message);
	nflua_trial_free(t);
	return 0;
}
