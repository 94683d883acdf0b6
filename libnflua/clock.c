// SPDX-License-Identifier: LGPL-2.1-or-later
/* The clock for waits, which does not jump. */
#include "clock.h"

#include <time.h>

int64_t nflua_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}
