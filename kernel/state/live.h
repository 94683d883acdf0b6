/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime of a state that packets use, for requests. */
#ifndef NFLUA_LIVE_H
#define NFLUA_LIVE_H

struct nflua_runtime;
struct nflua_state;

/*
 * Takes the runtime that packets use, in turns with other requests. Returns it held, and
 * locked with BHs off, or NULL if the state is dead. nflua_live_leave() unlocks it; the
 * reference stays.
 */
struct nflua_runtime *nflua_live_take(struct nflua_state *state);
void nflua_live_leave(struct nflua_runtime *rt);

#endif
