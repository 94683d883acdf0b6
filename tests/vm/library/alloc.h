/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An allocator that fails when it is told to, and checks the memory that it returned. */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdbool.h>

/* Makes the @n-th allocation from now on fail, counted from 1; with @on all later ones, too. */
void alloc_fail(long n, bool on);

/* Lets no more allocations fail. Returns whether one failed. */
bool alloc_relent(void);

/* Returns how many allocations are not freed. */
long alloc_live(void);

#endif
