// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of scripts: nflua_wire_message(), and how many of them are missing; the
 * bytes are of two messages.
 */
#include <errno.h>

#include "datagram.h"
#include "message.h"
#include "seq.h"
#include "wire.h"

#define FAMILY NLMSG_MIN_TYPE

static void look_at(const struct nflua_message *m, const struct nlmsghdr *nlh)
{
	const char *begin = (const char *)nlh, *payload;
	size_t len;
	char *copy;

	payload = nflua_message_payload(m, &len);
	MUST(payload >= begin && payload + len <= begin + nlh->nlmsg_len);
	copy = just(payload, len);
	free(copy);
	MUST(strlen(m->state) < NFLUA_NAME_SIZE);
	MUST(!nflua_message_state(m) == !*m->state);
	MUST(nflua_message_group(m) == -1);
}

static void take(struct nflua_seqs *seqs, const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh = message(FAMILY, 0, data, size);
	struct nflua_message m;
	uint64_t lost;
	int err;

	(void)nflua_wire_is_message(nlh, FAMILY);
	err = nflua_wire_message(nlh, &m);
	MUST(err == 0 || err == -EPROTO);
	if (!err) {
		look_at(&m, nlh);
		lost = nflua_seqs_note(seqs, &m);
		MUST(lost < UINT32_MAX);
		/* The same number again is one of a count that began anew. */
		if (m.seq)
			MUST(nflua_seqs_note(seqs, &m) == m.seq - 1u);
	}
	free(nlh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nflua_seqs seqs = { .n = 0 };
	size_t first = size ? data[0] : 0;

	take(&seqs, data, size);
	if (size) {
		first = first < size - 1 ? first : size - 1;
		take(&seqs, data + 1, first);
		take(&seqs, data + 1 + first, size - 1 - first);
	}
	nflua_seqs_clear(&seqs);
	MUST(seqs.n == 0);
	return 0;
}
