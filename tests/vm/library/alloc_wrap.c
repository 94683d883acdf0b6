// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Implements alloc.h for a program with AddressSanitizer, whose allocator cannot be
 * replaced. The linker's --wrap puts these functions between it and the library's own
 * calls. The sanitizer finds leaks at the end.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long left;
static bool armed, failed, for_good;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strndup(const char *text, size_t n);
int __real_vasprintf(char **text, const char *fmt, va_list ap);
ssize_t __real_getline(char **line, size_t *size, FILE *f);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strndup(const char *text, size_t n);
int __wrap_vasprintf(char **text, const char *fmt, va_list ap);
int __wrap_asprintf(char **text, const char *fmt, ...);
ssize_t __wrap_getline(char **line, size_t *size, FILE *f);

void alloc_fail(long n, bool on)
{
	pthread_mutex_lock(&lock);
	left = n;
	armed = true;
	failed = false;
	for_good = on;
	pthread_mutex_unlock(&lock);
}

bool alloc_relent(void)
{
	pthread_mutex_lock(&lock);
	armed = false;
	pthread_mutex_unlock(&lock);
	return failed;
}

long alloc_live(void)
{
	return 0;
}

static bool must_fail(void)
{
	bool now;

	pthread_mutex_lock(&lock);
	now = armed && --left <= 0 && (for_good || left == 0);
	failed |= now;
	pthread_mutex_unlock(&lock);
	if (now)
		errno = ENOMEM;
	return now;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return must_fail() ? NULL : __real_realloc(p, size);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return must_fail() ? NULL : __real_strndup(text, n);
}

int __wrap_vasprintf(char **text, const char *fmt, va_list ap)
{
	return must_fail() ? -1 : __real_vasprintf(text, fmt, ap);
}

int __wrap_asprintf(char **text, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = __wrap_vasprintf(text, fmt, ap);
	va_end(ap);
	return n;
}

ssize_t __wrap_getline(char **line, size_t *size, FILE *f)
{
	return must_fail() ? -1 : __real_getline(line, size, f);
}
