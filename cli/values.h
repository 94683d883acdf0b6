/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of a chunk, for people. */
#ifndef NFLUACTL_VALUES_H
#define NFLUACTL_VALUES_H

#include <nflua/nflua.h>

void print_values(const struct nflua_result *result);
void print_typed(const struct nflua_result *result);

#endif
