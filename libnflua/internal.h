/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the library share. Four layers: request.c says what is asked,
 * wire.c knows the bytes, exchange.c finds the answer, and socket.c alone touches
 * the socket.
 */
#ifndef NFLUA_INTERNAL_H
#define NFLUA_INTERNAL_H

#include <linux/nflua.h>
#include <netlink/netlink.h>
#include <stdatomic.h>

#include <nflua/nflua.h>

#define NFLUA_PUBLIC __attribute__((visibility("default")))

/* The ids of the multicast groups: those for data, and then that of events. */
#define NFLUA_EVENTS_GROUP NFLUA_DATA_GROUPS
#define NFLUA_GROUP_IDS (NFLUA_EVENTS_GROUP + 1)

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler uses them");

struct nflua_ctx {
	struct nl_sock *sock;
	char *received;			/* the last datagram */
	size_t send_room;		/* of the socket, as far as it was asked for */
	int family;
	unsigned int version;		/* of the family */
	uint32_t groups[NFLUA_GROUP_IDS];	/* 0: not there */
	uint32_t seq;			/* of the last request */
	char *module_version;		/* NULL: it has none */
	char *errmsg;			/* NULL: see errmsg_static */
	const char *errmsg_static;
	bool overrun;			/* the kernel dropped what came for it */
	bool unloaded;			/* the module that it was opened for is gone */

	/* Takes what is no answer, but a message of a script; may be NULL. */
	void (*stray)(struct nlmsghdr *nlh, uint32_t group, void *ud);
	void *stray_ud;

	/* For nflua_interrupt(), which may run in a signal handler or a thread. */
	atomic_int busy;		/* a request is running */
	atomic_int pausing;		/* in nflua_socket_pause() */
	atomic_int interrupted;
	bool keep_interrupt;		/* for calls that have not begun */
	atomic_int fd;			/* -1: not connected */
	struct {
		struct nlmsghdr nlh;
		struct {
			uint8_t cmd;
			uint8_t version;
			uint16_t reserved;
		} genl;
	} interrupt;
};

/* ctx.c: sets the message of a failure and returns @err */
int nflua_fail(struct nflua_ctx *ctx, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ctx.c: another connection, in the same namespace; close it in any case */
int nflua_open_beside(struct nflua_ctx *ctx, struct nflua_ctx **out);

/*
 * Called with each message of an answer; returns 0 or a negative errno, which
 * becomes that of the request when the module has no other.
 */
typedef int (*nflua_answer_fn)(struct nlmsghdr *nlh, void *ud);

/* How a request ended. */
struct nflua_ending {
	int err;		/* 0 or a negative errno */
	char *text;		/* the kernel's, or NULL; free it */
	bool said;		/* there was one, if not the memory for it */
	int attr;		/* the attribute that was wrong, or -1 */
	bool inconsistent;	/* a dump that raced with a change */
};

/* socket.c: the only functions that send or receive */
int nflua_socket_open(struct nflua_ctx *ctx, const char *netns);
int nflua_socket_open_beside(struct nflua_ctx *ctx, const struct nflua_ctx *other);
void nflua_socket_close(struct nflua_ctx *ctx);
uint32_t nflua_socket_port(const struct nflua_ctx *ctx);
size_t nflua_socket_room(const struct nflua_ctx *ctx);
int nflua_socket_set_room(struct nflua_ctx *ctx, size_t bytes);
int nflua_socket_join(struct nflua_ctx *ctx, uint32_t group, bool leave);
int nflua_socket_unloaded(struct nflua_ctx *ctx);
int nflua_socket_wait(struct nflua_ctx *ctx, int msecs);
int nflua_socket_pause(struct nflua_ctx *ctx, int fd, int msecs);
int nflua_socket_send(struct nflua_ctx *ctx, const struct nlmsghdr *nlh);
ssize_t nflua_socket_receive(struct nflua_ctx *ctx, int flags, uint32_t *group);

/* exchange.c */
int nflua_drain(struct nflua_ctx *ctx);
int nflua_transact(struct nflua_ctx *ctx, struct nl_msg *msg,
		   nflua_answer_fn answer, void *ud);

/* ending.c: what an acknowledgement or the end of a dump says */
void nflua_ending_parse(struct nflua_ending *ending,
			const struct nlmsghdr *nlh,
			const struct nlmsghdr *request);
const char *nflua_attr_name(int attr);
const char *nflua_ending_allowed(const struct nflua_ending *ending);

/* incoming.c: what comes unasked, to channels and watches */
int nflua_incoming_open(struct nflua_ctx *ctx, struct nflua_ctx **out);
int64_t nflua_incoming_until(int timeout);
int64_t nflua_now_ms(void);
int nflua_incoming_read(struct nflua_ctx *conn, uint32_t *group);
int nflua_incoming_wait(struct nflua_ctx *conn, int timeout, int64_t until,
			const char *lost);

/* ctx.c: a call of the library begins; what interrupts it is to come yet */
void nflua_begin(struct nflua_ctx *ctx);

/* script.c: nflua_read_script() of a call that has begun */
int nflua_read(struct nflua_ctx *ctx, const char *path, int fd, char **script,
	       size_t *len);

/* request.c: 0, or what the caller of the public function is to return */
int nflua_check_state(struct nflua_ctx *ctx, const char *name);
int nflua_check_version(struct nflua_ctx *ctx, const char *what);

/* wire_request.c: NULL when there is no memory */
struct nflua_request {
	int family;
	enum nflua_cmd cmd;
	int flags;		/* NLM_F_*, beside NLM_F_REQUEST */
	const char *name;	/* NULL: none, as in all of these */
	const struct nflua_options *options;
	uint32_t exec_flags;
	bool force;
	const char *script;
	size_t len;
	const char *chunk_name;
	const char *payload;	/* of a message for the state's handler */
	size_t payload_len;
	const char *prefix;	/* of a completion */
	const char *function;	/* these four of a trial, all or none */
	const struct nflua_packet *packet;
	uint32_t hook;
	uint32_t repeat;
};

struct nl_msg *nflua_wire_request(const struct nflua_request *req);
struct nl_msg *nflua_wire_message(int family, const char *chunk_name,
				  const char *script, size_t len);
struct nl_msg *nflua_wire_getfamily(void);

/* wire.c: answers, and what comes unasked */
int nflua_wire_family(struct nlmsghdr *nlh, int *family, unsigned int *version);
int nflua_wire_result(struct nlmsghdr *nlh, struct nflua_result *result);
int nflua_wire_state(struct nlmsghdr *nlh, struct nflua_state *state);
bool nflua_wire_is_unloading(struct nlmsghdr *nlh, int family);
void nflua_wire_groups(struct nlmsghdr *nlh, uint32_t groups[NFLUA_GROUP_IDS]);
bool nflua_wire_is_notification(const struct nlmsghdr *nlh, int family);
int nflua_wire_notification(struct nlmsghdr *nlh, struct nflua_message *message);
int nflua_wire_trial(struct nlmsghdr *nlh, struct nflua_trial *trial);
int nflua_wire_parse(struct nlmsghdr *nlh, struct nlattr **tb);
int nflua_wire_copy(char **to, const struct nlattr *attr, size_t *len);

/* wire_event.c */
bool nflua_wire_is_event(const struct nlmsghdr *nlh, int family);
int nflua_wire_event(struct nlmsghdr *nlh, struct nflua_event *event);

struct nflua_options {
	uint64_t maxalloc;	/* 0: the module's default */
	uint32_t budget;	/* 0: the module's default */
	bool has_maxalloc;
	bool has_budget;
	bool drop_on_error;
	bool force;
};

struct nflua_value {
	enum nflua_type type;
	int64_t integer;	/* or boolean */
	char *string;		/* owned; len bytes and a NUL */
	size_t len;
};

struct nflua_result {
	struct nflua_value *values;
	size_t count;
	char *output;		/* owned; NULL when empty */
	size_t output_len;
	enum nflua_kind kind;
	char *error;		/* owned, or NULL */
	char *traceback;	/* owned, or NULL */
	unsigned int truncated;
	bool answered;		/* the module got as far as Lua; this is all of it */
};

/* A function that rules call. */
struct nflua_called {
	char *name;		/* owned */
	bool missing;
};

/* What is in it is owned, and freed by nflua_state_clear(). */
struct nflua_state {
	char name[NFLUA_NAME_SIZE];
	uint64_t maxalloc, curralloc, peakalloc;
	uint64_t calls, matches, errors, time_ns, age_ns;
	uint32_t budget, flags, refs, runtimes, on_error;
	struct nflua_called *functions;
	size_t function_count;
	bool functions_cut;
	char *last_error;		/* or NULL */
	struct nflua_result *failure;	/* the last error in full, or NULL */
	char *failed_function;		/* or NULL */
	uint64_t failure_age_ns, failure_count;
};

struct nflua_list {
	struct nflua_state *states;
	size_t count;
	size_t size;
};

struct nflua_message {
	const char *payload;
	size_t len;
	char state[NFLUA_NAME_SIZE];	/* "": the module gave none */
	int group;		/* -1: it was sent to the port */
	uint32_t seq;		/* 0: the module gave none */
	uint64_t lost;		/* of the same state and destination, before it */
};

struct nflua_blob {
	char *data;
	size_t len;
};

struct nflua_blobs {
	struct nflua_blob *of;
	size_t count;
};

struct nflua_trial {
	uint64_t counts[NFLUA_VERDICTS];
	uint64_t calls, time_ns, sent_packets, sent_messages;
	struct nflua_blobs packets, messages;	/* some of these */
	struct nflua_result *result;
	uint64_t first_ns, longest_ns;
	uint32_t times[NFLUA_TIMES];	/* see NFLUA_A_TIMES */
};

struct nflua_event {
	enum nflua_event_type type;
	uint32_t seq, dropped;
	uint64_t lost;
	struct nflua_state figures;	/* at least the name */
	bool has_figures;
	char *function;			/* owned, or NULL */
	struct nflua_result *result;
	struct nflua_endpoints ends;
	bool has_ends;
	char source[46], destination[46];	/* INET6_ADDRSTRLEN */
};

/* lost.c: the last number seen of each state and destination */
#define NFLUA_COUNT_BUCKETS 256

struct nflua_counts {
	struct nflua_count *buckets[NFLUA_COUNT_BUCKETS];
	size_t n;
};

uint32_t nflua_lost_between(uint32_t last, uint32_t seq);
uint64_t nflua_counts_note(struct nflua_counts *counts,
			   const struct nflua_message *message);
void nflua_counts_forget(struct nflua_counts *counts, int group);
void nflua_counts_clear(struct nflua_counts *counts);

/* list.c */
void nflua_state_clear(struct nflua_state *state);
struct nflua_state *nflua_list_add(struct nflua_list *list);
void nflua_list_clear(struct nflua_list *list);

#endif
