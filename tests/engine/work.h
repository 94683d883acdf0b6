/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine does, counted: a unit is a basic block, by the compiler's coverage calls
 * (-fsanitize-coverage=trace-pc), or BYTES_PER_UNIT bytes that a function of the C library
 * works on. Unlike time it is the same in each run. For the sources of the engine this
 * header comes before all others.
 */
#if !defined(ENGINE_WORK_H) && !defined(__ASSEMBLER__)
#define ENGINE_WORK_H

#include <stdlib.h>
#include <string.h>

#define BYTES_PER_UNIT	16

extern unsigned long engine_work;

#define WORK(bytes)	(engine_work += (bytes) / BYTES_PER_UNIT)

#define memcmp(a, b, n)		(WORK(n), memcmp(a, b, n))
#define memcpy(to, from, n)	(WORK(n), memcpy(to, from, n))
#define memmove(to, from, n)	(WORK(n), memmove(to, from, n))
#define memset(to, c, n)	(WORK(n), memset(to, c, n))
#define memchr(s, c, n)		work_memchr(s, c, n)
#define strlen(s)		work_strlen(s)
#define strchr(s, c)		work_strchr(s, c)
#define strspn(s, set)		work_strspn(s, set)
#define strpbrk(s, set)		work_strpbrk(s, set)

/* These end where they find something. */
static inline void *work_memchr(const void *s, int c, size_t n)
{
	const char *at = (memchr)(s, c, n);

	WORK(at ? at - (const char *)s : n);
	return (void *)at;
}

static inline size_t work_strlen(const char *s)
{
	size_t n = (strlen)(s);

	WORK(n);
	return n;
}

static inline char *work_strchr(const char *s, int c)
{
	char *at = (strchr)(s, c);

	WORK(at ? (size_t)(at - s) : (strlen)(s));
	return at;
}

static inline size_t work_strspn(const char *s, const char *set)
{
	size_t n = (strspn)(s, set);

	WORK(n);
	return n;
}

static inline char *work_strpbrk(const char *s, const char *set)
{
	char *at = (strpbrk)(s, set);

	WORK(at ? (size_t)(at - s) : (strlen)(s));
	return at;
}

#endif
