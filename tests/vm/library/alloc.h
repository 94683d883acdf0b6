/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An allocator that fails when it is told to, and watches what it gave. */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdbool.h>

/* From now on the @n-th allocation fails, from 1; with @on all behind it, too. */
void alloc_fail(long n, bool on);

/* No more; whether one failed. */
bool alloc_relent(void);

/* How many allocations are not freed. */
long alloc_live(void);

#endif
