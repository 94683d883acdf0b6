/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of the match mask of a namespace. */
#ifndef NFLUA_MASK_H
#define NFLUA_MASK_H

#include <linux/types.h>

/* What a script changes of the match mask of its namespace: first cleared, then set. */
struct nflua_mask_change {
	u64 clear;
	u64 set;
};

#endif
