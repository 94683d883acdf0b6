/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection tracking of a namespace, made active for scripts. */
#ifndef NFLUA_CONNTRACK_H
#define NFLUA_CONNTRACK_H

struct nflua_net;

/*
 * Makes connection tracking active in the namespace, as -m conntrack does, and
 * leaves it so until the namespace goes; with NFLUA_WANTS_COUNTERS in @wants
 * connections from now on have counters. 0: does nothing. Process context.
 */
void nflua_conntrack_want(struct nflua_net *nn, int wants);

void nflua_conntrack_init(struct nflua_net *nn);

/* No packet asks any more. */
void nflua_conntrack_exit(struct nflua_net *nn);

#endif
