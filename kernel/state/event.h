/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events: what the module tells everyone who watches a namespace. */
#ifndef NFLUA_EVENT_H
#define NFLUA_EVENT_H

#include <linux/nflua.h>

struct nflua_error;
struct nflua_net;
struct nflua_packet;
struct nflua_state;

void nflua_events_init(struct nflua_net *nn);

/* A state came, went or was replaced; nflua_net.lock is held. */
void nflua_event_state(struct nflua_state *state, enum nflua_cmd cmd);

/* A call of @function failed, for @packet or for none; any context. */
void nflua_event_error(struct nflua_state *state, const char *function,
		       const struct nflua_packet *packet,
		       const struct nflua_error *error);

/* A script printed something for a packet; any context. */
void nflua_event_print(struct nflua_state *state, const char *text, size_t len);

/*
 * A socket of the namespace was closed: it may be the last that listened. One that
 * leaves the group but stays open is not seen: what it would have got is reported to
 * the next listener as dropped.
 */
void nflua_event_socket_closed(struct nflua_net *nn);

#endif
