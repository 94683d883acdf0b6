/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock for waits, which does not jump. */
#ifndef NFLUA_CLOCK_H
#define NFLUA_CLOCK_H

#include <stdint.h>

/** nflua_clock_ms - Returns the time in milliseconds. */
int64_t nflua_clock_ms(void);

#endif
