/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Lua asks of the rest of the module. Read by Lua's own files, so no
 * kernel header may come in here.
 */
#ifndef NFLUA_PORT_H
#define NFLUA_PORT_H

#include <stddef.h>

struct lua_State;
struct lua_Debug;

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
 * The first member of a runtime, which every thread's extra space points to.
 * What is said here holds for the call that has the runtime at the moment.
 */
struct nflua_port {
	unsigned long stack_soft;	/* past it: 'C stack overflow' */
	unsigned long stack_hard;	/* past it: no error handler either */
	int attention;		/* C code that may run long has to call in */
	int atomic;		/* the runtime's lock is held, BHs are off */
	int refused_float;	/* the parser met one */
	int wants_conntrack;	/* a chunk names a function that needs it */
	int overflowed;		/* an overflow is being reported or handled */
	unsigned int call_chain;	/* handlers of __call that were __called */
	const void *call_handler;	/* the last one */
	size_t ephemeron_work;	/* of the collector's atomic step; see wrap_lgc.c */
	size_t memory_limit;	/* of the runtime, in bytes */
	unsigned long long collect_start;	/* of one in one go; 0: none is */
	/* Tables: by name, a method, or an integer that stands for a field. */
	const void *members[NFLUA_VIEW_KINDS];
};

#define nflua_port(L) (*(struct nflua_port **)((char *)(L) - sizeof(void *)))

/*
 * Called by every loop in C whose length a script decides. Does not come back
 * from a call that was killed, so nothing may be half done where it stands.
 */
#define nflua_poll(L)							\
	do {								\
		if (__builtin_expect(*(volatile int *)&nflua_port(L)->attention, 0)) \
			nflua_attend(L);				\
	} while (0)

void nflua_abort(void);
void nflua_attend(struct lua_State *L);
/* The start of a collection that nobody has looked at yet. */
#define NFLUA_COLLECT_BEGINS	1

/* Whether a collection is to end where it stands. */
int nflua_attend_collector(struct lua_State *L);
/* Between pieces of a chunk: as nflua_attend, but raises an ordinary error. */
void nflua_attend_parser(struct lua_State *L);

/*
 * Lua compares its count of nested C calls with this. It is Lua's own number
 * as long as there is stack; see stack.c for what it is then.
 */
#define nflua_stack_low(L, limit) \
	((unsigned long)__builtin_frame_address(0) < nflua_port(L)->limit)
#define nflua_ccalls_limit(L)						\
	(__builtin_expect(nflua_stack_low(L, stack_soft), 0) ?		\
	 nflua_ccalls_low(L) : 200)

unsigned int nflua_ccalls_low(struct lua_State *L);
unsigned int nflua_seed(void);
long long nflua_nofloat(struct lua_State *L, const char *what);

/* What nflua_view_get() gave. */
enum nflua_got {
	NFLUA_GOT_NIL,
	NFLUA_GOT_BOOLEAN,
	NFLUA_GOT_INTEGER,
	NFLUA_GOT_VIEW,
	NFLUA_GOT_NOTHING,	/* it takes memory, or raises an error */
};

enum nflua_got nflua_view_get(struct lua_State *L, unsigned long view,
			      long long field, long long *value);

/* Notes the running coroutine; *old is the one to go back to. */
void nflua_enter_thread(struct lua_State *co, struct lua_State **old);
void nflua_leave_thread(struct lua_State *co, struct lua_State *old);

/* A memory error is about to be raised. */
void nflua_memory_error(struct lua_State *L);

/* Memory for the text of an error, outside of the runtime; kfree it. */
char *nflua_text_alloc(struct lua_State *L, size_t size);

/* What print() says. */
void nflua_output(struct lua_State *L, const char *text, size_t len);

#endif
