/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
/*
 * The generic netlink family NFLUA: everything that the module and its users must
 * agree on. The numbers of the protocol are defined here and nowhere else.
 *
 * Attributes are in host byte order, in one flat number space. Requests are validated
 * strictly: the module refuses an attribute that the command does not know, that is
 * too short, too long or out of range, or that comes twice. The extended
 * acknowledgement says which one, and why.
 */
#ifndef _UAPI_LINUX_NFLUA_H
#define _UAPI_LINUX_NFLUA_H

#include <linux/types.h>

#define NFLUA_GENL_NAME		"NFLUA"
#define NFLUA_GENL_VERSION	2

/* Multicast groups: "events", and "data0" to "data31" for nf.netlink(). */
#define NFLUA_MCGRP_EVENTS	"events"
#define NFLUA_MCGRP_DATA_PREFIX	"data"
#define NFLUA_DATA_GROUPS	32

/*
 * The name of a state has 1 to 63 bytes out of A-Z a-z 0-9 _ . : @ + -, and does not
 * begin with '-'. Rules and version 1 clients that name no state use the state
 * "default".
 */
#define NFLUA_NAME_SIZE		64	/* with the terminating NUL */
#define NFLUA_DEFAULT_STATE	"default"

/* Limits of a request, in bytes. */
#define NFLUA_MSG_MAX		65531	/* what fits in one attribute */
#define NFLUA_CHUNK_MAX		(8 << 20)	/* all chunk attributes together */
#define NFLUA_CHUNK_NAME_MAX	255

#define NFLUA_PREFIX_MAX	1023
#define NFLUA_FUNCTION_MAX	63
#define NFLUA_FRAME_MAX		64
#define NFLUA_REPEAT_MAX	10000000	/* calls of a run */
#define NFLUA_OWNER_MAX		255

/* Limits of an answer, in bytes; NFLUA_A_TRUNCATED says what was cut off. */
#define NFLUA_VALUES_MAX	65536
#define NFLUA_SENT_MAX		65536	/* all that a run would have sent */
#define NFLUA_OUTPUT_MAX	65531
#define NFLUA_ERROR_MAX		4096
#define NFLUA_TRACEBACK_MAX	8192
#define NFLUA_TIMES		256	/* number of classes; see NFLUA_A_TIMES */
#define NFLUA_FUNCTIONS_MAX	100	/* number of functions that rules call */

/* Name of a network device, with the terminating NUL; IFNAMSIZ of linux/if.h. */
#define NFLUA_DEVICE_SIZE	16

#define NFLUA_DIGEST_SIZE	32	/* SHA-256 */

#define NFLUA_FRAME_TYPES_MAX	8	/* types of frames that a hook names */

/* The longest time for a confirmation, in milliseconds: a day. */
#define NFLUA_CONFIRM_MAX	86400000

/* Memory that a runtime may use, in bytes. */
#define NFLUA_MAXALLOC_DEFAULT	(32ULL << 20)
#define NFLUA_MAXALLOC_MIN	(64ULL << 10)
#define NFLUA_MAXALLOC_MAX	(1ULL << 40)

/* Time that a call from the packet path may take, in microseconds. */
#define NFLUA_BUDGET_DEFAULT	20000
#define NFLUA_BUDGET_MIN	100
#define NFLUA_BUDGET_MAX	1000000

/**
 * enum nflua_cmd - commands, answers and notifications
 *
 * @NFLUA_CMD_MSG: version 1. To the kernel: %NFLUA_A_MSG is `name NUL script`, or
 *	only a script, to run in the state "default". From the kernel: a message of a
 *	script, with %NFLUA_A_MSG, %NFLUA_A_NAME and %NFLUA_A_SEQ; its nlmsg_seq and
 *	nlmsg_pid are 0.
 * @NFLUA_CMD_STATE_NEW: creates the state %NFLUA_A_NAME with %NFLUA_A_MAXALLOC,
 *	%NFLUA_A_BUDGET, %NFLUA_A_FLAGS, %NFLUA_A_ON_ERROR and %NFLUA_A_OWNER. Runs
 *	%NFLUA_A_CHUNK in it first, if given. The answer is that of %NFLUA_CMD_EXEC.
 *	Rules that wait for a state of this name call it from then on. ENXIO if it lacks
 *	a function that they call, unless %NFLUA_A_FORCE is given. With CHECK or TRY in
 *	%NFLUA_A_EXEC_FLAGS, the state is never there for others, and one of this name
 *	may exist. With TRY, hooks of %NFLUA_A_OWNER may call functions that it lacks, but
 *	ENXIO if it lacks one of %NFLUA_A_RULE_FUNCTION.
 * @NFLUA_CMD_STATE_DEL: destroys the state %NFLUA_A_NAME. EBUSY if rules or hooks refer
 *	to it, a request runs in it, or a change waits for its confirmation, unless
 *	%NFLUA_A_FORCE is given.
 * @NFLUA_CMD_STATE_GET: returns the figures of the state %NFLUA_A_NAME, or dumps all
 *	states. Unlike in events, they include the functions that rules call
 *	(%NFLUA_A_RULE_FUNCTION, %NFLUA_A_MISSING_FUNCTION) and the last error in full
 *	(%NFLUA_A_FUNCTION, the error, %NFLUA_A_ERROR_COUNT, %NFLUA_A_ERROR_AGE_NS). A
 *	destroyed state is included while rules wait for a new one; it has no runtime.
 * @NFLUA_CMD_EXEC: runs %NFLUA_A_CHUNK in the state %NFLUA_A_NAME as
 *	%NFLUA_A_EXEC_FLAGS say. Answered by a message with %NFLUA_A_VALUE (of an
 *	eval), %NFLUA_A_OUTPUT, or the error, and then acknowledged. ENXIO if a
 *	replace would leave rules without a function that they call, as for
 *	%NFLUA_CMD_STATE_NEW. With %NFLUA_A_CONFIRM_MS, a replace is taken back by itself
 *	unless %NFLUA_CMD_STATE_CONFIRM comes in time, or when more errors than
 *	%NFLUA_A_MAX_ERRORS occur; with %NFLUA_A_KEEP, %NFLUA_CMD_STATE_ROLLBACK takes it
 *	back until the next replace. EBUSY if a change waits for its confirmation, but for
 *	an eval and a check.
 * @NFLUA_CMD_INTERRUPT: interrupts the request that this socket has running. ENOENT if
 *	there is none.
 * @NFLUA_CMD_RUN: calls the global %NFLUA_A_FUNCTION of the state %NFLUA_A_NAME for
 *	the packet %NFLUA_A_PACKET with the header %NFLUA_A_FRAME, %NFLUA_A_REPEAT
 *	times, as a rule of the chain %NFLUA_A_HOOK would. Each call has the budget of
 *	a packet call. Nothing that the calls send reaches the network or a listener,
 *	not even what copies of the packet send later. The figures of the state do not
 *	count the calls. Answered by a message with %NFLUA_A_RESULTS, %NFLUA_A_CALLS,
 *	%NFLUA_A_TIME_NS, %NFLUA_A_FIRST_NS, %NFLUA_A_LONGEST_NS, %NFLUA_A_TIMES,
 *	%NFLUA_A_OUTPUT, what the calls would have sent, and the error of the first
 *	call that failed; then acknowledged. A failed call does not fail the request.
 * @NFLUA_CMD_DATA: passes %NFLUA_A_MSG, and the port of the sending socket, to the
 *	message handler of the state %NFLUA_A_NAME. The handler has a budget: its own,
 *	or that of a packet call. Acknowledged when the handler has run. If it failed,
 *	a message with %NFLUA_A_NAME and the error comes first. ENOTCONN if there is
 *	no handler.
 * @NFLUA_CMD_COMPLETE: returns the names in the state %NFLUA_A_NAME that can stand
 *	where %NFLUA_A_PREFIX ends: globals, or fields of what is before its last '.'
 *	or ':'. No code of the script runs. Answered by a message with a string
 *	%NFLUA_A_VALUE for each name, in no order, perhaps twice, or, without memory,
 *	with the error; then acknowledged.
 * @NFLUA_CMD_STATE_NEW_NTF: event: a state was created; its figures.
 * @NFLUA_CMD_STATE_DEL_NTF: event: a state was destroyed; its last figures.
 * @NFLUA_CMD_STATE_REPLACE_NTF: event: a state was replaced; its figures.
 * @NFLUA_CMD_ERROR_NTF: event: a packet call, a timer, or sending a packet failed;
 *	%NFLUA_A_NAME, %NFLUA_A_FUNCTION, the error, %NFLUA_A_TRUNCATED,
 *	%NFLUA_A_DROPPED. For a packet call also %NFLUA_A_PROTOCOL, %NFLUA_A_SADDR,
 *	%NFLUA_A_DADDR, and, if the packet has ports, %NFLUA_A_SPORT and
 *	%NFLUA_A_DPORT.
 * @NFLUA_CMD_PRINT_NTF: event: what a script printed in the packet path, in a timer
 *	or in a message handler, at most 4096 bytes; %NFLUA_A_NAME, %NFLUA_A_OUTPUT,
 *	%NFLUA_A_TRUNCATED, %NFLUA_A_DROPPED.
 * @NFLUA_CMD_CLEAR: forgets the last error of the state %NFLUA_A_NAME.
 * @NFLUA_CMD_HOOK_NEW: has the global %NFLUA_A_FUNCTION of the state %NFLUA_A_NAME
 *	called for each packet of the hook %NFLUA_A_HOOK of netfilter, in the family
 *	%NFLUA_A_FAMILY, with %NFLUA_A_PRIORITY; only for packets that %NFLUA_A_MARK,
 *	%NFLUA_A_IIF, %NFLUA_A_OIF, %NFLUA_A_PROTOCOL and %NFLUA_A_FRAME_TYPES describe,
 *	if given.
 *	%NFLUA_A_ON_ERROR is what a failed call gives; if missing, what the state says.
 *	Answered by a message with %NFLUA_A_HOOK_ID. ENXIO if the state has no such
 *	function, unless %NFLUA_A_FORCE is given. EEXIST if there is such a hook, but
 *	perhaps for %NFLUA_A_ON_ERROR. A hook of a device needs its name: an ingress hook
 *	%NFLUA_A_IIF, and an egress hook %NFLUA_A_OIF. It waits while there is no device
 *	of this name.
 * @NFLUA_CMD_HOOK_DEL: removes the hooks of the state %NFLUA_A_NAME that call
 *	%NFLUA_A_FUNCTION, or the one with %NFLUA_A_HOOK_ID. ENOENT if there is none.
 * @NFLUA_CMD_HOOK_GET: returns the hook %NFLUA_A_HOOK_ID of the state %NFLUA_A_NAME, or
 *	dumps all hooks, or with %NFLUA_A_NAME those of a state: what
 *	%NFLUA_CMD_HOOK_NEW was given, %NFLUA_A_HOOK_ID and %NFLUA_A_WAITS.
 * @NFLUA_CMD_HOOK_NEW_NTF: event: a hook was added or changed, or waits for its device,
 *	or has it; what a dump has of it.
 * @NFLUA_CMD_HOOK_DEL_NTF: event: a hook was removed; what a dump has of it.
 * @NFLUA_CMD_STATE_SET: changes %NFLUA_A_MAXALLOC, %NFLUA_A_BUDGET, %NFLUA_A_ON_ERROR
 *	and %NFLUA_A_OWNER of the state %NFLUA_A_NAME: those that are given. ENOSPC if it
 *	uses more memory than that.
 * @NFLUA_CMD_STATE_SET_NTF: event: a state was changed by %NFLUA_CMD_STATE_SET; its
 *	figures.
 * @NFLUA_CMD_HOOK_SET: gives the hook %NFLUA_A_HOOK_ID of the state %NFLUA_A_NAME
 *	%NFLUA_A_ON_ERROR and %NFLUA_A_OWNER, as %NFLUA_CMD_HOOK_NEW does, in place of what
 *	it had. ENOENT if there is no such hook.
 * @NFLUA_CMD_STATE_CONFIRM: the replace of the state %NFLUA_A_NAME that waits for it stays.
 *	ENODATA if there is none.
 * @NFLUA_CMD_STATE_ROLLBACK: the state %NFLUA_A_NAME goes back to the runtime before its
 *	last replace, with its timers, which stood still meanwhile, and the bits of the match
 *	mask that the replace had changed. ENODATA if it was not kept. ENXIO if rules or
 *	hooks call functions that it lacks, unless %NFLUA_A_FORCE is given.
 * @NFLUA_CMD_STATE_CONFIRM_NTF: event: a replace was confirmed; the state's figures.
 * @NFLUA_CMD_STATE_ROLLBACK_NTF: event: a state went back; its figures, and
 *	%NFLUA_A_REASON.
 *
 * Each event and each message of a script has a number, %NFLUA_A_SEQ. It counts
 * messages that the receiver had no room for, too.
 */
enum nflua_cmd {
	NFLUA_CMD_UNSPEC,
	NFLUA_CMD_MSG,
	NFLUA_CMD_STATE_NEW,
	NFLUA_CMD_STATE_DEL,
	NFLUA_CMD_STATE_GET,
	NFLUA_CMD_EXEC,
	NFLUA_CMD_INTERRUPT,
	NFLUA_CMD_RUN,
	NFLUA_CMD_DATA,
	NFLUA_CMD_COMPLETE,
	NFLUA_CMD_STATE_NEW_NTF,
	NFLUA_CMD_STATE_DEL_NTF,
	NFLUA_CMD_STATE_REPLACE_NTF,
	NFLUA_CMD_ERROR_NTF,
	NFLUA_CMD_PRINT_NTF,
	NFLUA_CMD_CLEAR,
	NFLUA_CMD_HOOK_NEW,
	NFLUA_CMD_HOOK_DEL,
	NFLUA_CMD_HOOK_GET,
	NFLUA_CMD_HOOK_NEW_NTF,
	NFLUA_CMD_HOOK_DEL_NTF,
	NFLUA_CMD_STATE_SET,
	NFLUA_CMD_STATE_SET_NTF,
	NFLUA_CMD_HOOK_SET,
	NFLUA_CMD_STATE_CONFIRM,
	NFLUA_CMD_STATE_ROLLBACK,
	NFLUA_CMD_STATE_CONFIRM_NTF,
	NFLUA_CMD_STATE_ROLLBACK_NTF,

	__NFLUA_CMD_MAX,
	NFLUA_CMD_MAX = __NFLUA_CMD_MAX - 1
};

/**
 * enum nflua_attr - attributes
 *
 * @NFLUA_A_MSG: binary, payload of a message
 * @NFLUA_A_PAD: padding of 64-bit attributes
 * @NFLUA_A_NAME: string, name of a state
 * @NFLUA_A_MAXALLOC: u64, memory limit of a runtime in bytes
 * @NFLUA_A_BUDGET: u32, time limit of a packet call in microseconds; the module rounds
 *	it up to a multiple of 4000 (a tick), and figures have the rounded value
 * @NFLUA_A_FLAGS: u32, &enum nflua_state_flags
 * @NFLUA_A_CHUNK: binary, a piece of a script; may come several times, and the pieces
 *	are joined in order
 * @NFLUA_A_CHUNK_NAME: string, name of the script in Lua's format: '@' and a file
 *	name, or '=' and any text; "=chunk" if missing. If it comes several times, each
 *	one begins another script, whose pieces follow it; the scripts run in order.
 *	Of a state: the name of the script that ran last, as %NFLUA_A_DIGEST counts
 * @NFLUA_A_EXEC_FLAGS: u32, &enum nflua_exec_flags
 * @NFLUA_A_FORCE: flag; destroy the state even if rules refer to it, which then wait
 *	for a new state of its name; create or replace it even if it lacks functions
 *	that rules call
 * @NFLUA_A_CURRALLOC: u64, bytes in use
 * @NFLUA_A_PEAKALLOC: u64, most bytes ever in use
 * @NFLUA_A_REFS: u32, number of rules and hooks that refer to the state
 * @NFLUA_A_CALLS: u64, number of calls from the packet path; of a run, its calls
 * @NFLUA_A_MATCHES: u64, number of calls that matched or gave a verdict
 * @NFLUA_A_ERRORS: u64, number of calls and timers that failed
 * @NFLUA_A_TIME_NS: u64, time spent in calls, in nanoseconds, estimated from a sample;
 *	of a run, the time of all its calls
 * @NFLUA_A_AGE_NS: u64, nanoseconds since the state was created
 * @NFLUA_A_RUNTIMES: u32, number of runtimes; 0: the state was destroyed
 * @NFLUA_A_LAST_ERROR: string, the first 511 bytes of the last error that no request
 *	waited for
 * @NFLUA_A_VALUE: nest of one &enum nflua_value_attr; repeated, one for each value
 * @NFLUA_A_OUTPUT: binary, what print() wrote
 * @NFLUA_A_ERROR_KIND: u32, &enum nflua_error_kind
 * @NFLUA_A_ERROR_TEXT: string, the error message
 * @NFLUA_A_TRACEBACK: string, the Lua traceback; of a call that was stopped, where it
 *	was
 * @NFLUA_A_TRUNCATED: u32, &enum nflua_truncated
 * @NFLUA_A_FUNCTION: string, what failed: the function that a rule called, "timer", or,
 *	for a packet that was not sent, "send" or "reply"; of a run, the function to
 *	call
 * @NFLUA_A_SEQ: u32, number of an event in its namespace, or of a message of a state to
 *	this data group or port; the first is 1. A group is not counted while nobody
 *	is in it; the numbers of a port may begin again
 * @NFLUA_A_DROPPED: u32, number of events that were dropped since the last event,
 *	because of the rate limit or for lack of memory
 * @NFLUA_A_PREFIX: string, the beginning of an expression
 * @NFLUA_A_FRAME: binary, link-layer header of a packet; that of Ethernet has 14 bytes,
 *	or 18 with an 802.1Q tag
 * @NFLUA_A_PACKET: binary, an IPv4 or IPv6 packet from its network header on; bytes
 *	after its length are ignored
 * @NFLUA_A_HOOK: u32, &enum nf_inet_hooks (linux/netfilter.h), or, in the family
 *	NFPROTO_NETDEV, &enum nf_dev_hooks, and of NFPROTO_BRIDGE, &enum nf_br_hooks up to
 *	NF_BR_POST_ROUTING. For a run: PREROUTING if missing, and not
 *	NF_INET_INGRESS
 * @NFLUA_A_REPEAT: u32, number of calls, 1 to %NFLUA_REPEAT_MAX; 1 if missing
 * @NFLUA_A_RESULTS: binary, number of calls with each result: a u64 for each of
 *	&enum nflua_run_result
 * @NFLUA_A_SENT_PACKETS: u64, number of packets that the run would have sent
 * @NFLUA_A_SENT_MESSAGES: u64, number of messages that the run would have sent
 * @NFLUA_A_SENT_PACKET: binary, one of the packets, from its network header on;
 *	repeated
 * @NFLUA_A_SENT_MESSAGE: binary, the payload of one of the messages; repeated
 * @NFLUA_A_PROTOCOL: u8, protocol of a packet, after the extension headers of IPv6
 *	(linux/in.h)
 * @NFLUA_A_SADDR: binary, source address of a packet, 4 or 16 bytes
 * @NFLUA_A_DADDR: binary, destination address
 * @NFLUA_A_SPORT: u16, source port
 * @NFLUA_A_DPORT: u16, destination port
 * @NFLUA_A_ON_ERROR: u32, &enum nflua_on_error; if missing, that of a destroyed state
 *	whose rules the new one takes over, else accept
 * @NFLUA_A_RULE_FUNCTION: string, a function that rules of the state call; repeated,
 *	each function once, at most %NFLUA_FUNCTIONS_MAX. Of a request: that they will call
 * @NFLUA_A_MISSING_FUNCTION: string, one of these that the state lacks; repeated
 * @NFLUA_A_ERROR_AGE_NS: u64, nanoseconds since the last error
 * @NFLUA_A_ERROR_COUNT: u64, how many times in a row the last error occurred, with the
 *	same kind and text, in the same function
 * @NFLUA_A_FIRST_NS: u64, time of the first call of a run, in nanoseconds
 * @NFLUA_A_LONGEST_NS: u64, time of the longest call of a run, in nanoseconds
 * @NFLUA_A_TIMES: binary, number of calls of a run in each class of times: a u32 for
 *	each of %NFLUA_TIMES classes. Below 8, class i has the calls of i nanoseconds.
 *	From there on, each power of two has 8 classes of equal width; class i begins
 *	at (8 + i % 8) << (i / 8 - 1). The last class has all longer calls, too
 * @NFLUA_A_HOOK_ID: u32, number of a hook in its namespace; a newer hook has a higher
 *	one
 * @NFLUA_A_FAMILY: u32, family of a hook (linux/netfilter.h): NFPROTO_IPV4,
 *	NFPROTO_IPV6, NFPROTO_INET, which is both, NFPROTO_NETDEV, NFPROTO_BRIDGE or
 *	NFPROTO_ARP
 * @NFLUA_A_PRIORITY: s32, place of a hook among others, the lowest first
 *	(linux/netfilter_ipv4.h has those of the kernel's own); 0 if missing
 * @NFLUA_A_MARK: u32, mark of a packet
 * @NFLUA_A_MARK_MASK: u32, bits of the mark that are compared, not 0; all if missing
 * @NFLUA_A_IIF: string, name of the device that a packet came in by
 * @NFLUA_A_OIF: string, name of the device that a packet leaves by
 * @NFLUA_A_HOOKS: u32, how many of %NFLUA_A_REFS are hooks
 * @NFLUA_A_WAITS: flag, the hook gets no packets, as there is no device of its name
 * @NFLUA_A_OWNER: string, what a state or a hook belongs to, such as the name of a
 *	configuration file; at most %NFLUA_OWNER_MAX bytes. The module only keeps it.
 *	None if missing or empty
 * @NFLUA_A_DIGEST: binary, of the scripts that ran in a state, in its runtime, without
 *	%NFLUA_EXEC_EVAL; missing if there was none. Of the first one, its SHA-256
 *	(FIPS 180-4); with each further one, the SHA-256 of the 64 bytes that are the
 *	digest up to then and the SHA-256 of this script
 * @NFLUA_A_SCRIPT_AGE_NS: u64, nanoseconds since the last of these scripts ran
 * @NFLUA_A_CONFIRM_MS: u32, milliseconds in which a replace must be confirmed, 1 to
 *	%NFLUA_CONFIRM_MAX; of a state: those that are left
 * @NFLUA_A_MAX_ERRORS: u32, number of errors in a second, not 0, beyond which a replace
 *	that waits for its confirmation is taken back
 * @NFLUA_A_KEEP: flag, keep the old runtime even after the confirmation
 * @NFLUA_A_KEPTALLOC: u64, bytes in use of the runtime that the state can go back to
 * @NFLUA_A_REASON: u32, &enum nflua_reason
 * @NFLUA_A_FRAME_TYPES: binary, which frames a hook of ingress, egress or a bridge gets: 1 to
 *	%NFLUA_FRAME_TYPES_MAX numbers of type u16, each an EtherType, or ETH_P_ALL for all
 *	frames (linux/if_ether.h). What is damaged where it says to be IP counts as no IP, and
 *	only ETH_P_ALL gets it. If missing, packets of IP
 */
enum nflua_attr {
	NFLUA_A_UNSPEC,
	NFLUA_A_MSG,
	NFLUA_A_PAD,
	NFLUA_A_NAME,
	NFLUA_A_MAXALLOC,
	NFLUA_A_BUDGET,
	NFLUA_A_FLAGS,
	NFLUA_A_CHUNK,
	NFLUA_A_CHUNK_NAME,
	NFLUA_A_EXEC_FLAGS,
	NFLUA_A_FORCE,
	NFLUA_A_CURRALLOC,
	NFLUA_A_PEAKALLOC,
	NFLUA_A_REFS,
	NFLUA_A_CALLS,
	NFLUA_A_MATCHES,
	NFLUA_A_ERRORS,
	NFLUA_A_TIME_NS,
	NFLUA_A_AGE_NS,
	NFLUA_A_RUNTIMES,
	NFLUA_A_LAST_ERROR,
	NFLUA_A_VALUE,
	NFLUA_A_OUTPUT,
	NFLUA_A_ERROR_KIND,
	NFLUA_A_ERROR_TEXT,
	NFLUA_A_TRACEBACK,
	NFLUA_A_TRUNCATED,
	NFLUA_A_FUNCTION,
	NFLUA_A_SEQ,
	NFLUA_A_DROPPED,
	NFLUA_A_PREFIX,
	NFLUA_A_FRAME,
	NFLUA_A_PACKET,
	NFLUA_A_HOOK,
	NFLUA_A_REPEAT,
	NFLUA_A_RESULTS,
	NFLUA_A_SENT_PACKETS,
	NFLUA_A_SENT_MESSAGES,
	NFLUA_A_SENT_PACKET,
	NFLUA_A_SENT_MESSAGE,
	NFLUA_A_PROTOCOL,
	NFLUA_A_SADDR,
	NFLUA_A_DADDR,
	NFLUA_A_SPORT,
	NFLUA_A_DPORT,
	NFLUA_A_ON_ERROR,
	NFLUA_A_RULE_FUNCTION,
	NFLUA_A_MISSING_FUNCTION,
	NFLUA_A_ERROR_AGE_NS,
	NFLUA_A_ERROR_COUNT,
	NFLUA_A_FIRST_NS,
	NFLUA_A_LONGEST_NS,
	NFLUA_A_TIMES,
	NFLUA_A_HOOK_ID,
	NFLUA_A_FAMILY,
	NFLUA_A_PRIORITY,
	NFLUA_A_MARK,
	NFLUA_A_MARK_MASK,
	NFLUA_A_IIF,
	NFLUA_A_OIF,
	NFLUA_A_HOOKS,
	NFLUA_A_WAITS,
	NFLUA_A_OWNER,
	NFLUA_A_DIGEST,
	NFLUA_A_SCRIPT_AGE_NS,
	NFLUA_A_CONFIRM_MS,
	NFLUA_A_MAX_ERRORS,
	NFLUA_A_KEEP,
	NFLUA_A_KEPTALLOC,
	NFLUA_A_REASON,
	NFLUA_A_FRAME_TYPES,

	__NFLUA_A_MAX,
	NFLUA_A_MAX = __NFLUA_A_MAX - 1
};

/**
 * enum nflua_value_attr - a Lua value, nested in %NFLUA_A_VALUE
 *
 * @NFLUA_VALUE_NIL: flag
 * @NFLUA_VALUE_BOOLEAN: u8, 0 or 1
 * @NFLUA_VALUE_INTEGER: s64
 * @NFLUA_VALUE_STRING: binary
 * @NFLUA_VALUE_OTHER: binary, a value of another type as text, from tostring()
 * @NFLUA_VALUE_PAD: padding of 64-bit attributes
 */
enum nflua_value_attr {
	NFLUA_VALUE_UNSPEC,
	NFLUA_VALUE_NIL,
	NFLUA_VALUE_BOOLEAN,
	NFLUA_VALUE_INTEGER,
	NFLUA_VALUE_STRING,
	NFLUA_VALUE_OTHER,
	NFLUA_VALUE_PAD,

	__NFLUA_VALUE_MAX,
	NFLUA_VALUE_MAX = __NFLUA_VALUE_MAX - 1
};

/**
 * enum nflua_state_flags - %NFLUA_A_FLAGS
 *
 * @NFLUA_STATE_PERCPU: one runtime per CPU; reserved, EOPNOTSUPP
 */
enum nflua_state_flags {
	NFLUA_STATE_PERCPU = 1 << 0,
};

/**
 * enum nflua_on_error - %NFLUA_A_ON_ERROR: the result of a failed call, or of a
 * destroyed state, for rules and hooks without an --on-error option of their own
 *
 * @NFLUA_ON_ERROR_ACCEPT: a match does not match, a target continues with the next rule,
 *	a hook accepts
 * @NFLUA_ON_ERROR_DROP: the packet is dropped
 */
enum nflua_on_error {
	NFLUA_ON_ERROR_ACCEPT,
	NFLUA_ON_ERROR_DROP,
};

/**
 * enum nflua_exec_flags - %NFLUA_A_EXEC_FLAGS
 *
 * @NFLUA_EXEC_EVAL: the chunk may be an expression; its values are in the answer
 * @NFLUA_EXEC_CHECK: compile only; cannot be combined with other flags
 * @NFLUA_EXEC_REPLACE: run the chunk in a fresh runtime, which replaces the state's
 *	runtime if the chunk succeeds
 * @NFLUA_EXEC_SHOW: with EVAL: a table becomes a text that shows its contents, as far
 *	as there is room, as %NFLUA_VALUE_OTHER
 * @NFLUA_EXEC_TRY: only for %NFLUA_CMD_STATE_NEW, and without other flags: run the
 *	script, and then drop the state
 */
enum nflua_exec_flags {
	NFLUA_EXEC_EVAL = 1 << 0,
	NFLUA_EXEC_CHECK = 1 << 1,
	NFLUA_EXEC_REPLACE = 1 << 2,
	NFLUA_EXEC_SHOW = 1 << 3,
	NFLUA_EXEC_TRY = 1 << 4,
};

/**
 * enum nflua_error_kind - why Lua failed; the errno of the acknowledgement
 *
 * @NFLUA_ERROR_NONE: it did not fail
 * @NFLUA_ERROR_SYNTAX: the chunk does not compile; ENOEXEC
 * @NFLUA_ERROR_INCOMPLETE: the chunk ends too early; ENOEXEC
 * @NFLUA_ERROR_RUNTIME: an error was raised; ECANCELED
 * @NFLUA_ERROR_MEMORY: the memory limit, or no memory; ENOMEM
 * @NFLUA_ERROR_BUDGET: a packet call took too long; ETIME
 * @NFLUA_ERROR_INTERRUPTED: interrupted on request; EINTR
 */
enum nflua_error_kind {
	NFLUA_ERROR_NONE,
	NFLUA_ERROR_SYNTAX,
	NFLUA_ERROR_INCOMPLETE,
	NFLUA_ERROR_RUNTIME,
	NFLUA_ERROR_MEMORY,
	NFLUA_ERROR_BUDGET,
	NFLUA_ERROR_INTERRUPTED,
};

/**
 * enum nflua_run_result - the result of a call of a run; %NFLUA_A_RESULTS
 *
 * @NFLUA_RUN_CONTINUE: the verdict "continue", or nil
 * @NFLUA_RUN_ACCEPT: the verdict "accept"
 * @NFLUA_RUN_DROP: the verdict "drop", or nf.hotdrop(true)
 * @NFLUA_RUN_STOLEN: the verdict "stolen"
 * @NFLUA_RUN_QUEUE: the verdict "queue"
 * @NFLUA_RUN_REPEAT: the verdict "repeat"
 * @NFLUA_RUN_STOP: the verdict "stop"
 * @NFLUA_RUN_NO_MATCH: false
 * @NFLUA_RUN_MATCH: true
 * @NFLUA_RUN_ERROR: the call failed, or returned anything else
 * @NFLUA_RUN_REJECT: the verdict "reject", of any kind, or packet:reject()
 */
enum nflua_run_result {
	NFLUA_RUN_CONTINUE,
	NFLUA_RUN_ACCEPT,
	NFLUA_RUN_DROP,
	NFLUA_RUN_STOLEN,
	NFLUA_RUN_QUEUE,
	NFLUA_RUN_REPEAT,
	NFLUA_RUN_STOP,
	NFLUA_RUN_NO_MATCH,
	NFLUA_RUN_MATCH,
	NFLUA_RUN_ERROR,
	NFLUA_RUN_REJECT,

	__NFLUA_RUN_MAX,
	NFLUA_RUN_MAX = __NFLUA_RUN_MAX - 1
};

/**
 * enum nflua_reason - why a replace was taken back; %NFLUA_A_REASON
 *
 * @NFLUA_REASON_REQUEST: %NFLUA_CMD_STATE_ROLLBACK
 * @NFLUA_REASON_TIME: it was not confirmed in time
 * @NFLUA_REASON_ERRORS: there were more errors than %NFLUA_A_MAX_ERRORS
 */
enum nflua_reason {
	NFLUA_REASON_REQUEST,
	NFLUA_REASON_TIME,
	NFLUA_REASON_ERRORS,
};

/**
 * enum nflua_truncated - what was cut off; %NFLUA_A_TRUNCATED
 *
 * @NFLUA_TRUNCATED_VALUES: a value was cut short or left out
 * @NFLUA_TRUNCATED_OUTPUT: more was printed
 * @NFLUA_TRUNCATED_ERROR: the error message is longer
 * @NFLUA_TRUNCATED_TRACEBACK: the traceback is longer
 * @NFLUA_TRUNCATED_SENT: more would have been sent than the answer has
 * @NFLUA_TRUNCATED_FUNCTIONS: rules call more functions than the answer has
 */
enum nflua_truncated {
	NFLUA_TRUNCATED_VALUES = 1 << 0,
	NFLUA_TRUNCATED_OUTPUT = 1 << 1,
	NFLUA_TRUNCATED_ERROR = 1 << 2,
	NFLUA_TRUNCATED_TRACEBACK = 1 << 3,
	NFLUA_TRUNCATED_SENT = 1 << 4,
	NFLUA_TRUNCATED_FUNCTIONS = 1 << 5,
};

#endif /* _UAPI_LINUX_NFLUA_H */
