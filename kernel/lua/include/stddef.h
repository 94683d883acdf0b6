/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFLUA_STDDEF_H
#define NFLUA_STDDEF_H

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;

#define NULL		((void *)0)
#ifndef offsetof
#define offsetof(t, m)	__builtin_offsetof(t, m)
#endif

#endif
