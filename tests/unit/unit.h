/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cmocka wants included before it. */
#ifndef NFLUA_TESTS_UNIT_H
#define NFLUA_TESTS_UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_ROWS(table) (sizeof(table) / sizeof((table)[0]))

#endif
