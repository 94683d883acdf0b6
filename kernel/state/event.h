/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events: what the module tells those who watch a namespace. */
#ifndef NFLUA_EVENT_H
#define NFLUA_EVENT_H

#include <linux/nflua.h>

struct nflua_error;
struct nflua_net;
struct nflua_packet;
struct nflua_state;
struct sk_buff;

void nflua_events_init(struct nflua_net *nn);

/* Tells that a state went back, and why. nflua_net.lock is held. */
void nflua_event_rollback(struct nflua_state *state, enum nflua_reason reason);

/*
 * Tells that a state was created, destroyed, replaced, changed or confirmed. nflua_net.lock
 * is held.
 */
void nflua_event_state(struct nflua_state *state, enum nflua_cmd cmd);

/*
 * Begin and end an event that a request causes, with room for @size bytes of attributes.
 * nflua_event_new() returns NULL if nobody listens; or without memory, and then the event is
 * counted as dropped. @err: the result of filling the message, which is always sent or
 * freed. nflua_net.lock is held.
 */
struct sk_buff *nflua_event_new(struct nflua_net *nn, enum nflua_cmd cmd, size_t size);
void nflua_event_send(struct nflua_net *nn, struct sk_buff *skb, int err);

/* Tells that @function failed, for @packet if it is not NULL. Any context. */
void nflua_event_error(struct nflua_state *state, const char *function,
		       const struct nflua_packet *packet,
		       const struct nflua_error *error);

/* Tells what a script printed outside of a request. Any context. */
void nflua_event_print(struct nflua_state *state, const char *text, size_t len);

/*
 * Notes that a socket of the namespace was closed, perhaps the last listener. One that
 * leaves the group but stays open is not noticed: events for it are reported to the next
 * listener as dropped.
 */
void nflua_event_socket_closed(struct nflua_net *nn);

#endif
