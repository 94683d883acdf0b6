/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
/*
 * The interface between iptables and the module: the rules `-m lua` (match "lua",
 * revision 0) and `-j LUA` (target "LUA", revision 0).
 */
#ifndef _UAPI_LINUX_NETFILTER_XT_LUA_H
#define _UAPI_LINUX_NETFILTER_XT_LUA_H

#include <linux/types.h>
#include <linux/nflua.h>

/* Name of a global function, with the terminating NUL. */
#define XT_LUA_FUNCTION_SIZE	64

/**
 * enum xt_lua_flags - options of a rule
 *
 * @XT_LUA_INVERT: negate the result (match only)
 * @XT_LUA_TCP_PAYLOAD: only TCP packets with at least one byte of payload
 * @XT_LUA_MASK: only when the namespace's match mask and @mask share a bit
 */
enum xt_lua_flags {
	XT_LUA_INVERT = 1 << 0,
	XT_LUA_TCP_PAYLOAD = 1 << 1,
	XT_LUA_MASK = 1 << 2,
};

/**
 * enum xt_lua_on_error - the result of a failed call, or of a destroyed state
 *
 * @XT_LUA_ON_ERROR_DEFAULT: as the state says (&enum nflua_on_error)
 * @XT_LUA_ON_ERROR_YES: a match (match only)
 * @XT_LUA_ON_ERROR_ACCEPT: accept (target only)
 * @XT_LUA_ON_ERROR_DROP: drop (target only)
 * @XT_LUA_ON_ERROR_NO: no match (match only)
 * @XT_LUA_ON_ERROR_CONTINUE: the next rule (target only)
 */
enum xt_lua_on_error {
	XT_LUA_ON_ERROR_DEFAULT,
	XT_LUA_ON_ERROR_YES,
	XT_LUA_ON_ERROR_ACCEPT,
	XT_LUA_ON_ERROR_DROP,
	XT_LUA_ON_ERROR_NO,
	XT_LUA_ON_ERROR_CONTINUE,

	__XT_LUA_ON_ERROR_MAX,
	XT_LUA_ON_ERROR_MAX = __XT_LUA_ON_ERROR_MAX - 1
};

/**
 * struct xt_lua_info - the data of a rule, match or target
 *
 * @state: name of the state, NUL-terminated; see linux/nflua.h
 * @function: name of the global function, NUL-terminated
 * @mask: with %XT_LUA_MASK, bits of the match mask; not 0
 * @flags: &enum xt_lua_flags
 * @on_error: &enum xt_lua_on_error
 * @reserved: 0
 * @rule: the kernel's own, ignored when it comes from user space
 */
struct xt_lua_info {
	char state[NFLUA_NAME_SIZE];
	char function[XT_LUA_FUNCTION_SIZE];
	__aligned_u64 mask;
	__u16 flags;
	__u8 on_error;
	__u8 reserved[5];

	/* For the kernel only; aligned so that 32-bit programs have the same layout. */
	void *rule __attribute__((aligned(8)));
};

#endif /* _UAPI_LINUX_NETFILTER_XT_LUA_H */
