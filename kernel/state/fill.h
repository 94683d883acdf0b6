/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What messages tell of a state. */
#ifndef NFLUA_FILL_H
#define NFLUA_FILL_H

#include <linux/nflua.h>
#include <net/netlink.h>

#include "state/code.h"
#include "state/last_error.h"

struct nflua_state;

/* Room in a message for nflua_state_fill_stats(), and for nflua_state_fill(). */
#define NFLUA_STATS_SIZE	(256 + NFLUA_NAME_SIZE + NFLUA_LAST_ERROR_MAX +	\
				 nla_total_size(NFLUA_OWNER_MAX + 1) + NFLUA_CODE_SIZE)
#define NFLUA_STATE_SIZE	(NFLUA_STATS_SIZE + 256 + NFLUA_ERROR_MAX +	\
				 NFLUA_TRACEBACK_MAX + 2 * NFLUA_FUNCTIONS_MAX * \
				 nla_total_size(NFLUA_FUNCTION_MAX + 1))

/* Bytes of NFLUA_A_LAST_ERROR, with the NUL. */
#define NFLUA_LAST_ERROR_MAX	512

/* Puts what events tell of a state. nflua_net.lock is held. Returns 0 or -EMSGSIZE. */
int nflua_state_fill_stats(struct sk_buff *skb, struct nflua_state *state);

/*
 * Puts what answers and dumps tell of a state. nflua_net.lock is held. Returns 0,
 * -EMSGSIZE or -ENOMEM.
 */
int nflua_state_fill(struct sk_buff *skb, struct nflua_state *state);

#endif
