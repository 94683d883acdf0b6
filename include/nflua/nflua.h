/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * libnflua: Lua states in the Linux kernel, from user space.
 *
 * A context (struct nflua_ctx) is a connection to the module in one network
 * namespace. It belongs to one thread at a time; different contexts are
 * independent. The library prints nothing, ends nothing and installs no signal
 * handler.
 *
 * Functions that can fail return 0 or a negative errno, which nflua_errmsg()
 * puts in words. Beside the codes listed at a function, each that talks to the
 * module can return
 *   -EINVAL      a NULL where none may be, or what the module calls invalid
 *   -ENOMEM      no memory here or in the kernel
 *   -EPERM       the caller lacks CAP_NET_ADMIN over the network namespace
 *   -EOPNOTSUPP  the loaded module does not have the function
 *   -EPROTO      the module's answer makes no sense
 *   -EBUSY       the context has another request running
 *   -EMFILE, -ENFILE  there is no descriptor left; from those that open something
 *   -ENOPKG      the module was unloaded; open a new context when it is back
 *   -ENOBUFS     the socket was full, and the answer was perhaps lost: the module
 *                may have done what it was asked for
 *   -EIO         anything else that the socket says
 *
 * What is handed in is copied. What comes out through a `struct ... **` is the
 * caller's, to be freed with the function named there; freeing NULL is fine.
 * Strings that accessors return belong to the object that they were asked of
 * and live as long as it does.
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
struct nflua_channel;
struct nflua_message;
struct nflua_trial;
struct nflua_watch;
struct nflua_event;

/* The longest script, in bytes. */
#define NFLUA_SCRIPT_MAX (8 << 20)

/* The longest message in either direction, in bytes. */
#define NFLUA_MESSAGE_MAX 65531

/* Groups that scripts send messages to: 0 to 31. */
#define NFLUA_GROUPS 32

/* ---- Contexts ---------------------------------------------------------- */

/**
 * nflua_open - connects to the module
 * @out: the context; nflua_close() it
 * @netns: network namespace: NULL for that of the caller, a name as `ip netns`
 *	has it, or a path with a slash
 *
 * Returns 0, -ENOENT (no such namespace), -ENOPKG (the module is not loaded),
 * or a common code. *out is NULL after -EINVAL, and when there was no memory for
 * it; else it is set, so that nflua_errmsg() can be asked: close it then too.
 */
int nflua_open(struct nflua_ctx **out, const char *netns);

/** nflua_close - ends the connection; what it has running is broken off */
void nflua_close(struct nflua_ctx *ctx);

/**
 * nflua_errmsg - what the last failure on @ctx was
 *
 * The kernel's or Lua's own words where there are any. Never NULL; valid until
 * the next call on @ctx.
 */
const char *nflua_errmsg(const struct nflua_ctx *ctx);

/** nflua_library_version - of this library, "1.2.3" */
const char *nflua_library_version(void);

/** nflua_family_version - of the protocol that the module speaks: 1 or 2 */
unsigned int nflua_family_version(const struct nflua_ctx *ctx);

/** nflua_module_version - of the loaded module, or NULL where it has none */
const char *nflua_module_version(const struct nflua_ctx *ctx);

/* ---- Results ----------------------------------------------------------- */

/** enum nflua_kind - why Lua failed */
enum nflua_kind {
	NFLUA_KIND_NONE,	/* it did not */
	NFLUA_KIND_SYNTAX,	/* -ENOEXEC */
	NFLUA_KIND_INCOMPLETE,	/* -ENOEXEC: more text could make it right */
	NFLUA_KIND_RUNTIME,	/* -ECANCELED */
	NFLUA_KIND_MEMORY,	/* -ENOMEM */
	NFLUA_KIND_BUDGET,	/* -ETIME */
	NFLUA_KIND_INTERRUPTED,	/* -EINTR */
};

/** enum nflua_type - of a value */
enum nflua_type {
	NFLUA_TYPE_NIL,
	NFLUA_TYPE_BOOLEAN,
	NFLUA_TYPE_INTEGER,
	NFLUA_TYPE_STRING,
	NFLUA_TYPE_OTHER,	/* as the text that tostring() gives */
};

/* What was cut off because it was too long; see nflua_result_truncated(). */
#define NFLUA_CUT_VALUES	(1u << 0)	/* past 64 KiB */
#define NFLUA_CUT_OUTPUT	(1u << 1)	/* past 64 KiB */
#define NFLUA_CUT_ERROR		(1u << 2)	/* past 4 KiB */
#define NFLUA_CUT_TRACEBACK	(1u << 3)	/* past 8 KiB */
#define NFLUA_CUT_SENT		(1u << 4)	/* of a trial, past 64 KiB */

/** nflua_result_free - frees a result */
void nflua_result_free(struct nflua_result *result);

/** nflua_result_count - number of values of an eval */
size_t nflua_result_count(const struct nflua_result *result);

/** nflua_result_type - type of value @i; NIL where there is none */
enum nflua_type nflua_result_type(const struct nflua_result *result, size_t i);

/** nflua_result_boolean - value @i; false when it is no boolean */
bool nflua_result_boolean(const struct nflua_result *result, size_t i);

/** nflua_result_integer - value @i; 0 when it is no integer */
int64_t nflua_result_integer(const struct nflua_result *result, size_t i);

/**
 * nflua_result_string - value @i, of type STRING or OTHER
 * @len: its length; may be NULL. The bytes may be any, and a NUL follows.
 *
 * Returns NULL for another type.
 */
const char *nflua_result_string(const struct nflua_result *result, size_t i,
				size_t *len);

/** nflua_result_output - what print() wrote, @len bytes; never NULL */
const char *nflua_result_output(const struct nflua_result *result, size_t *len);

/** nflua_result_kind - why Lua failed, if it did */
enum nflua_kind nflua_result_kind(const struct nflua_result *result);

/** nflua_result_error - the error message; NULL when there is none */
const char *nflua_result_error(const struct nflua_result *result);

/**
 * nflua_result_traceback - of the error; NULL when there is none
 *
 * Of a call that exceeded its budget or was interrupted: of where it was.
 */
const char *nflua_result_traceback(const struct nflua_result *result);

/** nflua_result_truncated - NFLUA_CUT_* flags */
unsigned int nflua_result_truncated(const struct nflua_result *result);

/* ---- Making and ending states ------------------------------------------ */

/**
 * nflua_options_new - options of a new state, all at their defaults
 *
 * Returns NULL when there is no memory; nflua_options_free() it.
 */
struct nflua_options *nflua_options_new(void);

/** nflua_options_free - frees options */
void nflua_options_free(struct nflua_options *options);

/**
 * nflua_options_set_maxalloc - memory that the state may use, in bytes
 *
 * 64 KiB to 1 TiB, 32 MiB by default; the module says when it is not.
 */
void nflua_options_set_maxalloc(struct nflua_options *options, uint64_t bytes);

/**
 * nflua_options_set_budget - time a packet call may take, in microseconds
 *
 * 100 to 1,000,000; 20,000 by default. The module rounds it up to a multiple of
 * 4,000, as it counts ticks; nflua(7) says what counts.
 */
void nflua_options_set_budget(struct nflua_options *options, uint32_t usec);

/**
 * nflua_options_set_drop_on_error - whether packets are dropped whose call failed
 *
 * Of rules that say nothing themselves; also when the state was destroyed and they
 * wait for another one. By default the packet is not dropped: a match does not match,
 * and a target goes on with the next rule.
 */
void nflua_options_set_drop_on_error(struct nflua_options *options, bool drop);

/**
 * nflua_options_set_force - whether rules may name functions that the script has not
 *
 * Rules that wait for a state of this name; without, nflua_create() refuses then.
 */
void nflua_options_set_force(struct nflua_options *options, bool force);

/**
 * nflua_create - creates a state
 * @name: 1 to 63 of A-Z a-z 0-9 _ . : @ + -, not beginning with '-'
 * @options: NULL for the defaults
 * @script: run in the state before anyone sees it; when it fails there is no
 *	state. NULL for none
 * @len: of @script, in bytes, at most NFLUA_SCRIPT_MAX
 * @chunk_name: as Lua takes it: "@file.lua" or "=text"; NULL for "=chunk"
 * @out: what the script did, failed or not; may be NULL; set to NULL when the
 *	module did not get as far as running it, or there was no memory for all of
 *	it. nflua_result_free() it
 *
 * Rules that called a destroyed state of this name call this one from then on.
 *
 * Returns 0, -EEXIST, -E2BIG, -ENXIO (rules call functions that the script has not),
 * an errno of enum nflua_kind, or a common code.
 */
int nflua_create(struct nflua_ctx *ctx, const char *name,
		 const struct nflua_options *options, const char *script,
		 size_t len, const char *chunk_name, struct nflua_result **out);

/**
 * nflua_destroy - destroys a state
 * @force: though rules refer to it (which then wait for another one of its name) or
 *	a chunk runs in it (which is interrupted)
 *
 * Without @force a state that is busy is tried again for up to a second, as
 * nf_tables lets go of a flushed rule a little later. A signal with a handler ends
 * that, also one with SA_RESTART, and so does nflua_interrupt().
 *
 * Returns 0, -ENOENT, -EBUSY, -EINTR, or a common code.
 */
int nflua_destroy(struct nflua_ctx *ctx, const char *name, bool force);

/* ---- Running scripts --------------------------------------------------- */

/* How nflua_load() and its kin run a script; the first excludes the others. */
#define NFLUA_LOAD_CHECK	(1u << 0)	/* compile only */
#define NFLUA_LOAD_REPLACE	(1u << 1)	/* in a fresh state, which takes
						 * the old one's place when the
						 * script did not fail */
#define NFLUA_LOAD_FORCE	(1u << 2)	/* replace, though rules call
						 * functions that it has not */

/**
 * nflua_load - runs a script in a state
 * @flags: NFLUA_LOAD_*
 *
 * The other arguments are those of nflua_create().
 *
 * Returns 0, -ENOENT (no such state), -E2BIG, -ENXIO (rules call functions that the
 * new state has not), an errno of enum nflua_kind, or a common code.
 */
int nflua_load(struct nflua_ctx *ctx, const char *name, unsigned int flags,
	       const char *script, size_t len, const char *chunk_name,
	       struct nflua_result **out);

/**
 * nflua_read_script - reads a script from a file
 * @path: its name
 * @fd: or, with @path NULL, an open descriptor, read to its end
 * @script: what it holds, NUL-terminated; free() it
 * @len: its length in bytes
 *
 * A first line that begins with '#' is blanked, as Lua skips it.
 *
 * What has nothing to read yet, such as a FIFO or a terminal, is waited for; any
 * signal with a handler ends that, also one with SA_RESTART, and so does
 * nflua_interrupt(), which is not missed when it comes just before the wait begins.
 *
 * Returns 0, -E2BIG, -EINTR, or any errno of open(2), poll(2) and read(2).
 */
int nflua_read_script(struct nflua_ctx *ctx, const char *path, int fd,
		      char **script, size_t *len);

/**
 * nflua_load_file - runs a file in a state; its chunk name is "@path"
 *
 * Returns what nflua_read_script() and nflua_load() return.
 */
int nflua_load_file(struct nflua_ctx *ctx, const char *name, unsigned int flags,
		    const char *path, struct nflua_result **out);

/**
 * nflua_eval - runs an expression or a chunk, for its values
 * @code: NUL-terminated
 * @chunk_name: NULL for "=eval"
 * @out: as for nflua_create(), with the values
 *
 * Returns what nflua_load() does.
 */
int nflua_eval(struct nflua_ctx *ctx, const char *name, const char *code,
	       const char *chunk_name, struct nflua_result **out);

/**
 * nflua_show - nflua_eval() for people to read
 *
 * Tables among the values come with their contents, as text of type OTHER, such as
 * {1, 2, name = "x"}, with "..." in the place of what there is no room for. Those
 * that have a __tostring are what that gives.
 */
int nflua_show(struct nflua_ctx *ctx, const char *name, const char *code,
	       const char *chunk_name, struct nflua_result **out);

/**
 * nflua_interrupt - breaks off what @ctx has running
 *
 * For another thread, or a signal handler (it is async-signal-safe), while a
 * call waits for the module, for a file, or in nflua_destroy(); that call then
 * returns -EINTR. Does nothing when nothing runs.
 */
void nflua_interrupt(struct nflua_ctx *ctx);

/**
 * nflua_keep_interrupt - has an interrupt break off also what begins after it
 * @keep: true: once nflua_interrupt() was called, each call on @ctx returns -EINTR,
 *	until this function is called with false
 *
 * Without it an interrupt that comes just before a call is lost. A program that
 * handles a signal only while it makes some calls does first this, then sigaction(2),
 * then the calls.
 */
void nflua_keep_interrupt(struct nflua_ctx *ctx, bool keep);

/* ---- Looking at states ------------------------------------------------- */

/**
 * nflua_list - all states of the namespace, as they were at one moment
 * @out: nflua_list_free() it
 *
 * Returns 0 or a common code.
 */
int nflua_list(struct nflua_ctx *ctx, struct nflua_list **out);

/**
 * nflua_get - one state, as a list of one
 *
 * Returns 0, -ENOENT, or a common code.
 */
int nflua_get(struct nflua_ctx *ctx, const char *name, struct nflua_list **out);

/** nflua_list_free - frees a list and its states */
void nflua_list_free(struct nflua_list *list);

/** nflua_list_count - number of states */
size_t nflua_list_count(const struct nflua_list *list);

/** nflua_list_state - state @i; NULL past the end; belongs to the list */
const struct nflua_state *nflua_list_state(const struct nflua_list *list,
					   size_t i);

/** nflua_state_name - its name */
const char *nflua_state_name(const struct nflua_state *state);

/** nflua_state_maxalloc - memory it may use, in bytes */
uint64_t nflua_state_maxalloc(const struct nflua_state *state);

/** nflua_state_curralloc - memory it uses, in bytes */
uint64_t nflua_state_curralloc(const struct nflua_state *state);

/** nflua_state_peakalloc - most that it ever used, in bytes */
uint64_t nflua_state_peakalloc(const struct nflua_state *state);

/**
 * nflua_state_budget - time a packet call may take, in microseconds
 *
 * The one that is in force, a multiple of 4,000.
 */
uint32_t nflua_state_budget(const struct nflua_state *state);

/** nflua_state_percpu - whether it has a runtime for each CPU */
bool nflua_state_percpu(const struct nflua_state *state);

/** nflua_state_runtimes - number of runtimes */
uint32_t nflua_state_runtimes(const struct nflua_state *state);

/** nflua_state_refs - rules that refer to it */
uint32_t nflua_state_refs(const struct nflua_state *state);

/** nflua_state_calls - calls from the packet path */
uint64_t nflua_state_calls(const struct nflua_state *state);

/** nflua_state_matches - calls that matched or gave a verdict */
uint64_t nflua_state_matches(const struct nflua_state *state);

/** nflua_state_errors - calls that failed */
uint64_t nflua_state_errors(const struct nflua_state *state);

/** nflua_state_time_ns - time spent in calls, measured on a sample */
uint64_t nflua_state_time_ns(const struct nflua_state *state);

/** nflua_state_age_ns - time since it was created */
uint64_t nflua_state_age_ns(const struct nflua_state *state);

/**
 * nflua_state_is_gone - whether it was destroyed
 *
 * Then its rules wait for another one of its name, and it is there for their sake.
 */
bool nflua_state_is_gone(const struct nflua_state *state);

/** nflua_state_drops_on_error - see nflua_options_set_drop_on_error() */
bool nflua_state_drops_on_error(const struct nflua_state *state);

/** nflua_state_function_count - number of functions that rules call in it */
size_t nflua_state_function_count(const struct nflua_state *state);

/** nflua_state_function - the name of such a function; NULL past the last one */
const char *nflua_state_function(const struct nflua_state *state, size_t i);

/** nflua_state_is_missing - whether the state has not this function */
bool nflua_state_is_missing(const struct nflua_state *state, size_t i);

/** nflua_state_has_more_functions - whether rules call more than the module told */
bool nflua_state_has_more_functions(const struct nflua_state *state);

/**
 * nflua_state_last_error - the last error that no request waited for
 *
 * Of calls for packets, timers, and packets that could not be sent, since the state
 * was created or nflua_clear() was called. At most 511 bytes; NULL: there was none.
 */
const char *nflua_state_last_error(const struct nflua_state *state);

/**
 * nflua_state_failure - the same in full: its kind, text and traceback
 *
 * NULL: there was none, or these are the figures of an event. Belongs to @state.
 */
const struct nflua_result *nflua_state_failure(const struct nflua_state *state);

/** nflua_state_failed_function - where it came, as nflua_event_function() has it */
const char *nflua_state_failed_function(const struct nflua_state *state);

/** nflua_state_failure_age_ns - time since the last error */
uint64_t nflua_state_failure_age_ns(const struct nflua_state *state);

/** nflua_state_failure_count - how often in a row it came: same function, same text */
uint64_t nflua_state_failure_count(const struct nflua_state *state);

/**
 * nflua_clear - forgets the last error of a state
 *
 * The number of errors stays. Returns 0, -ENOENT (no such state), or a common code.
 */
int nflua_clear(struct nflua_ctx *ctx, const char *name);

/* ---- Completion -------------------------------------------------------- */

/**
 * nflua_complete - the names that can stand where an expression ends
 * @prefix: its beginning: "na", "a.b.na" or "a:na"; at most 1023 bytes
 * @out: the names in full, without what is before them in @prefix, as values of
 *	type STRING: sorted, each once, and those that begin with "na".
 *	nflua_result_free() it
 *
 * Behind ':' there are functions only. Looked up in the live state; no code of
 * the script runs. The names are none where @prefix is no such expression.
 * nflua_result_truncated() tells when there are more than were looked at.
 *
 * Returns 0, -ENOENT (no such state), -E2BIG, -EINTR, or a common code.
 */
int nflua_complete(struct nflua_ctx *ctx, const char *name, const char *prefix,
		   struct nflua_result **out);

/* ---- Trials ------------------------------------------------------------ */

/** enum nflua_hook - the chain whose rule a trial stands for */
enum nflua_hook {
	NFLUA_HOOK_PREROUTING,
	NFLUA_HOOK_INPUT,
	NFLUA_HOOK_FORWARD,
	NFLUA_HOOK_OUTPUT,
	NFLUA_HOOK_POSTROUTING,
};

/** enum nflua_verdict - what a call of a trial gave */
enum nflua_verdict {
	NFLUA_VERDICT_CONTINUE,	/* nothing that a match or a target knows */
	NFLUA_VERDICT_ACCEPT,
	NFLUA_VERDICT_DROP,	/* nf.hotdrop(true), too */
	NFLUA_VERDICT_STOLEN,
	NFLUA_VERDICT_QUEUE,
	NFLUA_VERDICT_REPEAT,
	NFLUA_VERDICT_STOP,
	NFLUA_VERDICT_NO_MATCH,	/* false */
	NFLUA_VERDICT_MATCH,	/* true */
	NFLUA_VERDICT_ERROR,	/* none, as it failed */
};

#define NFLUA_VERDICTS 10

/** struct nflua_packet - a packet for a trial */
struct nflua_packet {
	const void *frame;	/* link-layer header of Ethernet; NULL: none */
	size_t frame_len;	/* 14 bytes, or 18 with a tag of 802.1Q */
	const void *data;	/* of IPv4 or IPv6, from the network header on */
	size_t len;		/* what is behind the packet's own length is cut off */
};

/**
 * nflua_run - calls a function for a packet, as a rule would
 * @function: a global of the state, at most 63 bytes
 * @packet: the packet
 * @hook: the chain
 * @repeat: number of calls, 1 to 10,000,000
 * @out: nflua_trial_free() it; NULL when this fails
 *
 * The calls change what the script has, but nothing of them reaches the network or
 * those who listen to the script, not even what copies of the packet, or timers, send
 * later on; and the match mask of the namespace stays as it is. The figures of the
 * state do not count them. A call that fails is a verdict, NFLUA_VERDICT_ERROR, and
 * no failure of this function.
 *
 * Returns 0, -ENOENT (no such state), -EINVAL (the packet is damaged, too),
 * -E2BIG, -EINTR (nflua_interrupt()), or a common code.
 */
int nflua_run(struct nflua_ctx *ctx, const char *name, const char *function,
	      const struct nflua_packet *packet, enum nflua_hook hook,
	      uint32_t repeat, struct nflua_trial **out);

/** nflua_trial_free - frees a trial */
void nflua_trial_free(struct nflua_trial *trial);

/** nflua_verdict_name - "accept", "no match", ...; NULL: there is no such */
const char *nflua_verdict_name(enum nflua_verdict verdict);

/** nflua_trial_count - how many calls had a verdict */
uint64_t nflua_trial_count(const struct nflua_trial *trial,
			   enum nflua_verdict verdict);

/** nflua_trial_calls - how many calls there were */
uint64_t nflua_trial_calls(const struct nflua_trial *trial);

/** nflua_trial_time_ns - time that they took together */
uint64_t nflua_trial_time_ns(const struct nflua_trial *trial);

/** nflua_trial_first_ns - time of the first call; 0: the module did not say */
uint64_t nflua_trial_first_ns(const struct nflua_trial *trial);

/** nflua_trial_longest_ns - time of the call that took longest */
uint64_t nflua_trial_longest_ns(const struct nflua_trial *trial);

/* Classes that calls are put in by their time: 8 for each power of two of ns. */
#define NFLUA_CLASSES 256

/**
 * nflua_trial_class - how many calls are in class @i
 * @ns: about how long these took, the middle of the class; may be NULL
 *
 * Classes are the same for all trials, so that they can be added up, for the median
 * of several for example. Returns 0 past the last one.
 */
uint64_t nflua_trial_class(const struct nflua_trial *trial, size_t i, uint64_t *ns);

/** nflua_trial_packets - how many packets they would have sent */
uint64_t nflua_trial_packets(const struct nflua_trial *trial);

/** nflua_trial_messages - how many messages they would have sent */
uint64_t nflua_trial_messages(const struct nflua_trial *trial);

/**
 * nflua_trial_packet - packet @i of these, from its network header on
 * @len: its length
 *
 * Returns NULL past the last, which may come before nflua_trial_packets(): of all
 * that was sent 64 KiB are kept.
 */
const void *nflua_trial_packet(const struct nflua_trial *trial, size_t i,
			       size_t *len);

/** nflua_trial_message - payload of message @i, as nflua_trial_packet() */
const void *nflua_trial_message(const struct nflua_trial *trial, size_t i,
				size_t *len);

/**
 * nflua_trial_result - what the calls printed, and the first error
 *
 * Belongs to the trial.
 */
const struct nflua_result *nflua_trial_result(const struct nflua_trial *trial);

/* ---- Watching ---------------------------------------------------------- */

/** enum nflua_event_type - what happened */
enum nflua_event_type {
	NFLUA_EVENT_CREATED,	/* a state came into being */
	NFLUA_EVENT_DESTROYED,
	NFLUA_EVENT_REPLACED,
	NFLUA_EVENT_ERROR,	/* a call, a timer or a packet sent failed */
	NFLUA_EVENT_PRINT,	/* a script printed something, but for a request */
};

/**
 * nflua_watch_open - watches all states of the namespace of @ctx
 * @out: nflua_watch_close() it; NULL when this fails
 *
 * What is said of nflua_channel_open() holds for a watch, too.
 */
int nflua_watch_open(struct nflua_ctx *ctx, struct nflua_watch **out);

/** nflua_watch_close - ends it */
void nflua_watch_close(struct nflua_watch *watch);

/** nflua_watch_errmsg - as nflua_channel_errmsg() */
const char *nflua_watch_errmsg(const struct nflua_watch *watch);

/** nflua_watch_fd - as nflua_channel_fd() */
int nflua_watch_fd(const struct nflua_watch *watch);

/**
 * nflua_watch_receive - takes the next event
 * @timeout: as of nflua_channel_receive()
 * @out: belongs to the watch, valid until the next call of this function
 *
 * Returns what nflua_channel_receive() does, and in the same cases.
 */
int nflua_watch_receive(struct nflua_watch *watch, int timeout,
			const struct nflua_event **out);

/** nflua_event_type - what happened */
enum nflua_event_type nflua_event_type(const struct nflua_event *event);

/** nflua_event_state - name of the state */
const char *nflua_event_state(const struct nflua_event *event);

/** nflua_event_seq - its number among the events of the namespace */
uint32_t nflua_event_seq(const struct nflua_event *event);

/** nflua_event_lost - events that are missing before it: there was no room */
uint64_t nflua_event_lost(const struct nflua_event *event);

/** nflua_event_dropped - events before it that the module held back: too many */
uint32_t nflua_event_dropped(const struct nflua_event *event);

/**
 * nflua_event_figures - of CREATED, DESTROYED and REPLACED: the state's figures
 *
 * NULL for another type. Belongs to the event.
 */
const struct nflua_state *nflua_event_figures(const struct nflua_event *event);

/** nflua_event_function - of ERROR: who failed, "timer" for one; else NULL */
const char *nflua_event_function(const struct nflua_event *event);

/**
 * nflua_event_result - of ERROR: the error; of PRINT: the output
 *
 * NULL for another type. Belongs to the event.
 */
const struct nflua_result *nflua_event_result(const struct nflua_event *event);

/**
 * struct nflua_endpoints - where a packet came from, and where it goes to
 *
 * Addresses are text; ports are -1 where the packet has none.
 */
struct nflua_endpoints {
	int protocol;		/* IPPROTO_TCP, ... */
	const char *source;
	const char *destination;
	int source_port;
	int destination_port;
};

/** nflua_event_endpoints - of ERROR for a packet; else NULL; belongs to the event */
const struct nflua_endpoints *
nflua_event_endpoints(const struct nflua_event *event);

/* ---- Messages ---------------------------------------------------------- */

/**
 * nflua_send - hands a message to the state's handler, set by nf.receive()
 * @payload: any bytes; an empty message is "" with @len 0
 * @len: at most NFLUA_MESSAGE_MAX
 * @out: when the handler failed, the error with its kind and traceback; else an
 *	empty result. May be NULL; set to NULL when the module did not get as far
 *	as running the handler. nflua_result_free() it
 *
 * Returns when the handler has run. The port that it is given is that of the
 * context, where what it may answer is passed over; see nflua_channel_send().
 *
 * Returns 0, -ENOENT (no such state), -ENOTCONN (it has no handler), -E2BIG, an
 * errno of enum nflua_kind, or a common code.
 */
int nflua_send(struct nflua_ctx *ctx, const char *name, const char *payload,
	       size_t len, struct nflua_result **out);

/**
 * nflua_channel_open - opens a channel, which messages of scripts come through
 * @ctx: in whose namespace; the channel is independent of it from then on, may
 *	outlive it, and belongs to one thread at a time
 * @out: nflua_channel_close() it; NULL when this fails
 *
 * Scripts reach a channel by its port, nf.netlink(port, 0, payload), and by the
 * groups that it joins, nf.netlink(0, 1 << group, payload). What comes is kept
 * in a buffer of the kernel's, of 32 MiB where the caller may have that
 * (CAP_NET_ADMIN), else of what net.core.rmem_max allows. No script waits for a
 * channel: what there is no room for is lost, and the channel tells so.
 *
 * A module of version 1 sends to ports; its messages have no name of a state, no
 * group and no number, so that what is lost of them is told but not counted.
 *
 * Returns 0 or a common code; nflua_errmsg() of @ctx has the words.
 */
int nflua_channel_open(struct nflua_ctx *ctx, struct nflua_channel **out);

/** nflua_channel_close - closes a channel; what it holds is gone */
void nflua_channel_close(struct nflua_channel *channel);

/**
 * nflua_channel_errmsg - what the last failure on @channel was
 *
 * Never NULL; valid until the next call on @channel.
 */
const char *nflua_channel_errmsg(const struct nflua_channel *channel);

/** nflua_channel_port - its port: what scripts give to nf.netlink() */
uint32_t nflua_channel_port(const struct nflua_channel *channel);

/**
 * nflua_channel_join - from now on gets what is sent to a group
 * @group: 0 to 31
 *
 * Joining twice is joining. Returns 0, -EINVAL, or a common code.
 */
int nflua_channel_join(struct nflua_channel *channel, unsigned int group);

/**
 * nflua_channel_leave - gets no more of what is sent to a group
 *
 * What came before is still received. Returns 0, -EINVAL, or a common code.
 */
int nflua_channel_leave(struct nflua_channel *channel, unsigned int group);

/**
 * nflua_channel_fd - a descriptor for poll(2), epoll(7) and their kin
 *
 * Readable when nflua_channel_receive() has something to do. For nothing but
 * waiting; belongs to the channel.
 */
int nflua_channel_fd(const struct nflua_channel *channel);

/** nflua_channel_buffer - size of the receive buffer in bytes */
size_t nflua_channel_buffer(const struct nflua_channel *channel);

/**
 * nflua_channel_set_buffer - sets the size of the receive buffer
 * @bytes: as the kernel counts, which is about 800 more for each message than its
 *	payload has; less than 2 GiB
 *
 * nflua_channel_buffer() tells what became of it. Returns 0, -EINVAL, or a
 * common code.
 */
int nflua_channel_set_buffer(struct nflua_channel *channel, size_t bytes);

/**
 * nflua_channel_receive - takes the next message
 * @timeout: how long to wait for one, in milliseconds; 0: not at all; -1: as
 *	long as it takes
 * @out: the message; belongs to the channel and is valid until the next call of
 *	this function or of nflua_channel_send(). NULL when this fails
 *
 * Messages of one state to one destination arrive in the order in which they
 * were sent. nflua_message_lost() of a message is how many of them are missing
 * before it; these numbers add up to what was lost. As the numbers are known
 * only when another message comes, -ENOBUFS is returned, once, when the buffer
 * was full and everything in it was received.
 *
 * Returns 0, -EAGAIN (nothing came in time), -ENOBUFS (messages were lost, and
 * nothing has come behind them yet), -EINTR (by a signal, while it waited), or a
 * common code. After -EAGAIN, -ENOBUFS and -EINTR go on as if nothing was.
 *
 * A signal that comes just before the wait begins does not end it. Where that matters
 * block it, receive with a @timeout of 0, and wait with ppoll(2) for
 * nflua_channel_fd(), which lets the signal in.
 */
int nflua_channel_receive(struct nflua_channel *channel, int timeout,
			  const struct nflua_message **out);

/**
 * nflua_channel_send - nflua_send() from the channel's port
 *
 * The handler is given the channel's port, and can answer to it. Messages that
 * come before the handler has run are kept for nflua_channel_receive().
 *
 * Returns what nflua_send() does, or -ENOBUFS: the channel's buffer was full, so
 * that it is not known what became of the message.
 */
int nflua_channel_send(struct nflua_channel *channel, const char *name,
		       const char *payload, size_t len,
		       struct nflua_result **out);

/** nflua_message_payload - its @len bytes, without a NUL behind; never NULL */
const char *nflua_message_payload(const struct nflua_message *message,
				  size_t *len);

/** nflua_message_state - name of the state that sent it; NULL: of version 1 */
const char *nflua_message_state(const struct nflua_message *message);

/** nflua_message_group - the group it was sent to; -1: to the channel's port */
int nflua_message_group(const struct nflua_message *message);

/**
 * nflua_message_seq - its number among those of this state and destination
 *
 * From 1 on; 0 when it has none, from a module of version 1. Numbers begin anew
 * with a new state of the same name, and may for a port.
 */
uint32_t nflua_message_seq(const struct nflua_message *message);

/** nflua_message_lost - how many of this state and destination are missing before it */
uint64_t nflua_message_lost(const struct nflua_message *message);

#ifdef __cplusplus
}
#endif

#endif /* NFLUA_NFLUA_H */
