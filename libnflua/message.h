/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages of scripts. */
#ifndef NFLUA_MESSAGE_H
#define NFLUA_MESSAGE_H

#include <linux/nflua.h>

#include "internal.h"

struct nflua_message {
	const char *payload;
	size_t len;
	char state[NFLUA_NAME_SIZE];	/* "": the module gave none */
	int group;		/* -1: it was sent to the port */
	uint32_t seq;		/* 0: the module gave none */
	uint64_t lost;		/* before it, of the same state to the same destination */
};

#endif
