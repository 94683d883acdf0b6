/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that the kernel merged, or leaves to the device to cut. */
#ifndef NFLUA_OFFLOAD_H
#define NFLUA_OFFLOAD_H

#include "runtime/runtime.h"

enum nflua_tag nflua_get_gso_size(struct nflua_call *call, long long *value);
enum nflua_tag nflua_get_gso_segs(struct nflua_call *call, long long *value);
int nflua_segments(lua_State *L);

#endif
