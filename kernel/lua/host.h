/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Lua asks of the rest of the module. Lua's own files include it, so it must not
 * include a kernel header.
 */
#ifndef NFLUA_HOST_H
#define NFLUA_HOST_H

#include <stddef.h>

#include "jmpbuf.h"	/* of arch/ */

struct lua_State;
struct lua_Debug;

/*
 * The largest block that kmalloc() gives on all kernels that we know, in bytes. While the
 * runtime is locked no block is larger, and a string is never larger.
 */
#define NFLUA_BLOCK_MAX		(4UL << 20)

typedef unsigned long nflua_jmpbuf[NFLUA_JMPBUF_WORDS];

int nflua_setjmp(nflua_jmpbuf buf) __attribute__((returns_twice));
void nflua_longjmp(nflua_jmpbuf buf, int value);

/* What a view shows; the low byte of its value, see view.h. */
enum nflua_view_kind {
	NFLUA_VIEW_FRAME = 1,	/* the link-layer header */
	NFLUA_VIEW_PACKET,	/* of IP, from the network header on */
	NFLUA_VIEW_OTHER,	/* the same of what is no IP */
	NFLUA_VIEW_PAYLOAD,	/* what the last known header carries */
	NFLUA_VIEW_TCP,
	NFLUA_VIEW_UDP,
	NFLUA_VIEW_ICMP,
	NFLUA_VIEW_ARP,
	NFLUA_VIEW_KINDS
};

/*
 * Where the headers of a call's packet are, as offsets from skb->data; see dissect.c.
 */
struct nflua_headers {
	unsigned long serial;	/* number of the packet */
	const unsigned char *bytes;	/* of the transport header */
	int room;		/* number of these that lie in one piece */
	int transport;		/* after the IP headers */
	int payload;		/* after the transport header without options */
	int end;		/* of the packet, by its own length */
	unsigned short fragment;	/* as in IPv4: IP_OFFSET and IP_MF */
	unsigned char protocol;	/* after the IP headers */
	unsigned char kind;	/* enum nflua_view_kind; 0: no known transport header */
};

/*
 * The integer that stands for a field among the methods of a view. It has the index of
 * the field in its table (see field.c); for a number in a transport header also its
 * offset and size; for a view its kind.
 */
#define NFLUA_FIELD(index, at, size, view) \
	((index) | (at) << 8 | (size) << 16 | (view) << 24)
#define NFLUA_FIELD_INDEX(field)	((field) & 0xff)
#define NFLUA_FIELD_AT(field)		((field) >> 8 & 0xff)
#define NFLUA_FIELD_SIZE(field)		((field) >> 16 & 0xff)
#define NFLUA_FIELD_VIEW(field)		((field) >> 24 & 0xff)

/* Fields and methods of a kind of view, by name: a method, or an integer for a field. */
struct nflua_methods {
	const void *table;	/* a table of Lua, which never changes */
	const void *nodes;	/* its nodes; a name's is at its hash, with this mask */
	unsigned int mask;
};

/* Data of the call that has the runtime. */
struct nflua_host_call {
	unsigned long stack_soft;	/* past it: 'C stack overflow' */
	unsigned long stack_hard;	/* past it: no error handler either */
	int attention;		/* C code that may run long must call nflua_attend() */
	int atomic;		/* the runtime's lock is held, BHs are off */
	int refused_float;	/* the parser met a float */
	int overflowed;		/* an overflow is being reported or handled */
	int negated;		/* the parser has met a unary minus */
	unsigned int call_chain;	/* __call handlers that needed __call, too */
	const void *call_handler;	/* the last one */
	unsigned int jumps;	/* number that the code generator has looked at */
	unsigned long long collect_start;	/* of a collection; 0: none runs */
};

/*
 * What Lua sees of its host: a member of a runtime. Every thread's extra space points to
 * it.
 */
struct nflua_host {
	struct nflua_host_call call;
	int wants_conntrack;	/* what the functions that chunks name need: NFLUA_WANTS_* */
	size_t ephemeron_work;	/* of the collector's atomic step; see lgc_own.h */
	size_t memory_limit;	/* in bytes */
	struct nflua_methods methods[NFLUA_VIEW_KINDS];
	long long field[2];	/* a TValue: the field that was read last */
	unsigned long serial;	/* number of the call's packet; 0: it has none */
	struct nflua_headers headers;
};

#define NFLUA_WANTS_CONNTRACK	1
#define NFLUA_WANTS_COUNTERS	2	/* connections must have counters */

#define nflua_host(L) (*(struct nflua_host **)((char *)(L) - sizeof(void *)))

/*
 * Every loop in C whose length a script decides must call this. It does not return if the
 * call was killed, so nothing may be half done at that point.
 */
#define nflua_poll(L)							\
	do {								\
		if (__builtin_expect(*(volatile int *)&nflua_host(L)->call.attention, 0)) \
			nflua_attend(L);				\
	} while (0)

void nflua_attend(struct lua_State *L);
/* collect_start of a collection that has not looked at the clock yet. */
#define NFLUA_COLLECT_BEGINS	1

/* Returns whether a collection must stop. */
int nflua_attend_collector(struct lua_State *L);
/* nflua_attend() between pieces of a chunk: raises an ordinary error. */
void nflua_attend_parser(struct lua_State *L);

/* Returns whether the C stack is past a limit of the call; see stack.c. */
#define nflua_stack_low(L, limit)					\
	__builtin_expect((unsigned long)__builtin_frame_address(0) <	\
			 nflua_host(L)->call.limit, 0)

/*
 * Called past the soft limit. Returns whether 'C stack overflow' must be raised. While
 * that is reported and handled, code may go on to the hard limit.
 */
static inline int nflua_overflow_begins(struct lua_State *L)
{
	struct nflua_host *host = nflua_host(L);

	if (host->call.overflowed)
		return 0;
	host->call.overflowed = 1;
	return 1;
}

/* Called when an error was caught: there is stack again. */
static inline void nflua_caught(struct lua_State *L)
{
	nflua_host(L)->call.overflowed = 0;
}

unsigned int nflua_seed(void);

/* Returns the hash of a string of @len bytes; it also depends on a secret. */
unsigned int nflua_hash(const char *s, size_t len, unsigned int seed);

long long nflua_nofloat(struct lua_State *L, const char *what);

/* What nflua_view_get() returns: tags of values, as in lobject.h. */
enum nflua_tag {
	NFLUA_TAG_NIL = 0,
	NFLUA_TAG_FALSE = 1,
	NFLUA_TAG_TRUE = 1 | 1 << 4,
	NFLUA_TAG_VIEW = 2,
	NFLUA_TAG_INTEGER = 3,
	NFLUA_TAG_NOTHING = 0xff,	/* it takes memory, or raises an error */
};

/* Finds the headers of the call's packet, which there must be. */
void nflua_dissect(struct nflua_host *host);

/* Returns whether the headers of the call's packet were found already. */
static inline int nflua_has_headers(const struct nflua_host *host)
{
	return host->headers.serial == host->serial;
}

/* Gets a view of the transport header or payload of a packet whose headers were found. */
static inline enum nflua_tag nflua_get_view(const struct nflua_host *host,
					    unsigned int kind, long long *value)
{
	if (host->headers.kind != kind && kind != NFLUA_VIEW_PAYLOAD)
		return NFLUA_TAG_NIL;
	*value = host->serial << 8 | kind;
	return NFLUA_TAG_VIEW;
}

enum nflua_tag nflua_view_get(struct lua_State *L, unsigned long view,
			      long long field, long long *value);

/*
 * Does what the method @f (u8, u16 or u32) of @view does for @at. NFLUA_TAG_NOTHING: @f
 * must be called.
 */
enum nflua_tag nflua_view_number(struct lua_State *L, int (*f)(struct lua_State *),
				 unsigned long view, long long at, long long *value);

/* Note that @co runs, and that it no longer runs. *@old: the thread to go back to */
void nflua_enter_thread(struct lua_State *co, struct lua_State **old);
void nflua_leave_thread(struct lua_State *co, struct lua_State *old);

/* Called when a memory error is about to be raised. */
void nflua_memory_error(struct lua_State *L);

/* Returns memory for the text of an error, outside of the runtime, for kfree(). */
char *nflua_text_alloc(struct lua_State *L, size_t size);

/* Prints a pointer without its address. Returns what snprintf() would return. */
int nflua_pointer_text(char *buf, size_t size, const void *p);

/* Takes what print() writes. */
void nflua_output(struct lua_State *L, const char *text, size_t len);

#endif
