/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dry runs: functions called for packets that do not exist. */
#ifndef NFLUA_DRY_RUN_H
#define NFLUA_DRY_RUN_H

#include <linux/nflua.h>

#include "internal.h"

struct nflua_blob {
	char *data;
	size_t len;
};

struct nflua_blobs {
	struct nflua_blob *of;
	size_t count;
};

struct nflua_trial {
	uint64_t counts[NFLUA_VERDICTS];
	uint64_t calls, time_ns, sent_packets, sent_messages;
	struct nflua_blobs packets, messages;	/* some of those sent */
	struct nflua_result *result;
	uint64_t first_ns, longest_ns;
	uint32_t times[NFLUA_TIMES];	/* see NFLUA_A_TIMES */
};

#endif
