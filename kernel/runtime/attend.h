/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How requests let packets go first. */
#ifndef NFLUA_ATTEND_H
#define NFLUA_ATTEND_H

struct nflua_runtime;

/* Lets waiting packets go first. Process context; the runtime is not locked. */
void nflua_stand_back(const struct nflua_runtime *rt);

#endif
