/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection tracking of a namespace, made active for scripts. */
#ifndef NFLUA_CONNTRACK_H
#define NFLUA_CONNTRACK_H

struct nflua_net;

/*
 * Makes connection tracking active in the namespace, as -m conntrack does, for as long as
 * the namespace exists. With NFLUA_WANTS_COUNTERS in @wants, connections that begin from
 * now on have counters. Does nothing if @wants is 0. Process context.
 */
void nflua_conntrack_want(struct nflua_net *nn, int wants);

void nflua_conntrack_init(struct nflua_net *nn);

/* Called when no packet asks for connection tracking any more. */
void nflua_conntrack_exit(struct nflua_net *nn);

#endif
