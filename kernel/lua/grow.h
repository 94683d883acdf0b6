/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing vectors of the compiler, with a look at their size before the call
 * that looks at it again. Read after lmem.h.
 */
#ifndef NFLUA_GROW_H
#define NFLUA_GROW_H

/* How many elements a vector may have; for the parser see wrap_lparser.c. */
#ifndef NFLUA_VECTOR_LIMIT
#define NFLUA_VECTOR_LIMIT(v, t, limit)	luaM_limitN(limit, t)
#endif

#undef luaM_growvector
#define luaM_growvector(L, v, nelems, size, t, limit, e)		\
	do {								\
		if (l_unlikely((nelems) + 1 > (size)))			\
			(v) = cast(t *, luaM_growaux_(L, v, nelems,	\
				&(size), sizeof(t),			\
				NFLUA_VECTOR_LIMIT(v, t, limit), e));	\
	} while (0)

#endif
