/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock for waits, which does not jump. */
#ifndef NFLUACTL_CLOCK_H
#define NFLUACTL_CLOCK_H

#include <stdint.h>

/** now_ns - Returns the time in nanoseconds. */
int64_t now_ns(void);

#endif
