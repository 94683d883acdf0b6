/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lua as the rest of the module sees it: making a universe, running code in it with
 * errors caught, stopping it. Uses no kernel header.
 */
#ifndef NFLUA_ENGINE_H
#define NFLUA_ENGINE_H

#include "lua.h"
#include "host.h"

/* Statuses besides LUA_OK and LUA_ERR*. The call was stopped from outside. */
#define NFLUA_ENGINE_KILLED	6
/* The call did not begin: there was too little C stack, or memory. */
#define NFLUA_ENGINE_NO_STACK	7
#define NFLUA_ENGINE_NO_MEMORY	8

/* Number of names that a universe holds; a power of 2. */
#define NFLUA_ENGINE_NAMES	16

/* Longest name that nflua_engine_callable() finds, in bytes. */
#define NFLUA_ENGINE_NAME_MAX	63

/* Slots at the bottom of the stack of a thread for calls. */
enum nflua_engine_slot {
	NFLUA_SLOT_HANDLER = 1,
	NFLUA_SLOT_FRAME,
	NFLUA_SLOT_PACKET,
	NFLUA_SLOT_MAX = NFLUA_SLOT_PACKET,
};

/* How far a chunk got: it ran, or why it did not. */
enum nflua_engine_stage {
	NFLUA_STAGE_RUN,
	NFLUA_STAGE_SYNTAX,
	NFLUA_STAGE_INCOMPLETE,
};

/* Returns the next piece of a chunk, or NULL at its end. */
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

/* A text of an error. */
struct nflua_text {
	char *buf;		/* from nflua_text_alloc(); NULL: there is none */
	size_t max;		/* in: bytes that it may have, without the NUL */
	int truncated;		/* it was longer */
};

struct nflua_failure {
	struct nflua_text text;
	struct nflua_text traceback;
};

/* Called once, before all else. @random must be a secret. */
void nflua_engine_init(unsigned long long random);

/*
 * Returns a new universe with Lua's libraries, or NULL if there is no memory. The blocks
 * that @alloc makes for threads (LUA_TTHREAD) must begin with a pointer to a struct
 * nflua_host, which the caller has set up for the context.
 */
lua_State *nflua_engine_open(lua_Alloc alloc, void *ud);

/*
 * Offers the global table @library to scripts: takes out functions that functions.h does
 * not list, and makes errors and tracebacks know the names of the others. May raise a
 * memory error.
 */
void nflua_engine_offer(lua_State *L, const char *library);

/*
 * Returns a thread for calls, which is held until it is dropped, or NULL if there is no
 * memory. @L is the main thread, on which nothing else ever runs.
 */
lua_State *nflua_engine_thread(lua_State *L);

/* Drops what the registry holds by this pointer, such as a thread. */
void nflua_engine_drop(lua_State *L, const void *key);

/* Returns whether @co is such a thread; scripts may not resume or close it. */
int nflua_engine_is_call(lua_State *co);

/*
 * Runs @body on @L, a thread for calls. Returns a status of Lua, or NFLUA_ENGINE_KILLED.
 * After any other failure nflua_engine_recover() must be called.
 */
int nflua_engine_run(lua_State *L, void (*body)(lua_State *L, void *ud), void *ud);

/*
 * Brings @L back to its slots after the failure @status, and fills @failure. Returns the
 * status that counts: NFLUA_ENGINE_KILLED if __close or __tostring was killed.
 */
int nflua_engine_recover(lua_State *L, int status, struct nflua_failure *failure);

/*
 * Fills @text with a traceback of @L, the thread that ran when the call was killed. There
 * is none if there is no memory for it, or nothing ran. To be called before
 * nflua_engine_reset(). Only reads Lua's data.
 */
void nflua_engine_where(lua_State *L, struct nflua_text *text);

/* Body: compiles and runs a struct nflua_chunk, and leaves its values. */
void nflua_engine_chunk(lua_State *L, void *chunk);

/*
 * Returns @name as a string of Lua, or NULL if there is no memory. The universe holds it
 * until the next name for this @slot, which is below NFLUA_ENGINE_NAMES. It takes no
 * memory if the universe has the string already, and that has at most 40 bytes
 * (LUAI_MAXSHORTLEN).
 */
const void *nflua_engine_name(lua_State *L, unsigned int slot, const char *name);

/*
 * Calls the global @name with the views, and leaves one value. Returns what
 * nflua_engine_run() returns. See ldo_own.h.
 */
int nflua_engine_call(lua_State *L, const void *name);

/* Has the function called with such a view of the packet: _PACKET, or _OTHER. */
void nflua_engine_show(lua_State *L, enum nflua_view_kind kind);

/* Pops the table on top, which has the fields and methods of a kind of view. */
void nflua_engine_methods(lua_State *L, enum nflua_view_kind kind);

/*
 * lua_next() with bounds, also for a table that is big and empty. Pushes the key and the
 * value of the first entry from slot *@at on, of the table on top. Looks at no more than
 * *@looks slots, and counts that down. Returns 1, 0 if there is no entry, or -1 if no
 * looks are left.
 */
int nflua_engine_next(lua_State *L, unsigned int *at, unsigned int *looks);

/* Returns whether the value at @idx, which is below 0, is a string that can be a name. */
int nflua_engine_is_name(lua_State *L, int idx);

/*
 * Returns whether the global @name can be called, or a metatable of the globals may make
 * it. Runs no code and takes no memory. @L is any thread of the universe.
 */
int nflua_engine_callable(lua_State *L, const char *name);

/* Takes a boolean off the top. Returns 1 or 0, or -1 if another value is there, which stays. */
int nflua_engine_boolean(lua_State *L);

/* Returns the number of values that a body left, above the slots. */
int nflua_engine_values(lua_State *L);

/* Drops these values. Takes no memory. */
void nflua_engine_clear(lua_State *L);

/* Brings a thread back to its slots after a kill. Takes no memory. */
void nflua_engine_reset(lua_State *L);

/* Stops what runs on @L; see ldo_own.h. */
void nflua_engine_kill(lua_State *L);

/* Set the count hook of a thread, 0: none, and return its count. Safe in an interrupt. */
void nflua_engine_hook(lua_State *L, int count);
int nflua_engine_hook_count(lua_State *L);

/*
 * Tells the collector of memory that Lua's objects hold elsewhere, so that it runs in
 * time.
 * @bytes: negative when they let go of it
 */
void nflua_engine_charge(lua_State *L, long bytes);

/* Raises a memory error. */
void nflua_engine_no_memory(lua_State *L);

#endif
