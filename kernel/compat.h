/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the kernels that the module is built for. */
#ifndef NFLUA_COMPAT_H
#define NFLUA_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

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

#endif
