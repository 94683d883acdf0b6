// SPDX-License-Identifier: LGPL-2.1-or-later
/* Answers to dry runs. */
#include "wire.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "dry_run.h"

/* Reads all attributes of a type, in order. */
static int take_blobs(struct nlmsghdr *nlh, int type, struct nflua_blobs *blobs)
{
	int rem, n = nflua_wire_count(nlh, type);
	struct nflua_blob *blob;
	struct nlattr *attr;

	if (!n)
		return 0;
	blobs->of = calloc(n, sizeof(*blobs->of));
	if (!blobs->of)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != type)
			continue;
		blob = &blobs->of[blobs->count];
		if (nflua_wire_copy(&blob->data, attr, &blob->len))
			return -ENOMEM;
		blobs->count++;
	}
	return 0;
}

/**
 * nflua_wire_dry_run - reads the answer to a dry run
 * @trial: zeroed, with an empty result; owns what it was given, even on failure
 *
 * Returns 0, -EPROTO, or -ENOMEM.
 */
int nflua_wire_dry_run(struct nlmsghdr *nlh, struct nflua_trial *trial)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];
	size_t len;
	int err;

	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_RESULTS] || !tb[NFLUA_A_CALLS])
		return -EPROTO;
	/* A newer module may have more of them. */
	len = nla_len(tb[NFLUA_A_RESULTS]);
	memcpy(trial->counts, nla_data(tb[NFLUA_A_RESULTS]),
	       len < sizeof(trial->counts) ? len : sizeof(trial->counts));
	trial->calls = nflua_wire_u64(tb[NFLUA_A_CALLS]);
	trial->time_ns = nflua_wire_u64(tb[NFLUA_A_TIME_NS]);
	trial->first_ns = nflua_wire_u64(tb[NFLUA_A_FIRST_NS]);
	trial->longest_ns = nflua_wire_u64(tb[NFLUA_A_LONGEST_NS]);
	if (tb[NFLUA_A_TIMES]) {
		len = nla_len(tb[NFLUA_A_TIMES]);
		memcpy(trial->times, nla_data(tb[NFLUA_A_TIMES]),
		       len < sizeof(trial->times) ? len : sizeof(trial->times));
	}
	trial->sent_packets = nflua_wire_u64(tb[NFLUA_A_SENT_PACKETS]);
	trial->sent_messages = nflua_wire_u64(tb[NFLUA_A_SENT_MESSAGES]);
	err = nflua_wire_result(nlh, trial->result);
	if (!err)
		err = take_blobs(nlh, NFLUA_A_SENT_PACKET, &trial->packets);
	return err ? err : take_blobs(nlh, NFLUA_A_SENT_MESSAGE, &trial->messages);
}
