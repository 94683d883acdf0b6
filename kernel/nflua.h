/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States, runtimes and calls: what the files of the module share.
 *
 * Contexts. Control (netlink requests, rules that come and go, namespaces)
 * runs in process context and takes nflua_net.lock. Packets come in softirq
 * context, or in process context with bottom halves off, always under RCU;
 * they take only nflua_runtime.lock. The budget timer fires in hard interrupt
 * context and touches what its own CPU runs, nothing else.
 */
#ifndef NFLUA_NFLUA_H
#define NFLUA_NFLUA_H

#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter/xt_lua.h>
#include <linux/nflua.h>
#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timerqueue.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "engine.h"
#include "xmit/queue.h"

/*
 * Where a call may not sleep. An allocation that fails there is told to who asked
 * for it; the kernel's log would get a trace of the stack for each packet. Functions
 * of the kernel that take no flags, and may write there: those that look for routes
 * (dst_alloc()), and ip_route_me_harder() and ip6_route_me_harder() where a device
 * wants more room for headers (pskb_expand_head()), both called in send.c only.
 */
#define NFLUA_GFP_ATOMIC	(GFP_ATOMIC | __GFP_NOWARN)

struct netlink_ext_ack;
struct nflua_runtime;
struct nflua_state;
struct nflua_trial;

/* An error record: made where Lua is called, sent to whom it concerns. */
struct nflua_error {
	enum nflua_error_kind kind;
	u32 truncated;		/* enum nflua_truncated */
	char *text;		/* NULL with NFLUA_ERROR_NONE */
	char *traceback;	/* may be NULL */
};

/* The last one that no request waited for. */
struct nflua_last_error {
	struct nflua_error error;	/* of the kind NONE: there was none */
	char function[NFLUA_FUNCTION_MAX + 1];
	u64 at_ns;			/* boot time */
	u64 count;			/* so often in a row */
};

enum nflua_call_kind {
	NFLUA_CALL_PACKET,	/* runtime locked, atomic, budget; callbacks too */
	NFLUA_CALL_EXEC,	/* runtime locked, gives turns, can be interrupted */
	NFLUA_CALL_BUILD,	/* runtime not yet seen by others, may sleep */
};

/* The packet of a call, as the hook gave it. */
struct nflua_packet {
	struct sk_buff *skb;
	const struct nf_hook_state *hook;
	bool *hotdrop;		/* what the hook is to know */
	bool *answered;		/* likewise: one of TCP of this host; NULL: of a match */
};

/* What print() wrote in a request; grows up to NFLUA_OUTPUT_MAX. */
struct nflua_output {
	char *buf;
	size_t len;
	size_t size;
	bool truncated;
};

/**
 * struct nflua_call - who has a runtime: a request, or the packets' own
 *
 * @kind: decides what the code may do and how it is stopped
 * @runtime: where it runs
 * @thread: the Lua thread that the call began on
 * @running: the thread that runs now, a coroutine perhaps
 * @killed: why the call is to end; NFLUA_ERROR_NONE while it is not
 * @memory_errors: that were raised; the second one ends a packet call
 * @packet: that the call is for; NULL when it is for none
 * @interrupt: of a request: set by others to end it
 * @output: of a request, where print() writes; NULL: print is an event
 * @turn_at: of an exec: when its turn began, in ns of the monotonic clock
 * @budget_ns: of a packet call
 * @muted: nothing that it sends leaves; see trial.c
 * @trial: where that is noted; may be NULL
 * @long_ns: how long a packet call took that the timer saw, else 0
 */
struct nflua_call {
	enum nflua_call_kind kind;
	struct nflua_runtime *runtime;
	lua_State *thread;
	lua_State *running;
	int killed;
	unsigned int memory_errors;
	struct nflua_packet *packet;
	const int *interrupt;
	struct nflua_output *output;
	u64 turn_at;
	u64 budget_ns;
	bool muted;
	struct nflua_trial *trial;
	u64 long_ns;
};

/* A name of a function as the runtime has it, for the rule that used it last. */
struct nflua_name {
	u64 rule;		/* its id; 0: none */
	const void *string;
};

/* The timers of a runtime; see timer.c. */
struct nflua_timers {
	struct hrtimer hrtimer;		/* goes off when the first is due */
	struct timerqueue_head queue;
	ktime_t epoch;			/* when the runtime's clock began to run */
	bool live;			/* it runs */
};

/**
 * struct nflua_runtime - a Lua universe with its allocator and lock
 *
 * Reached by packets under RCU through its state, by execs with a reference.
 * Freed by a worker after a grace period.
 */
struct nflua_runtime {
	struct nflua_port port;		/* first: see lua/port.h */
	struct mutex exec_lock;		/* outside of lock: whose turn it is */
	spinlock_t lock;		/* all below, and all of Lua; BHs off */
	atomic_t waiting;		/* packets that the lock keeps waiting */
	struct nflua_call *call;	/* who has the runtime now; NULL: nobody */
	struct nflua_packet packet;	/* of the last call for one */
	u64 packets;		/* number of them, which tells their views apart */
	struct nflua_call packet_call;
	struct nflua_name names[NFLUA_ENGINE_NAMES];
	lua_State *main;
	lua_State *thread;		/* packet calls run on it */
	lua_State *exec_thread;		/* for the next exec; NULL: make one */
	struct nflua_timers timers;
	bool receives;			/* there is a handler of messages */
	u32 receive_budget;		/* microseconds that it may take */
	struct nflua_state *state;	/* held */
	u64 used;			/* bytes */
	u64 peak;
	u64 limit;
	unsigned int frees;
	struct kref refs;
	struct rcu_work free_work;
};

/* What events have of the text of a state's last error, in bytes. */
#define NFLUA_LAST_ERROR_MAX	512

/* Counted on every CPU, added up when asked for. */
struct nflua_stats {
	u64 calls;
	u64 matches;
	u64 errors;
	u64 samples;		/* calls that were timed */
	u64 time_ns;		/* spent in these; in nflua_figures, in all */
	u64 long_calls;		/* that the timer of the budget saw */
	u64 long_ns;		/* spent in these */
};

#define NFLUA_PORT_BUCKETS	64	/* a power of 2 */

/* How many messages a state sent to each destination; see message.c. */
struct nflua_sender {
	spinlock_t lock;		/* BHs off */
	u32 group_seqs[NFLUA_DATA_GROUPS];
	unsigned int port_count;
	struct hlist_head ports[NFLUA_PORT_BUCKETS];
};

/**
 * struct nflua_state - a named Lua environment of one namespace
 *
 * Held by the namespace's table, by rules, runtimes and running requests.
 */
struct nflua_state {
	char name[NFLUA_NAME_SIZE];
	unsigned int name_size;		/* with the NUL */
	struct rhash_head node;		/* in nflua_net.states */
	struct list_head ghost;		/* in nflua_net.ghosts, or empty */
	struct nflua_net *net;
	struct nflua_runtime __rcu *runtime;	/* NULL: dead */
	struct nflua_stats __percpu *stats;
	u64 maxalloc;			/* bytes */
	u64 created_ns;			/* boot time */
	u32 budget;			/* microseconds */
	u32 flags;			/* enum nflua_state_flags */
	u8 on_error;			/* enum nflua_on_error */
	u32 id;				/* in nflua_net.ids; grows */
	u32 rules;			/* under nflua_net.lock, as what follows */
	struct list_head rule_list;
	u32 execs;
	bool dead;
	int stop;			/* set: what runs in it is interrupted */
	spinlock_t error_lock;		/* last_error; BHs off */
	struct nflua_last_error last_error;
	struct nflua_sender sender;
	struct kref refs;
	struct rcu_head rcu;
};

/**
 * struct nflua_rule - a rule of iptables, as long as it is there
 *
 * @state: held by it; changes when another state takes over its name
 * @node: in the state's rule_list
 * @net: where it is
 * @id: no other rule ever has it
 * @function: the global that it calls
 */
struct nflua_rule {
	struct nflua_state __rcu *state;
	struct list_head node;
	struct nflua_net *net;
	u64 id;
	char function[XT_LUA_FUNCTION_SIZE];
};

/* What the module has in each namespace. */
struct nflua_net {
	struct net *net;
	struct mutex lock;		/* states, ids, ghosts, and their fields */
	struct rhashtable states;	/* by name */
	struct xarray ids;		/* by id, in order of creation */
	struct list_head ghosts;	/* destroyed, but rules wait; in ids, too */
	u32 generation;			/* of the table, for dumps */
	u32 next_id;
	bool closing;			/* no state is added any more */
	unsigned int jobs;		/* that run; see job.c */
	atomic64_t match_mask;		/* for --mask; set by scripts */
	spinlock_t event_lock;
	u32 event_seq;			/* under event_lock: of the last one */
	bool events_heard;		/* under event_lock: somebody is there */
	bool events_left;		/* a socket was closed since */
	atomic_t events_dropped;	/* and not told yet */
	struct ratelimit_state event_limit;
	struct ratelimit_state event_tries;	/* beyond it; see event.c */
	bool conntrack;			/* under lock: made active */
	struct work_struct conntrack_work;
	struct nflua_outbox outbox;	/* what scripts send */
};

extern unsigned int nflua_net_id;
extern struct workqueue_struct *nflua_wq;

struct nflua_net *nflua_net(const struct net *net);

/* Parameters of a new state. */
struct nflua_state_config {
	const char *name;
	u64 maxalloc;
	u32 budget;
	u32 flags;
	u8 on_error;
};

/* What rules would call that a runtime has not. */
struct nflua_lack {
	bool allowed;
	char text[512];			/* out, when it is not: why not */
};

/* The figures of a state. */
struct nflua_figures {
	struct nflua_stats stats;
	u64 used;
	u64 peak;
	u64 age_ns;
	u32 runtimes;
};

/* state.c; process context, but for the last two */
int nflua_name_check(const char *name, struct netlink_ext_ack *extack);
struct nflua_state *nflua_state_alloc(struct nflua_net *nn,
				      const struct nflua_state_config *config);
int nflua_state_add(struct nflua_state *state, struct nflua_runtime *rt,
		    struct nflua_lack *lack);
int nflua_state_destroy(struct nflua_net *nn, const char *name, bool force,
			struct netlink_ext_ack *extack);
struct nflua_state *nflua_state_find(struct nflua_net *nn, const char *name);
struct nflua_state *nflua_state_lookup(struct nflua_net *nn, const char *name);
int nflua_state_default(struct nflua_net *nn);
int nflua_state_replace(struct nflua_state *state, struct nflua_runtime *rt,
			struct nflua_lack *lack);
int nflua_state_exec_get(struct nflua_state *state);
void nflua_state_exec_put(struct nflua_state *state);
void nflua_state_drop_ghost(struct nflua_state *state);
void nflua_state_figures(struct nflua_state *state, struct nflua_figures *f);
void nflua_state_put(struct nflua_state *state);
int nflua_states_init(struct nflua_net *nn);
void nflua_states_close(struct nflua_net *nn);
void nflua_states_exit(struct nflua_net *nn);

/* rule.c; process context */
int nflua_rule_create(struct nflua_net *nn, const struct xt_lua_info *info,
		      struct nflua_rule **out);
void nflua_rule_free(struct nflua_rule *rule);
u64 nflua_rule_id(void);
void nflua_rules_move(struct nflua_state *from, struct nflua_state *to);
bool nflua_rules_lack(const struct nflua_state *state, struct nflua_runtime *rt,
		      struct nflua_lack *lack);
int nflua_rules_fill(struct sk_buff *skb, const struct nflua_state *state,
		     bool *truncated);

/* error.c; any context */
void nflua_error_clear(struct nflua_error *error);
int nflua_error_errno(const struct nflua_error *error);
void nflua_account_error(struct nflua_state *state, const char *function,
			 const struct nflua_packet *packet,
			 struct nflua_error *error);
void nflua_last_error_clear(struct nflua_state *state);

/* runtime.c */
struct nflua_runtime *nflua_runtime_create(struct nflua_state *state);
struct nflua_runtime *nflua_runtime_get(struct nflua_state *state);
void nflua_runtime_put(struct nflua_runtime *rt);

/* Memory that a script holds outside of Lua; false: that is past its limit. */
bool nflua_runtime_charge(lua_State *L, size_t size);
void nflua_runtime_uncharge(lua_State *L, size_t size);

static inline struct nflua_runtime *nflua_runtime(lua_State *L)
{
	return (struct nflua_runtime *)nflua_port(L);
}

/* Who has the runtime of @L now; for functions that scripts call. */
static inline struct nflua_call *nflua_call_of(lua_State *L)
{
	return nflua_runtime(L)->call;
}

/* event.c; any context */
void nflua_event_state(struct nflua_state *state, enum nflua_cmd cmd);
void nflua_event_error(struct nflua_state *state, const char *function,
		       const struct nflua_packet *packet,
		       const struct nflua_error *error);
void nflua_event_print(struct nflua_state *state, const char *text, size_t len);
void nflua_event_socket_closed(struct nflua_net *nn);

/* genl.c */

bool nflua_genl_listened(struct net *net);
struct sk_buff *nflua_genl_new(enum nflua_cmd cmd, size_t size, u32 portid,
			       u32 seq, gfp_t gfp);
int nflua_genl_event(struct net *net, struct sk_buff *skb);
bool nflua_genl_data_listened(struct net *net, unsigned int group);
int nflua_genl_data(struct net *net, struct sk_buff *skb, unsigned int group);
bool nflua_userns_allowed(const struct net *net);
int nflua_genl_init(void);
void nflua_genl_exit(void);

/* fill.c */
int nflua_fill_figures(struct sk_buff *skb, struct nflua_state *state);
int nflua_fill_state(struct sk_buff *skb, struct nflua_state *state);
int nflua_fill_error(struct sk_buff *skb, const struct nflua_error *error);
size_t nflua_fill_trial_size(const struct nflua_trial *trial);
int nflua_fill_trial(struct sk_buff *skb, const struct nflua_trial *trial);
size_t nflua_fill_packet_size(void);
int nflua_fill_packet(struct sk_buff *skb, const struct nflua_packet *packet);
size_t nflua_fill_error_size(const struct nflua_error *error);

/* Room for the figures of a state in a message, and for all that is told of it. */
#define NFLUA_FIGURES_SIZE	(256 + NFLUA_NAME_SIZE + NFLUA_LAST_ERROR_MAX)
#define NFLUA_STATE_SIZE	(NFLUA_FIGURES_SIZE + 256 + NFLUA_ERROR_MAX +	\
				 NFLUA_TRACEBACK_MAX + 2 * NFLUA_FUNCTIONS_MAX * \
				 nla_total_size(XT_LUA_FUNCTION_SIZE))

/* xt.c */
int nflua_xt_verdict(lua_State *L);
void nflua_xt_init(void);
void nflua_xt_exit(void);

/* view.c, lib_nf.c, timer.c: open into a universe being made */
void nflua_view_open(lua_State *L);
int nflua_lib_nf(lua_State *L);
int nflua_lib_timer(lua_State *L);

/* timer.c; process context, but for the first */
void nflua_timers_init(struct nflua_runtime *rt);
void nflua_timers_start(struct nflua_runtime *rt);
void nflua_timers_stop(struct nflua_runtime *rt);

/* A message from user space. */
struct nflua_data {
	u32 portid;		/* of the socket that it came from */
	const char *payload;
	size_t len;
	const int *interrupt;	/* set: it is not wanted any more */
};

/* message.c */
void nflua_message_setfuncs(lua_State *L);
void nflua_sender_init(struct nflua_sender *sender);
void nflua_sender_clear(struct nflua_sender *sender);
int nflua_message_deliver(struct nflua_state *state, struct nflua_data *data,
			  struct nflua_error *error);

/* copy.c, reply.c: open into a universe being made, the table "nf" on top */
void nflua_copy_open(lua_State *L);
void nflua_reply_open(lua_State *L);

/* lib_nf.c: the packet of the call; raises an error where there is none */
struct nflua_packet *nflua_check_packet(lua_State *L);

/* conntrack.c; process context, but for the first, which adds to the table "nf" */
void nflua_conntrack_open(lua_State *L);
void nflua_conntrack_enable(struct nflua_net *nn, int wants);
void nflua_conntrack_want(struct nflua_net *nn, int wants);
void nflua_conntrack_init(struct nflua_net *nn);
void nflua_conntrack_exit(struct nflua_net *nn);

#endif
