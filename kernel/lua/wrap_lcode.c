// SPDX-License-Identifier: GPL-2.0-or-later
/* The code generator, as it is but for grow.h. */
#define lcode_c
#define LUA_CORE

#include "lprefix.h"
#include "lmem.h"
#include "grow.h"
#include "lcode.c"
