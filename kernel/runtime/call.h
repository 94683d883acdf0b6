/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls: one run of Lua code each, of whatever kind, from entry to exit; what
 * runs them, measures them and stops them.
 */
#ifndef NFLUA_CALL_H
#define NFLUA_CALL_H

#include <linux/hrtimer.h>
#include <linux/jump_label.h>
#include <linux/math.h>
#include <linux/percpu.h>
#include <linux/time64.h>

#include "nflua.h"

/* packet.c */
int nflua_call_packet(const struct nflua_rule *rule, struct sk_buff *skb,
		      const struct nf_hook_state *hook, bool *hotdrop,
		      bool *answered, int (*result)(lua_State *L));
int nflua_call_trial(struct nflua_runtime *rt, const struct nflua_rule *rule,
		     int (*result)(lua_State *L), struct nflua_error *error);

/* callback.c */
int nflua_callback(struct nflua_runtime *rt, u32 budget,
		   void (*body)(lua_State *L, void *ud), void *ud, bool muted,
		   struct nflua_error *error);

/* call.c */
int nflua_call_recover(struct nflua_call *call, int status,
		       struct nflua_failure *failure);
int nflua_call_fail(struct nflua_call *call, int status,
		    struct nflua_failure *failure, struct nflua_error *error);
int nflua_call_abandon(struct nflua_call *call, int status,
		       struct nflua_error *error);
lua_State *nflua_call_thread(struct nflua_call *call);
void nflua_stand_back(const struct nflua_runtime *rt);
int nflua_call_run(struct nflua_call *call,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_error *error);

/* The values that a chunk gave, as records; see exec.c. */
struct nflua_values {
	char *buf;
	size_t len;
	size_t size;
	bool truncated;
};

struct nflua_value {
	enum nflua_value_attr type;
	u32 len;
	const char *data;	/* a long long, an u8, or len bytes */
};

bool nflua_values_next(const struct nflua_values *values, size_t *pos,
		       struct nflua_value *value);
bool nflua_values_add(struct nflua_values *values, u8 type, const void *data,
		      size_t len, gfp_t gfp);

/* A run of a chunk, or what else is asked of a live runtime. */
struct nflua_exec {
	struct nflua_chunk chunk;	/* in, but for stage */
	const char *prefix;		/* in: names are wanted; see complete.c */
	struct nflua_show *show;	/* in: tables are shown; owned, or NULL */
	const int *interrupt;		/* in */
	struct nflua_output output;
	struct nflua_values values;	/* with chunk.eval */
	struct nflua_error error;
};

/*
 * exec.c; process context, may sleep. 0, or what nflua_error_errno gives of
 * exec->error, or another negative errno without one.
 */
int nflua_exec_build(struct nflua_state *state, struct nflua_exec *exec,
		     struct nflua_runtime **out);
int nflua_exec_live(struct nflua_state *state, struct nflua_exec *exec);
void nflua_exec_clear(struct nflua_exec *exec);

/* show.c */
struct nflua_show *nflua_show_new(void);
const char *nflua_show_table(lua_State *L, int idx, struct nflua_show *show,
			     size_t *len);

/* complete.c: a body for nflua_call_run(); its argument is a struct nflua_exec */
void nflua_complete(lua_State *L, void *ud);

/**
 * struct nflua_trial - calls of a function for a packet that is none
 *
 * @function, @hook, @repeat: what a rule would call, in which chain, how often
 * @frame, @packet: the packet's link-layer header, if any, and the packet
 * @interrupt: set by others to end it
 * @mask: the match mask, as the calls see it and change it
 * @results: how many calls gave which result
 * @calls, @time_ns: how many there were, and what they took together
 * @first_ns, @longest_ns: the first one, and the longest
 * @times: how many took how long, as of NFLUA_A_TIMES
 * @packets, @messages: how many they would have sent
 * @sent: some of these; records of NFLUA_A_SENT_PACKET and NFLUA_A_SENT_MESSAGE
 * @output: what they printed
 * @error: of the first call that failed
 */
struct nflua_trial {
	const char *function;
	u8 hook;
	u32 repeat;
	const void *frame;
	size_t frame_len;
	const void *packet;
	size_t packet_len;
	const int *interrupt;

	u64 mask;
	u64 results[__NFLUA_RUN_MAX];
	u64 calls;
	u64 time_ns;
	u64 first_ns;
	u64 longest_ns;
	u32 times[NFLUA_TIMES];
	u64 packets;
	u64 messages;
	struct nflua_values sent;
	struct nflua_output output;
	struct nflua_error error;
};

/* trial.c; process context, may sleep, but for the last two */
const char *nflua_trial_check(const struct nflua_trial *trial, int *attr);
int nflua_trial_run(struct nflua_state *state, struct nflua_trial *trial);
void nflua_trial_clear(struct nflua_trial *trial);

/* In calls: sends all parcels, or notes them. NULL, or why not. */
const char *nflua_post(lua_State *L, struct list_head *parcels);

/* Whether a message stays here; it is noted then. */
bool nflua_trial_keeps(lua_State *L, const char *message, size_t len);

/* stack.c */
bool nflua_stack_enter(struct nflua_port *port, bool may_sleep);
unsigned long nflua_stack_bottom(unsigned long sp);

/* debug.c: for tests; see there */
DECLARE_STATIC_KEY_FALSE(nflua_debug_allocs);
DECLARE_STATIC_KEY_FALSE(nflua_debug_stacks);
DECLARE_STATIC_KEY_FALSE(nflua_debug_holds);
extern unsigned int nflua_debug_taken;
extern unsigned int nflua_debug_idle_ticks;
extern bool nflua_debug_fail_load;
bool __nflua_debug_fail_alloc(void);
void __nflua_debug_paint_stack(void);
void __nflua_debug_read_stack(void);

/* Moments that a test can make last, for others to come in between. */
enum nflua_debug_point {
	NFLUA_HOLD_FIGURES,	/* a CPU's figures are being read */
	NFLUA_HOLD_BEGINS,	/* a call has a number, and no tick sees it yet */
	NFLUA_HOLD_ENDS,	/* no tick sees the call any more */
	NFLUA_HOLD_CLOSES,	/* a socket has no port any more */
	NFLUA_HOLD_FINDS,	/* a runtime was found, and is not held yet */
	NFLUA_HOLD_WAITS,	/* an exec waits for its turn */
	NFLUA_HOLD_SENDS,	/* a script sends, and nothing is in the outbox yet */
	NFLUA_HOLDS
};

void __nflua_debug_hold(enum nflua_debug_point point);

static inline void nflua_debug_hold(enum nflua_debug_point point)
{
	if (static_branch_unlikely(&nflua_debug_holds))
		__nflua_debug_hold(point);
}

/* Whether this allocation of Lua is to fail. */
static inline bool nflua_debug_fail_alloc(void)
{
	return static_branch_unlikely(&nflua_debug_allocs) &&
	       __nflua_debug_fail_alloc();
}

/* Bytes of the C stack that Lua is to take for used. */
static inline unsigned int nflua_debug_stack_taken(void)
{
	return static_branch_unlikely(&nflua_debug_stacks) ?
	       READ_ONCE(nflua_debug_taken) : 0;
}

/* Around a call: measures how much of the C stack it uses. */
static inline void nflua_debug_paint_stack(void)
{
	if (static_branch_unlikely(&nflua_debug_stacks))
		__nflua_debug_paint_stack();
}

static inline void nflua_debug_read_stack(void)
{
	if (static_branch_unlikely(&nflua_debug_stacks))
		__nflua_debug_read_stack();
}

/* Between two ticks; budgets are whole ticks. */
#define NFLUA_TICK_NS	(4 * NSEC_PER_MSEC)

/*
 * The timer of a CPU's budgets, see watch.c. Touched only on its own CPU: with
 * BHs off, or by the timer itself.
 */
struct nflua_watch {
	struct hrtimer timer;
	struct nflua_call *call;
	struct task_struct *task;	/* that the call runs in; PREEMPT_RT only */
	unsigned int serial;	/* of the call, or of the last one */
	unsigned int ticked;	/* serial at the last tick */
	unsigned int idle;
	unsigned int seen;	/* serial of the last call that a tick found running */
	ktime_t seen_at;	/* when the last of its ticks did */
	u64 spent;		/* of its budget, in ns */
	bool gap;		/* since then the CPU was taken from it */
	bool spared;		/* that tick did not count, because of a gap */
	bool running;
};

DECLARE_PER_CPU(struct nflua_watch, nflua_watch);

void nflua_watch_start(struct nflua_watch *w);
u64 nflua_watch_long(const struct nflua_watch *w);

/* The budget that is in force when @usec microseconds are wanted. */
static inline u32 nflua_watch_budget(u32 usec)
{
	return roundup(usec, (u32)(NFLUA_TICK_NS / NSEC_PER_USEC));
}

/* From here on the budget of @call runs; BHs are off. */
static inline void nflua_watch_begin(struct nflua_call *call)
{
	struct nflua_watch *w = this_cpu_ptr(&nflua_watch);

	WRITE_ONCE(w->serial, w->serial + 1);
	nflua_debug_hold(NFLUA_HOLD_BEGINS);
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		WRITE_ONCE(w->task, current);
	WRITE_ONCE(w->call, call);
	barrier();	/* a tick from here on sees the call */
	if (unlikely(!READ_ONCE(w->running)))
		nflua_watch_start(w);
}

/* Returns how long the call took, in ns, when that was a tick or more, else 0. */
static inline u64 nflua_watch_end(void)
{
	struct nflua_watch *w = this_cpu_ptr(&nflua_watch);

	WRITE_ONCE(w->call, NULL);
	barrier();	/* no tick from here on touches the call */
	nflua_debug_hold(NFLUA_HOLD_ENDS);
	return unlikely(w->seen == w->serial) ? nflua_watch_long(w) : 0;
}

int nflua_watch_init(void);
void nflua_watch_exit(void);

/*
 * From here on @call has the runtime. Warns if the call before it did not let go: the
 * pointer would be into a stack that is in use for something else by now. run_packet()
 * does not look.
 */
static inline void nflua_call_take(struct nflua_call *call)
{
	WARN_ON_ONCE(call->runtime->call);
	call->runtime->call = call;
}

static inline void nflua_call_let_go(struct nflua_call *call)
{
	WARN_ON_ONCE(call->runtime->call != call);
	call->runtime->call = NULL;
}

/*
 * For a call that execs are to stand back for; BHs are off. Spinlocks are not
 * fair on every machine (in a guest without paravirtual ones the last holder
 * wins again and again): those who wait say so, and an exec stands back until
 * none does.
 */
static inline void nflua_runtime_lock(struct nflua_runtime *rt)
{
	if (likely(spin_trylock(&rt->lock)))
		return;
	atomic_inc(&rt->waiting);
	spin_lock(&rt->lock);
	atomic_dec(&rt->waiting);
}

/* The call is over for the timer, and for those who ask for the runtime's. */
static __always_inline void nflua_call_leave(struct nflua_call *call)
{
	struct nflua_runtime *rt = call->runtime;

	nflua_debug_read_stack();
	call->long_ns = nflua_watch_end();
	/* A last tick may have come after the end of the run. */
	rt->port.attention = 0;
	rt->port.serial = 0;
	rt->call = NULL;
}

#endif
