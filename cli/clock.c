// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock for waits, which does not jump. */
#include "clock.h"

#include <time.h>

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}
