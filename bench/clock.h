/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time in the benchmark's VM, where a nanosecond is an instruction. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static inline int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static inline void sort_times(int64_t *times, size_t n)
{
	qsort(times, n, sizeof(*times), compare_times);
}

#endif
