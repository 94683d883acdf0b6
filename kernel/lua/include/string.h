/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declared by hand, as kernel headers and Lua's own cannot be used together. */
#ifndef NFLUA_STRING_H
#define NFLUA_STRING_H

#include <stddef.h>

extern void *memchr(const void *s, int c, size_t n);
extern int memcmp(const void *a, const void *b, size_t n);
extern void *memcpy(void *to, const void *from, size_t n);
extern void *memmove(void *to, const void *from, size_t n);
extern void *memset(void *s, int c, size_t n);
extern char *strchr(const char *s, int c);
extern int strcmp(const char *a, const char *b);
extern char *strcpy(char *to, const char *from);
extern size_t strlen(const char *s);
extern size_t strnlen(const char *s, size_t n);
extern int strncmp(const char *a, const char *b, size_t n);
extern char *strpbrk(const char *s, const char *set);
extern size_t strspn(const char *s, const char *set);
extern char *strstr(const char *s, const char *what);

#define strcoll(a, b)	strcmp(a, b)
#define strerror(e)	((void)(e), "no files in the kernel")

#endif
