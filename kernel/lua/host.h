/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Lua asks of the rest of the module. Read by Lua's own files, so no
 * kernel header may come in here.
 */
#ifndef NFLUA_HOST_H
#define NFLUA_HOST_H

#include <stddef.h>

struct lua_State;
struct lua_Debug;

/*
 * The most that kmalloc gives in one piece on every kernel that we know, in bytes.
 * No block is larger while the runtime is locked, and no string ever is.
 */
#define NFLUA_BLOCK_MAX		(4UL << 20)

typedef unsigned long nflua_jmpbuf[8];

int nflua_setjmp(nflua_jmpbuf buf) __attribute__((returns_twice));
void nflua_longjmp(nflua_jmpbuf buf, int value);

/* What a view shows; the low byte of its value, see view.h. */
enum nflua_view_kind {
	NFLUA_VIEW_FRAME = 1,	/* the link-layer header */
	NFLUA_VIEW_PACKET,	/* from the network header on */
	NFLUA_VIEW_PAYLOAD,	/* what the last header known carries */
	NFLUA_VIEW_TCP,
	NFLUA_VIEW_UDP,
	NFLUA_VIEW_ICMP,
	NFLUA_VIEW_KINDS
};

/*
 * Where the headers of the packet of a call are, as offsets from skb->data; see
 * dissect.c.
 */
struct nflua_headers {
	unsigned long serial;	/* of the packet that this is of */
	const unsigned char *bytes;	/* those of the transport header */
	int room;		/* how many there are in one piece */
	int transport;		/* behind the headers of IP */
	int payload;		/* behind a transport header without options */
	int end;		/* of what belongs to the packet */
	unsigned short fragment;	/* as in IPv4: IP_OFFSET and IP_MF */
	unsigned char protocol;	/* behind the headers of IP */
	unsigned char kind;	/* enum nflua_view_kind; 0: no header that we know */
};

/*
 * The integer that stands for a field among the methods of a view: its place in
 * a table of field.c; or where a number is in a transport header, and its size;
 * or of which kind a view is.
 */
#define NFLUA_FIELD(index, at, size, view) \
	((index) | (at) << 8 | (size) << 16 | (view) << 24)
#define NFLUA_FIELD_INDEX(field)	((field) & 0xff)
#define NFLUA_FIELD_AT(field)		((field) >> 8 & 0xff)
#define NFLUA_FIELD_SIZE(field)		((field) >> 16 & 0xff)
#define NFLUA_FIELD_VIEW(field)		((field) >> 24 & 0xff)

/* What views of a kind have: by name, a method, or an integer for a field. */
struct nflua_methods {
	const void *table;	/* of Lua; it never changes */
	const void *nodes;	/* of it, by the hash of a name and this mask */
	unsigned int mask;
};

/* What belongs to the call that has the runtime at the moment. */
struct nflua_host_call {
	unsigned long stack_soft;	/* past it: 'C stack overflow' */
	unsigned long stack_hard;	/* past it: no error handler either */
	int attention;		/* C code that may run long has to call in */
	int atomic;		/* the runtime's lock is held, BHs are off */
	int refused_float;	/* the parser met one */
	int overflowed;		/* an overflow is being reported or handled */
	int negated;		/* the parser has met a unary minus */
	unsigned int call_chain;	/* handlers of __call that were __called */
	const void *call_handler;	/* the last one */
	unsigned int jumps;	/* that the code generator has looked at */
	unsigned long long collect_start;	/* of one in one go; 0: none is */
};

/*
 * What Lua sees of its host: the first member of a runtime, which every thread's extra
 * space points to.
 */
struct nflua_host {
	struct nflua_host_call call;
	int wants_conntrack;	/* chunks name functions that need it, as below */
	size_t ephemeron_work;	/* of the collector's atomic step; see lgc_own.h */
	size_t memory_limit;	/* in bytes */
	struct nflua_methods methods[NFLUA_VIEW_KINDS];
	long long field[2];	/* a value of Lua: what was read last */
	unsigned long serial;	/* of the packet of the call; 0: it has none */
	struct nflua_headers headers;
};

#define NFLUA_WANTS_CONNTRACK	1
#define NFLUA_WANTS_COUNTERS	2	/* of connections, too */

#define nflua_host(L) (*(struct nflua_host **)((char *)(L) - sizeof(void *)))

/*
 * Called by every loop in C whose length a script decides. Does not come back
 * from a call that was killed, so nothing may be half done where it stands.
 */
#define nflua_poll(L)							\
	do {								\
		if (__builtin_expect(*(volatile int *)&nflua_host(L)->call.attention, 0)) \
			nflua_attend(L);				\
	} while (0)

void nflua_attend(struct lua_State *L);
/* The start of a collection that nobody has looked at yet. */
#define NFLUA_COLLECT_BEGINS	1

/* Returns whether a collection is to end where it stands. */
int nflua_attend_collector(struct lua_State *L);
/* Between pieces of a chunk: as nflua_attend, but raises an ordinary error. */
void nflua_attend_parser(struct lua_State *L);

/* Whether the C stack has come to a limit of the call's; see stack.c. */
#define nflua_stack_low(L, limit)					\
	__builtin_expect((unsigned long)__builtin_frame_address(0) <	\
			 nflua_host(L)->call.limit, 0)

/*
 * Past the soft limit: whether 'C stack overflow' is to be raised. While that is
 * reported and handled, what runs may go on to the hard limit.
 */
static inline int nflua_overflow_begins(struct lua_State *L)
{
	struct nflua_host *host = nflua_host(L);

	if (host->call.overflowed)
		return 0;
	host->call.overflowed = 1;
	return 1;
}

/* An error was caught: there is stack again. */
static inline void nflua_caught(struct lua_State *L)
{
	nflua_host(L)->call.overflowed = 0;
}

unsigned int nflua_seed(void);
long long nflua_nofloat(struct lua_State *L, const char *what);

/* What nflua_view_get() gave: tags of values as lobject.h has them. */
enum nflua_tag {
	NFLUA_TAG_NIL = 0,
	NFLUA_TAG_FALSE = 1,
	NFLUA_TAG_TRUE = 1 | 1 << 4,
	NFLUA_TAG_VIEW = 2,
	NFLUA_TAG_INTEGER = 3,
	NFLUA_TAG_NOTHING = 0xff,	/* it takes memory, or raises an error */
};

/* Finds the headers of the packet of the call, which has one. */
void nflua_dissect(struct nflua_host *host);

/* Returns whether these headers are those of the packet of the call. */
static inline int nflua_has_headers(const struct nflua_host *host)
{
	return host->headers.serial == host->serial;
}

/* A view of what is in the packet, whose headers were found. */
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

/* What the method @f of @view gives for @at, when it is one for numbers. */
enum nflua_tag nflua_view_number(struct lua_State *L, int (*f)(struct lua_State *),
				 unsigned long view, long long at, long long *value);

/* Notes the running coroutine; *old is the one to go back to. */
void nflua_enter_thread(struct lua_State *co, struct lua_State **old);
void nflua_leave_thread(struct lua_State *co, struct lua_State *old);

/* A memory error is about to be raised. */
void nflua_memory_error(struct lua_State *L);

/* Memory for the text of an error, outside of the runtime; kfree it. */
char *nflua_text_alloc(struct lua_State *L, size_t size);

/* How a pointer is shown, which must not tell an address; bytes as snprintf. */
int nflua_pointer_text(char *buf, size_t size, const void *p);

/* What print() says. */
void nflua_output(struct lua_State *L, const char *text, size_t len);

#endif
