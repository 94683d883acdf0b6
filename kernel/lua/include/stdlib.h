/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFLUA_STDLIB_H
#define NFLUA_STDLIB_H

#include <stddef.h>

/* Called only because of a bug of ours: stops this thread with a report. */
#define abort()		__builtin_trap()
#define abs(i)		__builtin_abs(i)
#define EXIT_FAILURE	1
#define EXIT_SUCCESS	0

/* luaL_newstate() is compiled, but never called: runtimes have their own allocator. */
#define free(p)		((void)(p))
#define realloc(p, n)	((void)(p), (void)(n), (void *)NULL)

#endif
