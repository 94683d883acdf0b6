/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dry runs: calls of a function for a packet that does not exist. */
#ifndef NFLUA_DRY_RUN_H
#define NFLUA_DRY_RUN_H

#include <linux/nflua.h>

#include "runtime/buffer.h"
#include "runtime/call.h"
#include "runtime/sink.h"

struct nflua_state;

/**
 * struct nflua_dry_run - a dry run and what came of it
 *
 * @function, @hook, @repeat: what a rule would call, in which chain, how many times
 * @frame, @packet: the packet's link-layer header, if any, and the packet
 * @interrupt: others set it to end the dry run
 * @mask: the match mask, as the calls see it and change it
 * @results: number of calls with each result
 * @calls, @time_ns: number of calls, and their time in all
 * @first_ns, @longest_ns: time of the first call, and of the longest
 * @times: number of calls in each class of NFLUA_A_TIMES
 * @packets, @messages: how many the calls would have sent
 * @sent: some of these; records of NFLUA_A_SENT_PACKET and NFLUA_A_SENT_MESSAGE
 * @output: what the calls printed
 * @error: of the first call that failed
 * @sink: takes what the calls send
 */
struct nflua_dry_run {
	const char *function;
	u8 hook;
	u32 repeat;
	const void *frame;
	size_t frame_len;
	const void *packet;
	size_t packet_len;
	const int *interrupt;

	u64 mask;
	u64 results[__NFLUA_RUN_MAX];
	u64 calls;
	u64 time_ns;
	u64 first_ns;
	u64 longest_ns;
	u32 times[NFLUA_TIMES];
	u64 packets;
	u64 messages;
	struct nflua_buffer sent;
	struct nflua_buffer output;
	struct nflua_error error;
	struct nflua_sink sink;
};

/* Returns NULL, or what is wrong with an attribute, which *@attr becomes. */
const char *nflua_dry_run_check(const struct nflua_dry_run *dry, int *attr);

/**
 * nflua_dry_run - calls the function as many times as wanted
 * @state: kept in the table by nflua_state_exec_get()
 * @dry: checked by nflua_dry_run_check(); filled with the results, even on failure
 *
 * Process context. Takes turns with other requests and with packets. Returns 0, -ENOMEM,
 * -EINTR, or -ENOENT if the state is dead.
 */
int nflua_dry_run(struct nflua_state *state, struct nflua_dry_run *dry);
void nflua_dry_run_clear(struct nflua_dry_run *dry);

#endif
