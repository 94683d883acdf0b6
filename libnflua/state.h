/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a state. */
#ifndef NFLUA_STATE_H
#define NFLUA_STATE_H

#include <linux/nflua.h>

#include "internal.h"

/* A function that rules call. */
struct nflua_called {
	char *name;		/* owned */
	bool missing;
};

/* Everything in it is owned, and freed by nflua_state_clear(). */
struct nflua_state {
	char name[NFLUA_NAME_SIZE];
	uint64_t maxalloc, curralloc, peakalloc;
	uint64_t calls, matches, errors, time_ns, age_ns;
	uint32_t budget, flags, refs, hooks, runtimes, on_error;
	struct nflua_called *functions;
	size_t function_count;
	bool functions_cut;
	char *last_error;		/* or NULL */
	struct nflua_result *failure;	/* the last error in full, or NULL */
	char *failed_function;		/* or NULL */
	char *owner;			/* or NULL */
	char *script;			/* name of the last one, or NULL */
	bool has_digest;
	unsigned char digest[NFLUA_DIGEST_SIZE];
	uint64_t failure_age_ns, failure_count, script_age_ns, keptalloc;
	bool confirms;			/* a change waits for its confirmation, */
	uint32_t confirm_ms;		/* for so long */
};

/** nflua_state_clear - frees everything in a state */
void nflua_state_clear(struct nflua_state *state);

#endif
