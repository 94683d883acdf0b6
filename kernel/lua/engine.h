/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lua as the rest of the module sees it: make a universe, run things in it
 * protected, stop them. Knows no kernel header and no netlink.
 */
#ifndef NFLUA_ENGINE_H
#define NFLUA_ENGINE_H

#include "lua.h"
#include "host.h"

/* Beyond LUA_OK and LUA_ERR*: the call was stopped from outside. */
#define NFLUA_ENGINE_KILLED	6
/* The call did not begin: there was too little C stack, or memory. */
#define NFLUA_ENGINE_NO_STACK	7
#define NFLUA_ENGINE_NO_MEMORY	8

/* Names that a universe holds; a power of 2. */
#define NFLUA_ENGINE_NAMES	16

/* Longest name of a function that is looked for. */
#define NFLUA_ENGINE_NAME_MAX	63

/* Slots at the bottom of a thread's stack that calls run on. */
enum nflua_engine_slot {
	NFLUA_SLOT_HANDLER = 1,
	NFLUA_SLOT_FRAME,
	NFLUA_SLOT_PACKET,
	NFLUA_SLOT_MAX = NFLUA_SLOT_PACKET,
};

/* Why a chunk did not get as far as running. */
enum nflua_engine_stage {
	NFLUA_STAGE_RUN,
	NFLUA_STAGE_SYNTAX,
	NFLUA_STAGE_INCOMPLETE,
};

/* Gives piece after piece of a chunk; NULL at its end. */
typedef const char *(*nflua_reader)(void *ud, size_t *size);

struct nflua_chunk {
	nflua_reader read;
	void (*rewind)(void *ud);
	void *ud;
	const char *name;
	int eval;		/* may be an expression */
	int check;		/* compile only */
	enum nflua_engine_stage stage;	/* out */
};

/* A text of an error, from nflua_text_alloc; NULL when there is none. */
struct nflua_text {
	char *buf;
	size_t max;		/* in: bytes that it may have, without the NUL */
	int truncated;		/* it was longer */
};

struct nflua_failure {
	struct nflua_text text;
	struct nflua_text traceback;
};

/* Once, before all else; @random is to be nobody's to know. */
void nflua_engine_init(unsigned long long random);

/*
 * A new universe with the libraries of Lua; NULL: no memory. A block that
 * @alloc gives for a thread (LUA_TTHREAD) begins with a pointer to the head of
 * the runtime, which the caller has set up for the context.
 */
lua_State *nflua_engine_open(lua_Alloc alloc, void *ud);

/*
 * Offers the global table @library to scripts: what functions.h does not list is taken
 * out, and errors and tracebacks know the names of the rest. Raises errors of memory.
 */
void nflua_engine_offer(lua_State *L, const char *library);

/*
 * A thread to call on, held until it is dropped; NULL: no memory. @L is the
 * main thread, on which nothing else ever runs.
 */
lua_State *nflua_engine_thread(lua_State *L);

/* Drops what the registry holds by this pointer: a thread, or what else does. */
void nflua_engine_drop(lua_State *L, const void *key);

/* Returns whether @co is such a thread; scripts may not resume or close it. */
int nflua_engine_is_call(lua_State *co);

/*
 * Runs @body on the call thread @L: status as of Lua, or NFLUA_ENGINE_KILLED.
 * After another failure nflua_engine_recover() has to be called.
 */
int nflua_engine_run(lua_State *L, void (*body)(lua_State *L, void *ud), void *ud);

/*
 * Brings @L back to its slots after the failure @status, whose text goes to
 * @failure. Returns the status that counts, which is that of a kill when
 * __close or __tostring did not end.
 */
int nflua_engine_recover(lua_State *L, int status, struct nflua_failure *failure);

/*
 * Where the thread @L is that ran in a call that was killed, or failed meanwhile:
 * fills @text with a traceback. It has none when there is no memory for it, or
 * nothing runs. Before nflua_engine_reset(). Only reads what is Lua's.
 */
void nflua_engine_where(lua_State *L, struct nflua_text *text);

/* Body: compiles and runs a struct nflua_chunk, leaves its values. */
void nflua_engine_chunk(lua_State *L, void *chunk);

/*
 * A string of Lua, held by the universe until the next one for this @slot, below
 * NFLUA_ENGINE_NAMES; NULL: no memory. It takes none when the universe has the name
 * already, and that has 40 bytes at most (LUAI_MAXSHORTLEN).
 */
const void *nflua_engine_name(lua_State *L, unsigned int slot, const char *name);

/*
 * Calls the global @name with the views, as nflua_engine_run() runs a body;
 * leaves one value. See ldo_own.h.
 */
int nflua_engine_call(lua_State *L, const void *name);

/* Has the table on top, which it pops, as what views of this kind have. */
void nflua_engine_methods(lua_State *L, enum nflua_view_kind kind);

/*
 * lua_next() with bounds, also where a table is big and empty: pushes the key and
 * the value of the first entry of the table on top from slot *@at on, looking at
 * no more than *@looks slots, which are taken off that: 1; 0: there is none; -1: it
 * is not known, as no looks are left.
 */
int nflua_engine_next(lua_State *L, unsigned int *at, unsigned int *looks);

/* Returns whether the value at @idx, which is below 0, is a string that can be a name. */
int nflua_engine_is_name(lua_State *L, int idx);

/*
 * Whether the global @name can be called, or a metatable of the globals may bring
 * one into being. Runs no code, takes no memory; any thread of the universe.
 */
int nflua_engine_callable(lua_State *L, const char *name);

/* The value on top: 1 or 0 for a boolean, else -1. */
int nflua_engine_boolean(lua_State *L);

/* Number of values that a body left, above the slots. */
int nflua_engine_values(lua_State *L);

/* Drops them. Takes no memory. */
void nflua_engine_clear(lua_State *L);

/* Brings a thread back to its slots from which a kill has left. Takes no memory. */
void nflua_engine_reset(lua_State *L);

/* Stops what runs on @L; see ldo_own.h. */
void nflua_engine_kill(lua_State *L);

/* Sets or clears the hook of a thread; safe from an interrupt. */
void nflua_engine_hook(lua_State *L, int count);
int nflua_engine_hook_count(lua_State *L);

/*
 * Tells the collector of memory that objects of Lua hold elsewhere, so that it
 * comes for them in time; negative when they let go of it.
 */
void nflua_engine_charge(lua_State *L, long bytes);

/* Raises the error of an allocation that failed. */
void nflua_engine_no_memory(lua_State *L);

#endif
