/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the kernels that the module is built for. */
#ifndef NFLUA_COMPAT_H
#define NFLUA_COMPAT_H

#include <crypto/sha2.h>
#include <linux/hrtimer.h>
#include <linux/local_lock.h>
#include <linux/version.h>
#include <net/flow.h>
#include <net/genetlink.h>
#include <net/inet_dscp.h>

/* 6.12 moved this header. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* The attributes of the request that a dump answers; 6.6 moved them. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define nflua_dump_attrs(cb)	(genl_info_dump(cb)->attrs)
#else
#define nflua_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#endif

/* 6.17 renamed it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
typedef struct sha256_ctx nflua_sha256;
#else
typedef struct sha256_state nflua_sha256;
#endif

/* 6.13 brought hrtimer_setup(); later kernels have no hrtimer_init(). */
static inline void nflua_hrtimer_setup(struct hrtimer *timer,
				       enum hrtimer_restart (*expire)(struct hrtimer *),
				       enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, expire, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = expire;
#endif
}

/* Lets a route depend on the DSCP of @tos. 6.18 gave that field a type of its own. */
static inline void nflua_flow_set_dscp(struct flowi4 *fl4, u8 tos)
{
#ifdef flowi4_dscp
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = tos & INET_DSCP_MASK;
#endif
}

/*
 * For data of this CPU that is used with bottom halves off. With PREEMPT_RT, kernels before
 * 6.11 keep all other tasks that have them off from the CPU. Later ones need not, and offer
 * this lock. Without PREEMPT_RT it is a note for lockdep.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define nflua_local_lock_bh(lock)	local_lock_nested_bh(lock)
#define nflua_local_unlock_bh(lock)	local_unlock_nested_bh(lock)
#else
#define nflua_local_lock_bh(lock)	((void)(lock))
#define nflua_local_unlock_bh(lock)	((void)(lock))
#endif

#endif
