// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Knobs for tests, in /sys/module/nflua/parameters, for root. They cost nothing while
 * nobody has written to them.
 *
 *   fail_alloc    makes allocations of Lua fail
 *   fail_load     makes loading the module fail
 *   stack_unused  measures the C stack
 *   stack_taken   makes the C stack shorter
 *   idle_ticks    keeps the watchdog awake
 *   hold          makes a moment last, so that something else can come in between
 *                 (tests/vm/packet/between.test.py)
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "runtime/debug.h"
#include "runtime/stack.h"

DEFINE_STATIC_KEY_FALSE(nflua_debug_allocs);
DEFINE_STATIC_KEY_FALSE(nflua_debug_stacks);
DEFINE_STATIC_KEY_FALSE(nflua_debug_holds);

static void set_key(struct static_key_false *key, bool on)
{
	if (on)
		static_branch_enable(key);
	else
		static_branch_disable(key);
}

/* Allocations of Lua that are left, up to and including the first one that fails. */
static atomic_t allocs_left;
static unsigned int allocs_fail;

bool __nflua_debug_fail_alloc(void)
{
	int left = atomic_dec_return(&allocs_left);

	return left <= 0 && -left < (int)READ_ONCE(allocs_fail);
}

/* Parses "N COUNT", or "0" to let all succeed. */
static int set_fail_alloc(const char *text, const struct kernel_param *kp)
{
	unsigned int at, count;
	int n = sscanf(text, "%u %u", &at, &count);

	if (n < 1 || (n == 1 && at) || at > INT_MAX || (n == 2 && count > INT_MAX))
		return -EINVAL;
	set_key(&nflua_debug_allocs, false);
	atomic_set(&allocs_left, at);
	WRITE_ONCE(allocs_fail, n == 2 ? count : 0);
	set_key(&nflua_debug_allocs, at);
	return 0;
}

static int get_fail_alloc(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&allocs_left));
}

static const struct kernel_param_ops fail_alloc_ops = {
	.set = set_fail_alloc,
	.get = get_fail_alloc,
};

module_param_cb(fail_alloc, &fail_alloc_ops, NULL, 0600);
MODULE_PARM_DESC(fail_alloc,
		 "for tests: 'N COUNT': COUNT allocations of Lua fail, from the N-th on; reads as how many are left up to the first");

/* What marks a word of the stack as unused. */
#define PAINT		0x6e666c75614e464cUL
/* Lowest words of a stack, which hold a mark of the kernel. */
#define MARK_WORDS	2
/* Bytes that the painter itself may use below its frame. */
#define OWN_BYTES	256

static unsigned long least_unused = ULONG_MAX;

/* Returns the lowest word that may be used of the stack that @sp is in. */
static unsigned long *lowest_word(unsigned long sp)
{
	return (unsigned long *)nflua_stack_bottom(sp) + MARK_WORDS;
}

void __no_sanitize_address __nflua_debug_paint_stack(void)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);
	volatile unsigned long *p = lowest_word(sp);

	for (; (unsigned long)p < sp - OWN_BYTES; p++)
		*p = PAINT;
}

/* Notes how many bytes are still painted. */
void __no_sanitize_address __nflua_debug_read_stack(void)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);
	unsigned long *lowest = lowest_word(sp), *p, unused, least;

	for (p = lowest; (unsigned long)p < sp && *p == PAINT; p++)
		;
	unused = (p - lowest) * sizeof(*p);
	/* The stack was not painted: the knob was turned during the call. */
	if (unused == 0 && lowest[1] != PAINT && lowest[64] != PAINT)
		return;
	least = READ_ONCE(least_unused);
	while (unused < least && !try_cmpxchg(&least_unused, &least, unused))
		;
}

unsigned int nflua_debug_taken;

module_param_named(stack_taken, nflua_debug_taken, uint, 0600);
MODULE_PARM_DESC(stack_taken,
		 "for tests: bytes of the stack to take for used, while stack_unused measures");

/* Ticks without a call before the timer of a CPU's watchdog stops. */
unsigned int nflua_debug_idle_ticks = 4;

module_param_named(idle_ticks, nflua_debug_idle_ticks, uint, 0600);
MODULE_PARM_DESC(idle_ticks,
		 "for tests: ticks without a call before the timer of a CPU's budgets rests (default: 4)");

/* Makes loading fail where the netlink family is registered, as if there were no memory. */
bool nflua_debug_fail_load;

module_param_named(fail_load, nflua_debug_fail_load, bool, 0400);
MODULE_PARM_DESC(fail_load, "for tests: loading the module fails");

static int set_stack_unused(const char *text, const struct kernel_param *kp)
{
	bool on;
	int err = kstrtobool(text, &on);

	if (err)
		return err;
	WRITE_ONCE(least_unused, ULONG_MAX);
	set_key(&nflua_debug_stacks, on);
	return 0;
}

static int get_stack_unused(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%lu\n", READ_ONCE(least_unused));
}

static const struct kernel_param_ops stack_unused_ops = {
	.set = set_stack_unused,
	.get = get_stack_unused,
};

module_param_cb(stack_unused, &stack_unused_ops, NULL, 0600);
MODULE_PARM_DESC(stack_unused,
		 "for tests: write 1 to measure; reads as the bytes of its stack that no call has used since");

static const char *const points[] = {
	[NFLUA_HOLD_FIGURES] = "figures",
	[NFLUA_HOLD_BEGINS] = "begins",
	[NFLUA_HOLD_ENDS] = "ends",
	[NFLUA_HOLD_CLOSES] = "closes",
	[NFLUA_HOLD_FINDS] = "finds",
	[NFLUA_HOLD_WAITS] = "waits",
	[NFLUA_HOLD_SENDS] = "sends",
};

static_assert(ARRAY_SIZE(points) == NFLUA_HOLDS);

/* The longest hold, in ms, as bottom halves may be off meanwhile. */
#define HOLD_MAX	2000

static unsigned int hold_point, hold_msecs;
static atomic_t holds;

/* Any context with interrupts on. */
void __nflua_debug_hold(enum nflua_debug_point point)
{
	if (READ_ONCE(hold_point) != point)
		return;
	atomic_inc(&holds);
	mdelay(READ_ONCE(hold_msecs));
}

/* Parses "POINT MSECS", or "0" to hold nowhere. */
static int set_hold(const char *text, const struct kernel_param *kp)
{
	unsigned int msecs = 0;
	char name[16];
	int point = 0, n = sscanf(text, "%15s %u", name, &msecs);

	if (n < 1 || (n == 1 && strcmp(name, "0") != 0) || msecs > HOLD_MAX)
		return -EINVAL;
	if (n == 2)
		point = match_string(points, ARRAY_SIZE(points), name);
	if (point < 0)
		return point;
	set_key(&nflua_debug_holds, false);
	WRITE_ONCE(hold_point, point);
	WRITE_ONCE(hold_msecs, msecs);
	atomic_set(&holds, 0);
	set_key(&nflua_debug_holds, n == 2);
	return 0;
}

static int get_hold(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&holds));
}

static const struct kernel_param_ops hold_ops = {
	.set = set_hold,
	.get = get_hold,
};

module_param_cb(hold, &hold_ops, NULL, 0600);
MODULE_PARM_DESC(hold,
		 "for tests: 'POINT MSECS': whoever comes to POINT stays there that long; reads as how many came");
