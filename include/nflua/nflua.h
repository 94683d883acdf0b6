/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * libnflua: Lua states in the Linux kernel, from user space.
 *
 * A context (struct nflua_ctx) is a connection to the module in one network
 * namespace. One thread at a time may use it; different contexts are independent.
 * The library never prints, never exits and installs no signal handler.
 *
 * Functions that can fail return 0 or a negative errno, and nflua_errmsg() returns the
 * message. Each function lists its own codes. Functions that talk to the module can
 * also return these common codes:
 *   -EINVAL      an argument is NULL, or the module calls it invalid
 *   -ENOMEM      there is no memory, here or in the kernel
 *   -EPERM       the caller lacks CAP_NET_ADMIN in the network namespace
 *   -EOPNOTSUPP  the loaded module does not support the function
 *   -EPROTO      malformed reply from the module
 *   -EBUSY       another request is running on the context
 *   -EMFILE, -ENFILE  no descriptor is left (functions that open something)
 *   -ENOPKG      the module was unloaded; open a new context when it is back
 *   -ENOBUFS     the socket was full and may have lost the reply: the module may
 *                have carried out the request
 *   -EIO         any other failure of the socket
 *
 * The library copies its arguments. An object returned through a `struct ... **` belongs
 * to the caller, who must free it with the function named there; freeing NULL does
 * nothing. A string that a function returns belongs to the object that the function was
 * called for, and is valid as long as that object.
 */
#ifndef NFLUA_NFLUA_H
#define NFLUA_NFLUA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nflua_ctx;
struct nflua_options;
struct nflua_result;
struct nflua_list;
struct nflua_state;
struct nflua_hooks;
struct nflua_channel;
struct nflua_message;
struct nflua_trial;
struct nflua_watch;
struct nflua_event;

/* Maximum length of a script, in bytes. */
#define NFLUA_SCRIPT_MAX (8 << 20)

/* Maximum length of a message in either direction, in bytes. */
#define NFLUA_MESSAGE_MAX 65531

/* Number of groups that scripts can send messages to: 0 to 31. */
#define NFLUA_GROUPS 32

/* ---- Contexts ---------------------------------------------------------- */

/**
 * nflua_open - connects to the module
 * @out: the context; nflua_close() it
 * @netns: network namespace: NULL for the caller's own, a name of `ip netns`, or a
 * 	path that contains a slash
 *
 * Returns 0, -ENOENT (no such namespace), -ENOPKG (the module is not loaded), or a
 * common code. On failure *out is still set, so that nflua_errmsg() works, and must be
 * closed. It is NULL only if there was no memory for it.
 */
int nflua_open(struct nflua_ctx **out, const char *netns);

/** nflua_close - closes a context, and interrupts what the module still runs for it */
void nflua_close(struct nflua_ctx *ctx);

/**
 * nflua_errmsg - returns the message of the last failure on @ctx
 *
 * This is the text of the kernel or of Lua, if there is one. Never NULL; valid until the
 * next call on @ctx.
 */
const char *nflua_errmsg(const struct nflua_ctx *ctx);

/** nflua_library_version - returns the version of this library, such as "1.2.3" */
const char *nflua_library_version(void);

/** nflua_family_version - returns the protocol version of the module: 1 or 2 */
unsigned int nflua_family_version(const struct nflua_ctx *ctx);

/**
 * nflua_module_version - returns the version of the loaded module, or NULL if it has none
 */
const char *nflua_module_version(const struct nflua_ctx *ctx);

/* ---- Results ----------------------------------------------------------- */

/** enum nflua_kind - why Lua failed, and the errno for it */
enum nflua_kind {
	NFLUA_KIND_NONE,	/* it did not fail */
	NFLUA_KIND_SYNTAX,	/* -ENOEXEC */
	NFLUA_KIND_INCOMPLETE,	/* -ENOEXEC: more text could complete it */
	NFLUA_KIND_RUNTIME,	/* -ECANCELED */
	NFLUA_KIND_MEMORY,	/* -ENOMEM */
	NFLUA_KIND_BUDGET,	/* -ETIME */
	NFLUA_KIND_INTERRUPTED,	/* -EINTR */
};

/** enum nflua_type - the type of a value */
enum nflua_type {
	NFLUA_TYPE_NIL,
	NFLUA_TYPE_BOOLEAN,
	NFLUA_TYPE_INTEGER,
	NFLUA_TYPE_STRING,
	NFLUA_TYPE_OTHER,	/* as text, from tostring() */
};

/* Flags of nflua_result_truncated(): what was cut off, and at which length. */
#define NFLUA_CUT_VALUES	(1u << 0)	/* past 64 KiB */
#define NFLUA_CUT_OUTPUT	(1u << 1)	/* past 64 KiB; in an event, 4 KiB */
#define NFLUA_CUT_ERROR		(1u << 2)	/* past 4 KiB */
#define NFLUA_CUT_TRACEBACK	(1u << 3)	/* past 8 KiB */
#define NFLUA_CUT_SENT		(1u << 4)	/* of a dry run, past 64 KiB */

/** nflua_result_free - frees a result */
void nflua_result_free(struct nflua_result *result);

/** nflua_result_count - returns the number of values of an eval */
size_t nflua_result_count(const struct nflua_result *result);

/** nflua_result_type - returns the type of value @i, or NIL past the last one */
enum nflua_type nflua_result_type(const struct nflua_result *result, size_t i);

/** nflua_result_boolean - returns value @i, or false if it is not a boolean */
bool nflua_result_boolean(const struct nflua_result *result, size_t i);

/** nflua_result_integer - returns value @i, or 0 if it is not an integer */
int64_t nflua_result_integer(const struct nflua_result *result, size_t i);

/**
 * nflua_result_string - returns value @i if its type is STRING or OTHER, else NULL
 * @len: becomes its length in bytes; may be NULL
 *
 * The string may contain any bytes, and a NUL follows it.
 */
const char *nflua_result_string(const struct nflua_result *result, size_t i,
				size_t *len);

/**
 * nflua_result_output - returns what print() wrote; never NULL
 * @len: becomes its length in bytes; may be NULL
 */
const char *nflua_result_output(const struct nflua_result *result, size_t *len);

/** nflua_result_kind - returns why Lua failed, or NFLUA_KIND_NONE */
enum nflua_kind nflua_result_kind(const struct nflua_result *result);

/** nflua_result_error - returns the error message, or NULL if there is none */
const char *nflua_result_error(const struct nflua_result *result);

/**
 * nflua_result_traceback - returns the traceback of the error, or NULL
 *
 * For a call that exceeded its budget or was interrupted, it shows where the call was.
 */
const char *nflua_result_traceback(const struct nflua_result *result);

/** nflua_result_truncated - returns NFLUA_CUT_* flags */
unsigned int nflua_result_truncated(const struct nflua_result *result);

/* ---- Creating and destroying states ------------------------------------ */

/**
 * nflua_options_new - returns options for a new state, all with their defaults
 *
 * nflua_options_free() them. Returns NULL if there is no memory.
 */
struct nflua_options *nflua_options_new(void);

/** nflua_options_free - frees options */
void nflua_options_free(struct nflua_options *options);

/**
 * nflua_options_set_maxalloc - sets the memory limit of the state
 * @bytes: 64 KiB to 1 TiB, 32 MiB by default; nflua_create() checks it
 */
void nflua_options_set_maxalloc(struct nflua_options *options, uint64_t bytes);

/**
 * nflua_options_set_budget - sets the time limit of a packet call
 * @usec: microseconds, 100 to 1,000,000; 20,000 by default; nflua_create() checks it
 *
 * The module rounds it up to a multiple of 4,000. nflua(7) says which time counts.
 */
void nflua_options_set_budget(struct nflua_options *options, uint32_t usec);

/**
 * nflua_options_set_drop_on_error - sets whether packets are dropped if their call fails
 * @drop: false by default: then a match does not match, and a target continues with
 * 	the next rule
 *
 * This is for rules without an --on-error option of their own. It also holds after the
 * state was destroyed, while the rules wait for a new one. Unless this is called, a new
 * state that takes over such rules keeps what the destroyed state had.
 */
void nflua_options_set_drop_on_error(struct nflua_options *options, bool drop);

/**
 * nflua_options_set_force - sets whether the script may lack functions that rules call
 * @force: false by default
 *
 * Without @force, nflua_create() returns -ENXIO if rules already wait for a state of this
 * name and the script lacks a function that they call.
 */
void nflua_options_set_force(struct nflua_options *options, bool force);

/**
 * nflua_options_set_owner - sets what the state belongs to
 * @owner: such as the name of a configuration file, at most 255 bytes; NULL or "": nothing
 *
 * The module only keeps it, for programs that manage states and leave those of others alone.
 *
 * Returns 0 or -ENOMEM.
 */
int nflua_options_set_owner(struct nflua_options *options, const char *owner);

/**
 * nflua_create - creates a state
 * @name: 1 to 63 characters of A-Z a-z 0-9 _ . : @ + -, not beginning with '-'
 * @options: NULL for the defaults
 * @script: runs in the new state before rules can call it; if it fails, the state is
 * 	not created. NULL for none
 * @len: length of @script in bytes, at most NFLUA_SCRIPT_MAX
 * @chunk_name: in Lua's format, "@file.lua" or "=text", at most 255 bytes; NULL for
 * 	"=chunk"
 * @out: what the script did, even if it failed; may be NULL. *out is NULL if the request
 * 	failed before the script was compiled, or if there was no memory for the whole
 * 	result. nflua_result_free() it
 *
 * Rules that wait for a state of this name call this one from then on.
 *
 * Returns 0, -EEXIST, -E2BIG, -ENXIO (rules call functions that the script lacks), an
 * errno of enum nflua_kind, or a common code.
 */
int nflua_create(struct nflua_ctx *ctx, const char *name,
		 const struct nflua_options *options, const char *script,
		 size_t len, const char *chunk_name, struct nflua_result **out);

/** struct nflua_script - one of several scripts */
struct nflua_script {
	const char *text;
	size_t len;		/* in bytes; of all scripts together at most NFLUA_SCRIPT_MAX */
	const char *chunk_name;	/* as of nflua_create() */
};

/**
 * nflua_create_scripts - creates a state, and runs several scripts in it, in order
 * @count: of the scripts; 0: none
 *
 * If one fails, the state is not created. For the other arguments, and what it returns, see
 * nflua_create().
 */
int nflua_create_scripts(struct nflua_ctx *ctx, const char *name,
			 const struct nflua_options *options,
			 const struct nflua_script *scripts, size_t count,
			 struct nflua_result **out);

/**
 * nflua_try_scripts - does what nflua_create_scripts() does, and then drops the state
 * @name: a state of this name may exist, and stays as it is
 * @flags: NFLUA_LOAD_CHECK: only compile the scripts; or 0
 * @functions: globals that the scripts must define, unless they are only compiled; ends
 * 	with NULL. NULL: none
 *
 * Nobody else sees the state. What it sends while the scripts run is sent. Hooks that belong
 * to the owner of @options may call functions that the scripts lack.
 *
 * Returns what nflua_create() returns, but not -EEXIST. -ENXIO means that the scripts lack one
 * of @functions, or one that rules or hooks of that name call.
 */
int nflua_try_scripts(struct nflua_ctx *ctx, const char *name,
		      const struct nflua_options *options, unsigned int flags,
		      const struct nflua_script *scripts, size_t count,
		      const char *const *functions, struct nflua_result **out);

/**
 * nflua_set - changes options of a live state
 * @options: those that were set, but for nflua_options_set_force(); the others stay
 *
 * Its script goes on as it is. A call that runs keeps the time limit that it began with.
 *
 * Returns 0, -ENOENT (no such state), -ENOSPC (the state uses more memory than that), or a
 * common code.
 */
int nflua_set(struct nflua_ctx *ctx, const char *name, const struct nflua_options *options);

/**
 * nflua_destroy - destroys a state
 * @force: destroy it even if rules refer to it or a script runs in it. The rules then
 * 	wait for a new state of the same name; the script is interrupted
 *
 * Without @force it retries for up to a second while the state is busy, because
 * nf_tables releases a flushed rule a little later. A signal that has a handler ends
 * the retries, even with SA_RESTART, and so does nflua_interrupt().
 *
 * Returns 0, -ENOENT, -EBUSY, -EINTR, or a common code.
 */
int nflua_destroy(struct nflua_ctx *ctx, const char *name, bool force);

/* ---- Running scripts --------------------------------------------------- */

/* Flags of nflua_load() and nflua_load_file(). CHECK cannot be combined with others. */
#define NFLUA_LOAD_CHECK	(1u << 0)	/* compile only */
#define NFLUA_LOAD_REPLACE	(1u << 1)	/* in a fresh state, which
						 * replaces the old one if the
						 * script succeeds */
#define NFLUA_LOAD_FORCE	(1u << 2)	/* with REPLACE: even if it lacks
						 * functions that rules call */

/**
 * nflua_load - runs a script in a state
 * @flags: NFLUA_LOAD_*
 *
 * For the other arguments see nflua_create().
 *
 * Returns 0, -ENOENT (no such state), -E2BIG, -EBUSY (a change waits for its confirmation),
 * -ENXIO (rules call functions that the new state lacks), -EAGAIN (the state's script was replaced meanwhile, and what this one did
 * is lost), an errno of enum nflua_kind, or a common code.
 */
int nflua_load(struct nflua_ctx *ctx, const char *name, unsigned int flags,
	       const char *script, size_t len, const char *chunk_name,
	       struct nflua_result **out);

/**
 * nflua_load_scripts - runs several scripts in a state, in order, until one fails
 *
 * With NFLUA_LOAD_REPLACE they run in one fresh state, which replaces the old one if all
 * succeed. For the arguments, and what it returns, see nflua_load() and
 * nflua_create_scripts().
 */
int nflua_load_scripts(struct nflua_ctx *ctx, const char *name, unsigned int flags,
		       const struct nflua_script *scripts, size_t count,
		       struct nflua_result **out);

/** struct nflua_way_back - how a replace can be taken back */
struct nflua_way_back {
	uint32_t confirm_ms;	/* by itself, unless nflua_confirm() comes in this time, up to
				 * 86,400,000 (a day); 0: never by itself */
	uint32_t max_errors;	/* or, until then, when more errors occur in a second; 0: any
				 * number. Needs confirm_ms */
	bool keep;		/* nflua_rollback() takes it back even after nflua_confirm() */
};

/**
 * nflua_replace_scripts - replaces the script of a state by others, perhaps for a time
 * @flags: NFLUA_LOAD_FORCE or 0
 * @way: NULL: it cannot be taken back, and the old environment is freed
 *
 * With @way, the old environment is kept aside in the kernel, in addition to the new one; its
 * timers stand still. While the change waits for its confirmation, other scripts than those
 * of nflua_eval() are refused with -EBUSY. The kernel takes the change back even if this
 * program has ended.
 *
 * For the other arguments, and what it returns, see nflua_load_scripts().
 */
int nflua_replace_scripts(struct nflua_ctx *ctx, const char *name, unsigned int flags,
			  const struct nflua_script *scripts, size_t count,
			  const struct nflua_way_back *way, struct nflua_result **out);

/**
 * nflua_confirm - confirms the change of a state that waits for it
 *
 * Returns 0, -ENOENT (no such state), -ENODATA (no change waits), or a common code.
 */
int nflua_confirm(struct nflua_ctx *ctx, const char *name);

/**
 * nflua_rollback - takes the last replace of a state back
 * @force: even if rules or hooks call functions that the old environment lacks
 *
 * Returns 0, -ENOENT (no such state), -ENODATA (the old environment was not kept), -ENXIO
 * (see @force), or a common code.
 */
int nflua_rollback(struct nflua_ctx *ctx, const char *name, bool force);

/**
 * nflua_read_script - reads a script from a file
 * @path: name of the file
 * @fd: if @path is NULL, an open descriptor, which is read to its end
 * @script: becomes its text, NUL-terminated; free() it
 * @len: becomes its length in bytes
 *
 * The first line is replaced by blanks if it begins with '#', as Lua skips it.
 *
 * Waits for a FIFO, a terminal or anything else that has nothing to read yet. A signal
 * that has a handler ends the wait, even with SA_RESTART, and so does
 * nflua_interrupt(), even if it is called just before the wait begins.
 *
 * Returns 0, -E2BIG (more than NFLUA_SCRIPT_MAX), -EINTR, an errno of open(2), poll(2)
 * or read(2), or a common code.
 */
int nflua_read_script(struct nflua_ctx *ctx, const char *path, int fd,
		      char **script, size_t *len);

/**
 * nflua_load_file - runs a file in a state, with the chunk name "@path"
 *
 * The chunk name is cut off after 255 bytes.
 *
 * Returns what nflua_read_script() and nflua_load() return.
 */
int nflua_load_file(struct nflua_ctx *ctx, const char *name, unsigned int flags,
		    const char *path, struct nflua_result **out);

/**
 * nflua_eval - runs an expression or a chunk, and returns its values
 * @code: NUL-terminated
 * @chunk_name: NULL for "=eval"
 * @out: as in nflua_create(), with the values
 *
 * Returns what nflua_load() returns.
 */
int nflua_eval(struct nflua_ctx *ctx, const char *name, const char *code,
	       const char *chunk_name, struct nflua_result **out);

/**
 * nflua_show - does what nflua_eval() does, and shows the contents of tables
 *
 * A table becomes a text of type OTHER, such as {1, 2, name = "x"}, with "..." where
 * there was no room for more. If the table has a __tostring, that is called instead.
 */
int nflua_show(struct nflua_ctx *ctx, const char *name, const char *code,
	       const char *chunk_name, struct nflua_result **out);

/**
 * nflua_interrupt - interrupts what is running on @ctx
 *
 * Another thread or a signal handler may call it (it is async-signal-safe) while a call
 * on @ctx waits for the module, for a file, or in nflua_destroy(). That call then returns
 * -EINTR. If no call is running, nothing happens; but see nflua_keep_interrupt().
 */
void nflua_interrupt(struct nflua_ctx *ctx);

/**
 * nflua_keep_interrupt - makes interrupts apply to later calls as well
 * @keep: true: after nflua_interrupt() every call on @ctx returns -EINTR, until this
 * 	function is called with false
 *
 * Without it, an interrupt that comes just before a call is lost. A program that
 * handles a signal only during some calls first calls this, then sigaction(2), then
 * makes the calls.
 */
void nflua_keep_interrupt(struct nflua_ctx *ctx, bool keep);

/* ---- Listing states ---------------------------------------------------- */

/**
 * nflua_list - lists all states of the namespace, as they were at one moment
 * @out: nflua_list_free() it
 *
 * Returns 0 or a common code.
 */
int nflua_list(struct nflua_ctx *ctx, struct nflua_list **out);

/**
 * nflua_get - returns one state, as a list of one
 * @out: nflua_list_free() it
 *
 * Returns 0, -ENOENT, or a common code.
 */
int nflua_get(struct nflua_ctx *ctx, const char *name, struct nflua_list **out);

/** nflua_list_free - frees a list and its states */
void nflua_list_free(struct nflua_list *list);

/** nflua_list_count - returns the number of states */
size_t nflua_list_count(const struct nflua_list *list);

/**
 * nflua_list_state - returns state @i, which belongs to the list, or NULL past the end
 */
const struct nflua_state *nflua_list_state(const struct nflua_list *list,
					   size_t i);

/** nflua_state_name - returns the name of the state */
const char *nflua_state_name(const struct nflua_state *state);

/** nflua_state_maxalloc - returns the memory limit of the state in bytes */
uint64_t nflua_state_maxalloc(const struct nflua_state *state);

/** nflua_state_curralloc - returns the memory that the state uses, in bytes */
uint64_t nflua_state_curralloc(const struct nflua_state *state);

/** nflua_state_peakalloc - returns the most memory that the state ever used, in bytes */
uint64_t nflua_state_peakalloc(const struct nflua_state *state);

/**
 * nflua_state_budget - returns the time limit of a packet call in microseconds
 *
 * This is the limit in force, a multiple of 4,000.
 */
uint32_t nflua_state_budget(const struct nflua_state *state);

/** nflua_state_percpu - returns whether the state has a runtime for each CPU */
bool nflua_state_percpu(const struct nflua_state *state);

/** nflua_state_runtimes - returns the number of runtimes; 0: the state was destroyed */
uint32_t nflua_state_runtimes(const struct nflua_state *state);

/** nflua_state_refs - returns the number of rules and hooks that refer to the state */
uint32_t nflua_state_refs(const struct nflua_state *state);

/** nflua_state_hooks - returns how many of these are hooks */
uint32_t nflua_state_hooks(const struct nflua_state *state);

/** nflua_state_calls - returns the number of calls from the packet path */
uint64_t nflua_state_calls(const struct nflua_state *state);

/**
 * nflua_state_matches - returns the number of calls that matched or gave a verdict
 *
 * The verdict "continue" does not count.
 */
uint64_t nflua_state_matches(const struct nflua_state *state);

/**
 * nflua_state_errors - returns the number of calls, timers and transmissions that failed
 */
uint64_t nflua_state_errors(const struct nflua_state *state);

/**
 * nflua_state_time_ns - returns the time spent in calls in ns, estimated from a sample
 */
uint64_t nflua_state_time_ns(const struct nflua_state *state);

/** nflua_state_age_ns - returns the time since the state was created, in ns */
uint64_t nflua_state_age_ns(const struct nflua_state *state);

/* Length of a digest, in bytes. */
#define NFLUA_STATE_DIGEST_SIZE 32

/**
 * nflua_state_digest - returns a digest of the scripts that ran in the state
 *
 * Those of the last create or replace, and those loaded since; what nflua_eval() runs does
 * not count. nflua_digest_scripts() says what it is. NULL if no script ran.
 */
const unsigned char *nflua_state_digest(const struct nflua_state *state);

/** nflua_state_script - returns the chunk name of the last of these scripts, or NULL */
const char *nflua_state_script(const struct nflua_state *state);

/** nflua_state_script_age_ns - returns the time since that script ran, in ns */
uint64_t nflua_state_script_age_ns(const struct nflua_state *state);

/** nflua_state_owner - returns what nflua_options_set_owner() has set, or NULL */
const char *nflua_state_owner(const struct nflua_state *state);

/**
 * nflua_state_confirm_ms - returns the time that is left for nflua_confirm(), in ms
 * @ms: becomes the time; may be NULL
 *
 * Returns false if no change of the state waits for its confirmation.
 */
bool nflua_state_confirm_ms(const struct nflua_state *state, uint32_t *ms);

/**
 * nflua_state_keptalloc - returns the memory of what nflua_rollback() goes back to, in bytes
 *
 * 0 if there is nothing.
 */
uint64_t nflua_state_keptalloc(const struct nflua_state *state);

/**
 * nflua_digest_scripts - computes what nflua_state_digest() returns after some scripts
 * @digest: becomes the digest; NFLUA_STATE_DIGEST_SIZE bytes
 *
 * The digest of the first script is its SHA-256. That of several is the SHA-256 of 64 bytes:
 * the digest of all but the last, and the SHA-256 of the last.
 *
 * Returns false if there is no script.
 */
bool nflua_digest_scripts(const struct nflua_script *scripts, size_t count,
			  unsigned char *digest);

/**
 * nflua_state_is_gone - returns whether the state was destroyed
 *
 * It is still listed because rules wait for a new state of the same name.
 */
bool nflua_state_is_gone(const struct nflua_state *state);

/**
 * nflua_state_drops_on_error - returns what nflua_options_set_drop_on_error() has set
 */
bool nflua_state_drops_on_error(const struct nflua_state *state);

/**
 * nflua_state_function_count - returns how many functions that rules call are listed
 *
 * At most 100.
 */
size_t nflua_state_function_count(const struct nflua_state *state);

/**
 * nflua_state_function - returns the name of listed function @i, or NULL past the last
 */
const char *nflua_state_function(const struct nflua_state *state, size_t i);

/** nflua_state_is_missing - returns whether the state lacks listed function @i */
bool nflua_state_is_missing(const struct nflua_state *state, size_t i);

/**
 * nflua_state_has_more_functions - returns whether rules call more functions than listed
 */
bool nflua_state_has_more_functions(const struct nflua_state *state);

/**
 * nflua_state_last_error - returns the last error that no request waited for
 *
 * Such errors come from packet calls, timers, and packets that could not be sent. The
 * text has at most 511 bytes. NULL if there was no error since the state was created or
 * nflua_clear() was called.
 */
const char *nflua_state_last_error(const struct nflua_state *state);

/**
 * nflua_state_failure - returns the last error in full: kind, text and traceback
 *
 * Belongs to @state. NULL if there was none, or if @state is part of an event.
 */
const struct nflua_result *nflua_state_failure(const struct nflua_state *state);

/**
 * nflua_state_failed_function - returns where the last error occurred
 *
 * See nflua_event_function().
 */
const char *nflua_state_failed_function(const struct nflua_state *state);

/** nflua_state_failure_age_ns - returns the time since the last error, in ns */
uint64_t nflua_state_failure_age_ns(const struct nflua_state *state);

/**
 * nflua_state_failure_count - returns how many times in a row the last error occurred
 *
 * It is the same error if function, kind and text are the same.
 */
uint64_t nflua_state_failure_count(const struct nflua_state *state);

/**
 * nflua_clear - forgets the last error of a state
 *
 * The number of errors stays. Returns 0, -ENOENT (no such state), or a common code.
 */
int nflua_clear(struct nflua_ctx *ctx, const char *name);

/* ---- Completion -------------------------------------------------------- */

/**
 * nflua_complete - returns the names that can continue an expression
 * @prefix: the expression so far: "na", "a.b.na" or "a:na"; at most 1023 bytes
 * @out: values of type STRING, sorted, each once: all names that begin with "na", in
 * 	full, without what precedes them in @prefix. nflua_result_free() it
 *
 * After ':' only functions are returned. Names are looked up in the live state, without
 * running code of the script. If @prefix is not such an expression, there are none.
 * nflua_result_truncated() returns NFLUA_CUT_VALUES if there may be more names.
 *
 * Returns 0, -ENOENT (no such state), -E2BIG, -EINTR, or a common code.
 */
int nflua_complete(struct nflua_ctx *ctx, const char *name, const char *prefix,
		   struct nflua_result **out);

/* ---- Hooks -------------------------------------------------------------- */

/**
 * enum nflua_hook - a hook of netfilter; the chain of a rule that has the same name
 *
 * Ingress and egress are those of a device, which is iif or oif of the attachment. No rule
 * is there.
 */
enum nflua_hook {
	NFLUA_HOOK_PREROUTING,
	NFLUA_HOOK_INPUT,
	NFLUA_HOOK_FORWARD,
	NFLUA_HOOK_OUTPUT,
	NFLUA_HOOK_POSTROUTING,
	NFLUA_HOOK_INGRESS,	/* of netdev and inet */
	NFLUA_HOOK_EGRESS,	/* of netdev */
};

/** enum nflua_family - a family of netfilter */
enum nflua_family {
	NFLUA_FAMILY_INET,	/* IPv4 and IPv6 */
	NFLUA_FAMILY_IP,
	NFLUA_FAMILY_IP6,
	NFLUA_FAMILY_NETDEV,
	NFLUA_FAMILY_BRIDGE,
	NFLUA_FAMILY_ARP,	/* input and output */
};

/* Types of frames; see struct nflua_attachment. */
#define NFLUA_FRAMES_MAX	8
#define NFLUA_FRAMES_ALL	3	/* all frames; ETH_P_ALL of linux/if_ether.h */

/** enum nflua_hook_error - what becomes of a packet for which a hook's call fails */
enum nflua_hook_error {
	NFLUA_HOOK_ERROR_STATE,		/* what the state says */
	NFLUA_HOOK_ERROR_ACCEPT,
	NFLUA_HOOK_ERROR_DROP,
};

/**
 * struct nflua_attachment - a function that is attached to a hook
 *
 * Fields that are 0 or NULL have their defaults, except state and function, which are
 * needed.
 */
struct nflua_attachment {
	uint32_t id;			/* in a list; ignored by nflua_attach() */
	const char *state;		/* name of the state */
	const char *function;		/* a global of the state, at most 63 bytes */
	enum nflua_family family;
	enum nflua_hook hook;
	int32_t priority;		/* the lowest is called first */
	uint32_t mark;			/* only packets with this mark, */
	uint32_t mark_mask;		/* in these bits; 0: with any mark */
	const char *iif;		/* only packets that came in by this device; */
	const char *oif;		/* or leave by this one; ingress and egress need it */
	int protocol;			/* only packets of this protocol; IPPROTO_* */
	/*
	 * Of ingress, egress and bridges, which frames: EtherTypes, or NFLUA_FRAMES_ALL, up
	 * to the first 0. None: packets of IP.
	 */
	uint16_t frames[NFLUA_FRAMES_MAX];
	enum nflua_hook_error on_error;
	bool waits;			/* in a list: its device is not there yet */
	const char *owner;		/* as nflua_options_set_owner() sets it */
};

/**
 * nflua_attach - has a function called for each packet of a hook
 * @what: which function, and for which packets
 * @force: attach it even if the state has no such function, or was destroyed by force
 * @id: becomes the number of the hook, for nflua_detach_id(); may be NULL
 *
 * The hook stays when the script is replaced, and then calls the new function. It refers
 * to the state as a rule does. It is there until it is detached, the namespace goes away,
 * or the machine is rebooted; the module cannot be unloaded meanwhile.
 *
 * Returns 0, -EEXIST (there is such a hook, but perhaps for on_error), -ENOENT (no such
 * state), -ENXIO (no such function), -E2BIG (netfilter takes no more hooks there), or a
 * common code.
 */
int nflua_attach(struct nflua_ctx *ctx, const struct nflua_attachment *what, bool force,
		 uint32_t *id);

/**
 * nflua_set_hook - changes on_error and owner of a hook, and nothing else of it
 * @what: names the hook by its state and its id; has the new values
 *
 * No packet passes the hook meanwhile.
 *
 * Returns 0, -ENOENT (the state has no such hook), or a common code.
 */
int nflua_set_hook(struct nflua_ctx *ctx, const struct nflua_attachment *what);

/**
 * nflua_detach - removes all hooks of a state that call a function
 *
 * Returns 0, -ENOENT (there are none), or a common code.
 */
int nflua_detach(struct nflua_ctx *ctx, const char *name, const char *function);

/**
 * nflua_detach_id - removes one hook of a state
 * @id: number of the hook
 *
 * Returns 0, -ENOENT (the state has no such hook), or a common code.
 */
int nflua_detach_id(struct nflua_ctx *ctx, const char *name, uint32_t id);

/**
 * nflua_hooks - lists hooks, as they were at one moment, the oldest first
 * @name: only those of this state; NULL: all of the namespace
 * @out: nflua_hooks_free() it
 *
 * Returns 0 or a common code. A state that does not exist has no hooks.
 */
int nflua_hooks(struct nflua_ctx *ctx, const char *name, struct nflua_hooks **out);

/** nflua_hooks_free - frees a list of hooks */
void nflua_hooks_free(struct nflua_hooks *hooks);

/** nflua_hooks_count - returns the number of hooks */
size_t nflua_hooks_count(const struct nflua_hooks *hooks);

/** nflua_hooks_get - returns hook @i, which belongs to the list, or NULL past the end */
const struct nflua_attachment *nflua_hooks_get(const struct nflua_hooks *hooks, size_t i);

/**
 * nflua_hook_find - finds a hook by its name, such as "prerouting"
 *
 * Returns an enum nflua_hook, or -EINVAL.
 */
int nflua_hook_find(const char *name);

/** nflua_hook_name - returns the name of a hook, or NULL for an unknown one */
const char *nflua_hook_name(enum nflua_hook hook);

/**
 * nflua_family_find - finds a family by its name: "inet", "ip", "ip6",
 * "netdev", "bridge" or "arp"
 *
 * Returns an enum nflua_family, or -EINVAL.
 */
int nflua_family_find(const char *name);

/** nflua_family_name - returns the name of a family, or NULL for an unknown one */
const char *nflua_family_name(enum nflua_family family);

/**
 * nflua_priority_find - reads a priority
 * @family: the family of the hook
 * @text: a number, or a name that nft(8) has in this family (raw, mangle, dstnat, filter,
 *	security, srcnat; netdev and arp: filter; bridge: dstnat, filter, out, srcnat), perhaps
 *	with an offset, as in "filter - 10"
 * @priority: becomes its value
 *
 * Returns 0 or -EINVAL.
 */
int nflua_priority_find(enum nflua_family family, const char *text, int32_t *priority);

/**
 * nflua_priority_text - writes a priority as nft(8) shows it: as a name if one is near
 * @buf: becomes the text, cut off if it is too small; 32 bytes are enough
 * @size: of @buf in bytes
 */
void nflua_priority_text(enum nflua_family family, int32_t priority, char *buf,
			 size_t size);

/**
 * nflua_frames_find - reads types of frames
 * @text: "all", or up to NFLUA_FRAMES_MAX types with commas between: ip, ip6, arp, vlan, or
 *	a number, such as 0x88cc
 * @frames: becomes the types, each once and in ascending order, and then zeros
 *
 * Returns 0 or -EINVAL.
 */
int nflua_frames_find(const char *text, uint16_t frames[NFLUA_FRAMES_MAX]);

/**
 * nflua_frames_text - writes types of frames as nflua_frames_find() reads them
 * @frames: up to the first 0; "" if there is none
 * @buf: becomes the text, cut off if it is too small; 64 bytes are enough
 * @size: of @buf in bytes
 */
void nflua_frames_text(const uint16_t frames[NFLUA_FRAMES_MAX], char *buf, size_t size);

/* ---- Dry runs ---------------------------------------------------------- */

/** enum nflua_verdict - the result of a call in a dry run */
enum nflua_verdict {
	NFLUA_VERDICT_CONTINUE,	/* or nil, or nothing */
	NFLUA_VERDICT_ACCEPT,
	NFLUA_VERDICT_DROP,	/* or nf.hotdrop(true) */
	NFLUA_VERDICT_STOLEN,
	NFLUA_VERDICT_QUEUE,
	NFLUA_VERDICT_REPEAT,
	NFLUA_VERDICT_STOP,
	NFLUA_VERDICT_NO_MATCH,	/* false */
	NFLUA_VERDICT_MATCH,	/* true */
	NFLUA_VERDICT_ERROR,	/* the call failed, or returned anything else */
	NFLUA_VERDICT_REJECT,	/* of any kind */
};

#define NFLUA_VERDICTS 11

/** struct nflua_packet - a packet for a dry run */
struct nflua_packet {
	const void *frame;	/* Ethernet header; NULL: none */
	size_t frame_len;	/* in bytes: 14, or 18 with an 802.1Q tag */
	const void *data;	/* from the IPv4 or IPv6 header on */
	size_t len;		/* in bytes; those after the IP length are ignored */
};

/**
 * nflua_run - calls a function for a packet, as a rule would, in a dry run
 * @function: a global of the state, at most 63 bytes
 * @packet: a complete, valid IPv4 or IPv6 packet of at most 65531 bytes
 * @hook: the chain that the rule would be in
 * @repeat: number of calls, 1 to 10,000,000
 * @out: nflua_trial_free() it; NULL on failure
 *
 * The calls can change the script's data. But nothing that they send reaches the network
 * or a listener, not even later, from copies of the packet or from timers. The match mask
 * of the namespace stays as it is, and the state's statistics do not count the calls.
 * A call that fails has the verdict NFLUA_VERDICT_ERROR; this function still returns 0.
 *
 * Returns 0, -ENOENT (no such state), -EINVAL (also for a damaged packet), -E2BIG,
 * -EINTR (nflua_interrupt()), or a common code.
 */
int nflua_run(struct nflua_ctx *ctx, const char *name, const char *function,
	      const struct nflua_packet *packet, enum nflua_hook hook,
	      uint32_t repeat, struct nflua_trial **out);

/** nflua_trial_free - frees the result of a dry run */
void nflua_trial_free(struct nflua_trial *trial);

/** nflua_verdict_name - returns "accept", "no match", ..., or NULL for an unknown one */
const char *nflua_verdict_name(enum nflua_verdict verdict);

/** nflua_trial_count - returns the number of calls with the verdict @verdict */
uint64_t nflua_trial_count(const struct nflua_trial *trial,
			   enum nflua_verdict verdict);

/** nflua_trial_calls - returns the number of calls */
uint64_t nflua_trial_calls(const struct nflua_trial *trial);

/** nflua_trial_time_ns - returns the time that all calls took, in ns */
uint64_t nflua_trial_time_ns(const struct nflua_trial *trial);

/** nflua_trial_first_ns - returns the time of the first call in ns; 0: not known */
uint64_t nflua_trial_first_ns(const struct nflua_trial *trial);

/** nflua_trial_longest_ns - returns the time of the longest call in ns */
uint64_t nflua_trial_longest_ns(const struct nflua_trial *trial);

/* Number of classes that calls are sorted into by time: 8 for each power of two of ns. */
#define NFLUA_CLASSES 256

/**
 * nflua_trial_class - returns the number of calls in class @i, or 0 past the last one
 * @ns: becomes the time of such calls in ns, the middle of the class; may be NULL
 *
 * The classes are the same for all dry runs, so that the numbers of several runs can be
 * added up, to find their median, for example.
 */
uint64_t nflua_trial_class(const struct nflua_trial *trial, size_t i, uint64_t *ns);

/** nflua_trial_packets - returns how many packets the calls would have sent */
uint64_t nflua_trial_packets(const struct nflua_trial *trial);

/** nflua_trial_messages - returns how many messages the calls would have sent */
uint64_t nflua_trial_messages(const struct nflua_trial *trial);

/**
 * nflua_trial_packet - returns packet @i that would have been sent
 * @len: becomes its length in bytes; may be NULL
 *
 * The packet begins with its network header. Returns NULL past the last one that was
 * kept. The module keeps the first 64 KiB of all packets and messages, so there may be
 * fewer than nflua_trial_packets().
 */
const void *nflua_trial_packet(const struct nflua_trial *trial, size_t i,
			       size_t *len);

/**
 * nflua_trial_message - returns the payload of message @i that would have been sent
 * @len: becomes its length in bytes; may be NULL
 *
 * Returns NULL past the last one that was kept; see nflua_trial_packet().
 */
const void *nflua_trial_message(const struct nflua_trial *trial, size_t i,
				size_t *len);

/**
 * nflua_trial_result - returns what the calls printed, and the first error
 *
 * The result belongs to @trial.
 */
const struct nflua_result *nflua_trial_result(const struct nflua_trial *trial);

/* ---- Events ------------------------------------------------------------ */

/** enum nflua_event_type - what happened */
enum nflua_event_type {
	NFLUA_EVENT_CREATED,	/* a state was created */
	NFLUA_EVENT_DESTROYED,
	NFLUA_EVENT_REPLACED,
	NFLUA_EVENT_ERROR,	/* a packet call, a timer or sending a packet failed */
	NFLUA_EVENT_PRINT,	/* a script printed something, outside of a request */
	NFLUA_EVENT_ATTACHED,	/* a hook was added */
	NFLUA_EVENT_DETACHED,	/* a hook was removed */
	NFLUA_EVENT_CHANGED,	/* nflua_set() changed a state */
	NFLUA_EVENT_CONFIRMED,	/* a replace was confirmed */
	NFLUA_EVENT_ROLLED_BACK,	/* a replace was taken back */
};

/**
 * nflua_watch_open - opens a watch, which receives the events of a namespace
 * @ctx: the namespace is that of this context
 * @out: nflua_watch_close() it; NULL on failure
 *
 * Like a channel, the watch is independent of @ctx and has a receive buffer. See
 * nflua_channel_open(), also for the return value.
 */
int nflua_watch_open(struct nflua_ctx *ctx, struct nflua_watch **out);

/** nflua_watch_close - closes a watch */
void nflua_watch_close(struct nflua_watch *watch);

/** nflua_watch_errmsg - returns what nflua_channel_errmsg() returns for a channel */
const char *nflua_watch_errmsg(const struct nflua_watch *watch);

/** nflua_watch_fd - returns what nflua_channel_fd() returns for a channel */
int nflua_watch_fd(const struct nflua_watch *watch);

/**
 * nflua_watch_receive - receives the next event
 * @timeout: in milliseconds; see nflua_channel_receive()
 * @out: belongs to the watch, and is valid until the next call of this function
 *
 * Returns what nflua_channel_receive() returns, for the same reasons.
 */
int nflua_watch_receive(struct nflua_watch *watch, int timeout,
			const struct nflua_event **out);

/** nflua_event_type - returns what happened */
enum nflua_event_type nflua_event_type(const struct nflua_event *event);

/** enum nflua_rollback_reason - why a replace was taken back */
enum nflua_rollback_reason {
	NFLUA_ROLLBACK_REQUEST,	/* nflua_rollback() */
	NFLUA_ROLLBACK_TIME,	/* it was not confirmed in time */
	NFLUA_ROLLBACK_ERRORS,	/* there were more errors than allowed */
};

/** nflua_event_reason - returns why a replace was taken back, if the type is ROLLED_BACK */
enum nflua_rollback_reason nflua_event_reason(const struct nflua_event *event);

/** nflua_event_state - returns the name of the state */
const char *nflua_event_state(const struct nflua_event *event);

/** nflua_event_seq - returns the number of the event in its namespace */
uint32_t nflua_event_seq(const struct nflua_event *event);

/**
 * nflua_event_lost - returns how many events before this one were lost in a full buffer
 */
uint64_t nflua_event_lost(const struct nflua_event *event);

/**
 * nflua_event_dropped - returns how many events before this one the module dropped
 *
 * It drops events beyond its rate limit, and if it has no memory for them.
 */
uint32_t nflua_event_dropped(const struct nflua_event *event);

/**
 * nflua_event_figures - returns the statistics of the state
 *
 * They belong to the event. NULL unless its type is CREATED, DESTROYED, REPLACED, CHANGED,
 * CONFIRMED or ROLLED_BACK.
 */
const struct nflua_state *nflua_event_figures(const struct nflua_event *event);

/**
 * nflua_event_function - returns what failed
 *
 * This is the name of the function that a rule called, "timer", or, for a packet that
 * could not be sent, "send" or "reply". NULL unless the type is ERROR.
 */
const char *nflua_event_function(const struct nflua_event *event);

/**
 * nflua_event_result - returns the error (type ERROR) or the output (type PRINT)
 *
 * The result belongs to the event. NULL for other types.
 */
const struct nflua_result *nflua_event_result(const struct nflua_event *event);

/**
 * nflua_event_attachment - returns the hook that was added or removed
 *
 * It belongs to the event. NULL unless the type is ATTACHED or DETACHED.
 */
const struct nflua_attachment *
nflua_event_attachment(const struct nflua_event *event);

/**
 * struct nflua_endpoints - where a packet comes from and where it goes
 *
 * Addresses are text; ports are -1 if the packet has none.
 */
struct nflua_endpoints {
	int protocol;		/* IPPROTO_TCP, ... */
	const char *source;
	const char *destination;
	int source_port;
	int destination_port;
};

/**
 * nflua_event_endpoints - returns the endpoints of the packet whose call failed
 *
 * They belong to the event. NULL unless the type is ERROR and a packet call failed.
 */
const struct nflua_endpoints *
nflua_event_endpoints(const struct nflua_event *event);

/* ---- Messages ---------------------------------------------------------- */

/**
 * nflua_send - sends a message to the state's handler, which nf.receive() sets
 * @payload: any bytes; "" with a @len of 0 for an empty message
 * @len: in bytes, at most NFLUA_MESSAGE_MAX
 * @out: if the handler failed, its error with kind and traceback; else an empty
 * 	result. May be NULL; *out is NULL if the request failed before the handler ran.
 * 	nflua_result_free() it
 *
 * Returns after the handler has run. The handler gets the port of the context, but the
 * context ignores messages to it; use nflua_channel_send() to get answers.
 *
 * Returns 0, -ENOENT (no such state), -ENOTCONN (it has no handler), -E2BIG, an errno of
 * enum nflua_kind, or a common code.
 */
int nflua_send(struct nflua_ctx *ctx, const char *name, const char *payload,
	       size_t len, struct nflua_result **out);

/**
 * nflua_channel_open - opens a channel, which receives messages of scripts
 * @ctx: the namespace is that of this context. The channel is independent of it, may
 * 	outlive it, and may be used by one thread at a time
 * @out: nflua_channel_close() it; NULL on failure
 *
 * Scripts reach a channel by its port, nf.netlink(port, 0, payload), and by the groups
 * that it joins, nf.netlink(0, 1 << group, payload). Messages are kept in a buffer in
 * the kernel: of 32 MiB if the caller has CAP_NET_ADMIN, else of at most
 * net.core.rmem_max. Scripts never wait for a channel. Messages that do not fit are
 * lost, and the channel reports that.
 *
 * A module of version 1 sends only to ports. Its messages have no state name, group or
 * number, so that losses are reported but not counted.
 *
 * Returns 0 or a common code, with its message in @ctx.
 */
int nflua_channel_open(struct nflua_ctx *ctx, struct nflua_channel **out);

/** nflua_channel_close - closes a channel; messages in it are lost */
void nflua_channel_close(struct nflua_channel *channel);

/**
 * nflua_channel_errmsg - returns the message of the last failure on @channel
 *
 * Never NULL; valid until the next call on @channel.
 */
const char *nflua_channel_errmsg(const struct nflua_channel *channel);

/** nflua_channel_port - returns the port of the channel, for nf.netlink() in scripts */
uint32_t nflua_channel_port(const struct nflua_channel *channel);

/**
 * nflua_channel_join - makes the channel receive what is sent to a group
 * @group: 0 to 31
 *
 * Joining a group again does nothing. Returns 0, -EINVAL, or a common code.
 */
int nflua_channel_join(struct nflua_channel *channel, unsigned int group);

/**
 * nflua_channel_leave - ends what nflua_channel_join() began
 * @group: 0 to 31
 *
 * Messages that came before are still received. Returns 0, -EINVAL, or a common code.
 */
int nflua_channel_leave(struct nflua_channel *channel, unsigned int group);

/**
 * nflua_channel_fd - returns a descriptor for poll(2), epoll(7) and the like
 *
 * It is readable when nflua_channel_receive() has something to do. Use it only to wait;
 * it belongs to the channel.
 */
int nflua_channel_fd(const struct nflua_channel *channel);

/** nflua_channel_buffer - returns the size of the receive buffer in bytes */
size_t nflua_channel_buffer(const struct nflua_channel *channel);

/**
 * nflua_channel_set_buffer - sets the size of the receive buffer
 * @bytes: less than 2 GiB. The kernel counts about 800 bytes for each message in
 * 	addition to its payload
 *
 * nflua_channel_buffer() returns the resulting size. Returns 0, -EINVAL, or a common
 * code.
 */
int nflua_channel_set_buffer(struct nflua_channel *channel, size_t bytes);

/**
 * nflua_channel_receive - receives the next message
 * @timeout: how long to wait, in milliseconds; 0: do not wait; -1: wait forever
 * @out: belongs to the channel, and is valid until the next call of this function or of
 * 	nflua_channel_send(). NULL on failure
 *
 * Messages of a state to one destination arrive in the order in which they were sent.
 * nflua_message_lost() returns how many are missing before a message; these numbers add
 * up to all that was lost. But they are known only when another message arrives. So if
 * the buffer was full, and everything in it has been received, -ENOBUFS is returned once.
 *
 * Returns 0, -EAGAIN (timed out), -ENOBUFS (messages were lost, and none has arrived
 * since), -EINTR (a signal came during the wait), or a common code. After -EAGAIN,
 * -ENOBUFS and -EINTR the channel works as before.
 *
 * A signal that comes just before the wait does not end it. If that matters, block the
 * signal, receive with a @timeout of 0, and wait for nflua_channel_fd() with ppoll(2),
 * which lets the signal in.
 */
int nflua_channel_receive(struct nflua_channel *channel, int timeout,
			  const struct nflua_message **out);

/**
 * nflua_channel_send - does what nflua_send() does, from the channel's port
 *
 * The handler gets the channel's port, and can answer to it. Messages that arrive before
 * the handler has run are kept for nflua_channel_receive().
 *
 * Returns what nflua_send() returns. After -ENOBUFS (the channel's buffer was full), it
 * is not known whether the handler has run.
 */
int nflua_channel_send(struct nflua_channel *channel, const char *name,
		       const char *payload, size_t len,
		       struct nflua_result **out);

/**
 * nflua_message_payload - returns the bytes of the message; never NULL
 * @len: becomes their number; may be NULL
 *
 * No NUL follows the bytes.
 */
const char *nflua_message_payload(const struct nflua_message *message,
				  size_t *len);

/**
 * nflua_message_state - returns the name of the state that sent the message
 *
 * NULL if the module has version 1.
 */
const char *nflua_message_state(const struct nflua_message *message);

/** nflua_message_group - returns the group it was sent to; -1: to the channel's port */
int nflua_message_group(const struct nflua_message *message);

/**
 * nflua_message_seq - returns the number of the message
 *
 * A state numbers its messages to each destination from 1. The numbers begin again with a
 * new state of the same name. Those to a port may begin again at any time. 0 if the
 * module has version 1, which does not number messages.
 */
uint32_t nflua_message_seq(const struct nflua_message *message);

/**
 * nflua_message_lost - returns how many messages before this one were lost
 *
 * Only messages of the same state to the same destination count.
 */
uint64_t nflua_message_lost(const struct nflua_message *message);

#ifdef __cplusplus
}
#endif

#endif /* NFLUA_NFLUA_H */
