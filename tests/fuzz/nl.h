/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink fuzzer: what its files share; netlink.c says what it does. */
#ifndef NFLUA_FUZZ_NL_H
#define NFLUA_FUZZ_NL_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nflua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define N_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Past the last errno that is looked for. */
#define CODES_END 128

/* Commands of the header, and one row for all others. */
#define CMD_OTHER (NFLUA_CMD_MAX + 1)
#define CMD_ROWS (CMD_OTHER + 1)

/* ---- nl_table.c: the protocol, as the header has it */

enum type {
	TYPE_MISSING,		/* the table lacks a row */
	TYPE_BINARY,
	TYPE_STRING,
	TYPE_FLAG,
	TYPE_U8,
	TYPE_U16,
	TYPE_U32,
	TYPE_U64,
	TYPE_MASK,		/* u32 of flags */
	TYPE_NEST,
	TYPE_PAD,
};

struct attr_row {
	const char *name;
	enum type type;
	uint64_t min, max;	/* of a number; the longest string; the flags */
	bool repeats;
};

/* A bit for each attribute. */
__extension__ typedef unsigned __int128 attr_set;

enum kind {
	KIND_MISSING,
	KIND_JOB,		/* runs a script: answered later */
	KIND_SYNC,		/* answered before the request is sent */
	KIND_ANSWER,		/* from the kernel only */
};

struct cmd_row {
	const char *name;
	enum kind kind;
	unsigned int weight;	/* how often it is made */
	attr_set takes, needs;
	attr_set answers;	/* attributes of the answer */
	const int *codes;	/* outcomes that must be seen; ends with -1 */
};

extern const struct attr_row attr_rows[NFLUA_A_MAX + 1];
extern const struct cmd_row cmd_rows[NFLUA_CMD_MAX + 1];

#define BIT(attr) ((attr_set)1 << (attr))

int table_check(void);
const char *cmd_name(int cmd);
const char *code_name(int code);
attr_set event_attrs(int cmd);
bool answer_is_sound(const struct nlmsghdr *nlh, attr_set may, const char **why);
int errno_of_kind(uint32_t kind);

/* ---- nl_random.c: numbers that follow from the seed */

struct rng {
	uint64_t state;
};

void rng_seed(struct rng *r, uint64_t seed, uint64_t stream, uint64_t number);
uint64_t rnd64(struct rng *r);
uint32_t rnd(struct rng *r, uint32_t n);		/* below n */
bool one_in(struct rng *r, uint32_t n);
void rnd_bytes(struct rng *r, void *to, size_t len);
uint64_t rnd_size(struct rng *r, uint64_t max);		/* mostly small */

/* ---- nl_script.c */

size_t make_script(struct rng *r, char *to, size_t size);
const char *make_filter(struct rng *r);

/* ---- nl_make.c, nl_damage.c: requests, sound and not */

#define MAX_ITEMS 600
#define ITEM_ROOM 64		/* bytes behind those of an item */
#define NAMES 6			/* s0 to s5 */
#define HUGE_NAME "huge"	/* the one state that may have much of all */
#define BIG_REQUEST (9 << 20)

struct item {
	uint16_t type;
	uint16_t says;		/* the length its header says; 0: the right one */
	uint8_t *data;
	size_t len;
};

struct request {
	uint16_t type, flags;
	uint8_t cmd, version;
	uint16_t reserved;
	struct item items[MAX_ITEMS];
	size_t count;
	int32_t len_off;	/* what nlmsg_len is wrong by */
	size_t cut;		/* bytes that are not sent */
	size_t extra;		/* bytes behind it */
	bool extra_counts;	/* in nlmsg_len */
};

struct datagram {
	uint8_t *data;
	size_t len;
};

extern int family;

uint32_t next_seq(void);
uint8_t *arena_alloc(size_t len);
void item_make(struct rng *r, struct request *req, int attr);
void request_damage(struct rng *r, struct request *req);
void make_datagram(struct rng *r, struct datagram *d);
const char *make_name(struct rng *r);

/* ---- nl_judge.c: what may come of a request */

struct verdict {
	bool job, dump;
	bool chunk;		/* there is a script, so an answer */
	bool handler;		/* runs, perhaps: an answer when it fails */
	bool asks;		/* an answer when it succeeds */
	bool mute;		/* a refusal of generic netlink's that has no text */
	bool interrupts;
	int row;		/* of the coverage */
	uint64_t codes[2];	/* bits: what the acknowledgement may say */
};

struct circumstances {
	bool may;		/* the sender has CAP_NET_ADMIN */
	bool job, dump;		/* one may be running on the socket */
};

struct verdict judge(const struct nlmsghdr *nlh, const struct circumstances *c);
bool allows(const struct verdict *v, int code);
const struct nlmsghdr *next_message(const struct datagram *d, size_t *at);

/* ---- nl_link.c: sockets */

#define LINKS 8
#define LINK_BIG 0		/* capped, for long requests */
#define LINK_EVENTS 1		/* listens to events */
#define LINK_NOBODY 2		/* without CAP_NET_ADMIN */
#define MAX_PENDING 64

struct pending {
	uint32_t seq;
	uint16_t flags;
	uint8_t cmd;
	struct verdict verdict;
	uint64_t number;	/* of the request */
	unsigned int answers;
	int kind_code;		/* the errno of the answer's error */
	bool interrupted;	/* by a request for it */
	bool asked;		/* by the clock */
	double interrupt_at, deadline;
	uint8_t head[96];	/* of the message, for the report */
	size_t len;
};

struct link {
	int fd;
	uint32_t portid;
	bool ext_ack, cap_ack, nobody;
	struct pending pending[MAX_PENDING];
	size_t count;
};

extern struct link links[LINKS];

/* The names of the last dump of link_request(). */
#define MAX_DUMPED 1024
extern char dumped[MAX_DUMPED][NFLUA_NAME_SIZE];
extern size_t dumped_count;

/* The hooks of the last dump of these. */
struct dumped_hook {
	char name[NFLUA_NAME_SIZE];
	uint32_t id;
};

extern struct dumped_hook dumped_hooks[MAX_DUMPED];
extern size_t dumped_hook_count;

extern uint32_t events_group, data_group;

void link_open(struct link *l, struct rng *r);
void link_close(struct link *l);
bool link_is_busy(const struct link *l);
void link_send(struct link *l, const struct datagram *d, uint64_t number,
	       double patience);
void links_poll(int milliseconds);

/* nl_answer.c: what comes back */
bool is_quiet(const struct pending *p);
void link_end(struct link *l, struct pending *p, int code, const char *text);
void link_take(struct link *l, const struct nlmsghdr *nlh);


/* ---- nl_around.c: the family, rules, packets, and a clean slate */

int resolve_family(void);

void change_rules(struct rng *r);
void flush_rules(void);
void flush_hooks(uint64_t number);
void send_packets(struct rng *r);
void sweep(struct rng *r, uint64_t number);
int run(const char *command);

/* ---- nl_report.c: the exit status */

int report(bool processes_good);

/* ---- netlink.c */

struct options {
	uint64_t seed, first, count;
	double seconds;
	int processes;
	bool verbose;
};

extern struct options options;

#define MAX_FAILURES 20

struct totals {
	uint64_t outcomes[CMD_ROWS][CODES_END];
	uint64_t events[NFLUA_CMD_MAX + 1];
	uint64_t requests, datagrams, hang_ups, packets, received;
	uint64_t rules, rules_refused, sweeps, swept, failures;
};

extern struct totals *totals;	/* of this process */
extern struct totals *all;	/* of each */

bool is_reached(int cmd, int code);

double now(void);
void complain(uint64_t number, const struct pending *p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
