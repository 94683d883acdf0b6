/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mark of a connection, as a field. */
#ifndef NFLUA_CTMARK_H
#define NFLUA_CTMARK_H

#include "runtime/runtime.h"

enum nflua_tag nflua_get_ctmark(struct nflua_call *call, long long *value);
const char *nflua_set_ctmark(struct nflua_call *call, u32 value);

#endif
