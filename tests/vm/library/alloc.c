// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces malloc() and the like in the whole program, also for the libraries and
 * within the C library. Each piece has a head and a tail, which are checked when it
 * is freed. It is then filled and kept for a while, so that writing to it afterwards
 * is noticed.
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"

#define ALIVE	0x616c697665000001ull
#define FREED	0x6672656564000002ull
#define TAIL	0x7461696c00000003ull
#define FILL	0xdb
#define KEPT	1024

/* The C library's own functions. */
void *__libc_malloc(size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

struct piece {
	size_t size;
	uint64_t state;
	_Alignas(16) unsigned char data[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long left, live;
static bool armed, failed, for_good;
static struct piece *kept[KEPT];
static size_t next_kept;

static void die(const char *why)
{
	(void)!write(STDOUT_FILENO, why, strlen(why));
	abort();
}

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
	return live;
}

static bool must_fail(void)
{
	bool now = armed && --left <= 0 && (for_good || left == 0);

	failed |= now;
	return now;
}

void *malloc(size_t size)
{
	static const uint64_t tail = TAIL;
	struct piece *p = NULL;

	pthread_mutex_lock(&lock);
	if (size < PTRDIFF_MAX / 2 && !must_fail())
		p = __libc_malloc(sizeof(*p) + size + sizeof(tail));
	live += p != NULL;
	pthread_mutex_unlock(&lock);
	if (!p) {
		errno = ENOMEM;
		return NULL;
	}
	p->size = size;
	p->state = ALIVE;
	memset(p->data, FILL, size);
	memcpy(p->data + size, &tail, sizeof(tail));
	return p->data;
}

static struct piece *piece_of(void *data)
{
	return (struct piece *)((char *)data - offsetof(struct piece, data));
}

static void check(const struct piece *p)
{
	uint64_t tail;

	memcpy(&tail, p->data + p->size, sizeof(tail));
	if (tail != TAIL)
		die("# memory behind an allocation was written to\n");
}

/* Checks that the piece is still filled as when it was freed, and gives it back. */
static void drop(struct piece *p)
{
	size_t i;

	for (i = 0; i < p->size; i++)
		if (p->data[i] != FILL)
			die("# freed memory was written to\n");
	__libc_free(p);
}

void free(void *data)
{
	struct piece *p, *old;

	if (!data)
		return;
	p = piece_of(data);
	if (p->state == FREED)
		die("# freed twice\n");
	if (p->state != ALIVE) {	/* of posix_memalign() or the loader */
		__libc_free(data);
		return;
	}
	check(p);
	p->state = FREED;
	memset(p->data, FILL, p->size);
	pthread_mutex_lock(&lock);
	live--;
	old = kept[next_kept];
	kept[next_kept] = p;
	next_kept = (next_kept + 1) % KEPT;
	if (old)
		drop(old);
	pthread_mutex_unlock(&lock);
}

void *calloc(size_t n, size_t size)
{
	void *data;

	if (size && n > PTRDIFF_MAX / 2 / size) {
		errno = ENOMEM;
		return NULL;
	}
	data = malloc(n * size);
	return data ? memset(data, 0, n * size) : NULL;
}

void *realloc(void *data, size_t size)
{
	struct piece *p;
	void *new;

	if (!data)
		return malloc(size);
	p = piece_of(data);
	if (p->state == FREED)
		die("# freed memory is to grow\n");
	if (p->state != ALIVE)
		return __libc_realloc(data, size);
	new = malloc(size);
	if (!new)
		return NULL;
	memcpy(new, data, p->size < size ? p->size : size);
	free(data);
	return new;
}
