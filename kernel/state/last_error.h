/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last error of a state that no request waited for. */
#ifndef NFLUA_LAST_ERROR_H
#define NFLUA_LAST_ERROR_H

#include <linux/nflua.h>

#include "runtime/error.h"

struct nflua_packet;
struct nflua_state;

struct nflua_last_error {
	struct nflua_error error;	/* kind NONE: there was none */
	char function[NFLUA_FUNCTION_MAX + 1];
	u64 at_ns;			/* boot time */
	u64 count;			/* how many times in a row */
};

/**
 * nflua_account_error - counts, reports and keeps a failure that no request waits for
 * @state: the state whose script failed
 * @function: the function that a rule called, or what else failed, such as "timer"
 * @packet: the packet that it failed for, or NULL
 * @error: the failure; empty afterwards
 *
 * Any context.
 */
void nflua_account_error(struct nflua_state *state, const char *function,
			 const struct nflua_packet *packet,
			 struct nflua_error *error);

/* Forgets the last error. */
void nflua_last_error_clear(struct nflua_state *state);

#endif
