// SPDX-License-Identifier: GPL-2.0-or-later
/* The protocol as linux/nflua.h has it, and the answers measured by it. */
#include <stdio.h>
#include <string.h>

#include "nl.h"

#define ROW(which, of, ...) \
	[NFLUA_A_##which] = { .name = #which, .type = TYPE_##of, __VA_ARGS__ }

const struct attr_row attr_rows[NFLUA_A_MAX + 1] = {
	ROW(MSG, BINARY, .max = NFLUA_MSG_MAX),
	ROW(PAD, PAD),
	ROW(NAME, STRING, .max = NFLUA_NAME_SIZE - 1),
	ROW(MAXALLOC, U64, NFLUA_MAXALLOC_MIN, NFLUA_MAXALLOC_MAX),
	ROW(BUDGET, U32, NFLUA_BUDGET_MIN, NFLUA_BUDGET_MAX),
	ROW(FLAGS, MASK, .max = NFLUA_STATE_PERCPU),
	ROW(CHUNK, BINARY, .max = NFLUA_MSG_MAX, .repeats = true),
	ROW(CHUNK_NAME, STRING, .max = NFLUA_CHUNK_NAME_MAX, .repeats = true),
	ROW(EXEC_FLAGS, MASK, .max = NFLUA_EXEC_EVAL | NFLUA_EXEC_CHECK |
				     NFLUA_EXEC_REPLACE | NFLUA_EXEC_SHOW |
				     NFLUA_EXEC_TRY),
	ROW(FORCE, FLAG),
	ROW(CURRALLOC, U64, .max = UINT64_MAX),
	ROW(PEAKALLOC, U64, .max = UINT64_MAX),
	ROW(REFS, U32, .max = UINT32_MAX),
	ROW(CALLS, U64, .max = UINT64_MAX),
	ROW(MATCHES, U64, .max = UINT64_MAX),
	ROW(ERRORS, U64, .max = UINT64_MAX),
	ROW(TIME_NS, U64, .max = UINT64_MAX),
	ROW(AGE_NS, U64, .max = UINT64_MAX),
	ROW(RUNTIMES, U32, .max = 1),
	ROW(LAST_ERROR, STRING, .max = NFLUA_ERROR_MAX),
	ROW(VALUE, NEST, .repeats = true),
	ROW(OUTPUT, BINARY, .max = NFLUA_OUTPUT_MAX),
	ROW(ERROR_KIND, U32, NFLUA_ERROR_NONE, NFLUA_ERROR_INTERRUPTED),
	ROW(ERROR_TEXT, STRING, .max = NFLUA_ERROR_MAX),
	ROW(TRACEBACK, STRING, .max = NFLUA_TRACEBACK_MAX),
	ROW(TRUNCATED, MASK, .max = NFLUA_TRUNCATED_VALUES |
				    NFLUA_TRUNCATED_OUTPUT |
				    NFLUA_TRUNCATED_ERROR |
				    NFLUA_TRUNCATED_TRACEBACK |
				    NFLUA_TRUNCATED_SENT |
				    NFLUA_TRUNCATED_FUNCTIONS),
	ROW(FUNCTION, STRING, .max = NFLUA_FUNCTION_MAX),
	ROW(SEQ, U32, .max = UINT32_MAX),
	ROW(DROPPED, U32, .max = UINT32_MAX),
	ROW(PREFIX, STRING, .max = NFLUA_PREFIX_MAX),
	ROW(FRAME, BINARY, .max = NFLUA_FRAME_MAX),
	ROW(PACKET, BINARY, .max = NFLUA_MSG_MAX),
	ROW(HOOK, U32, .max = 5),
	ROW(REPEAT, U32, 1, NFLUA_REPEAT_MAX),
	ROW(RESULTS, BINARY, .max = __NFLUA_RUN_MAX * sizeof(uint64_t)),
	ROW(SENT_PACKETS, U64, .max = UINT64_MAX),
	ROW(SENT_MESSAGES, U64, .max = UINT64_MAX),
	ROW(SENT_PACKET, BINARY, .max = NFLUA_SENT_MAX, .repeats = true),
	ROW(SENT_MESSAGE, BINARY, .max = NFLUA_MSG_MAX, .repeats = true),
	ROW(PROTOCOL, U8, .max = UINT8_MAX),
	ROW(SADDR, BINARY, .max = 16),
	ROW(DADDR, BINARY, .max = 16),
	ROW(SPORT, U16, .max = UINT16_MAX),
	ROW(DPORT, U16, .max = UINT16_MAX),
	ROW(ON_ERROR, U32, NFLUA_ON_ERROR_ACCEPT, NFLUA_ON_ERROR_DROP),
	ROW(RULE_FUNCTION, STRING, .max = NFLUA_FUNCTION_MAX, .repeats = true),
	ROW(MISSING_FUNCTION, STRING, .max = NFLUA_FUNCTION_MAX, .repeats = true),
	ROW(ERROR_AGE_NS, U64, .max = UINT64_MAX),
	ROW(ERROR_COUNT, U64, 1, UINT64_MAX),
	ROW(FIRST_NS, U64, .max = UINT64_MAX),
	ROW(LONGEST_NS, U64, .max = UINT64_MAX),
	ROW(TIMES, BINARY, .max = NFLUA_TIMES * sizeof(uint32_t)),
	ROW(HOOK_ID, U32, .max = UINT32_MAX),
	ROW(FAMILY, U32, .max = 10),
	ROW(PRIORITY, U32, .max = UINT32_MAX),
	ROW(MARK, U32, .max = UINT32_MAX),
	ROW(MARK_MASK, U32, .max = UINT32_MAX),
	ROW(IIF, STRING, .max = NFLUA_DEVICE_SIZE - 1),
	ROW(OIF, STRING, .max = NFLUA_DEVICE_SIZE - 1),
	ROW(HOOKS, U32, .max = UINT32_MAX),
	ROW(WAITS, FLAG),
	ROW(OWNER, STRING, .max = NFLUA_OWNER_MAX),
	ROW(DIGEST, BINARY, .max = NFLUA_DIGEST_SIZE),
	ROW(SCRIPT_AGE_NS, U64, .max = UINT64_MAX),
	ROW(CONFIRM_MS, U32, 1, NFLUA_CONFIRM_MAX),
	ROW(MAX_ERRORS, U32, 1, UINT32_MAX),
	ROW(KEEP, FLAG),
	ROW(KEPTALLOC, U64, .max = UINT64_MAX),
	ROW(REASON, U32, .max = NFLUA_REASON_ERRORS),
	ROW(FRAME_TYPES, BINARY, .max = NFLUA_FRAME_TYPES_MAX * sizeof(uint16_t)),
};

_Static_assert(NFLUA_A_MAX < 128, "attributes are bits of 128");

#define A(which) BIT(NFLUA_A_##which)

#define FIGURES (A(NAME) | A(MAXALLOC) | A(BUDGET) | A(FLAGS) | A(CURRALLOC) |	\
		 A(PEAKALLOC) | A(REFS) | A(CALLS) | A(MATCHES) | A(ERRORS) |	\
		 A(TIME_NS) | A(AGE_NS) | A(RUNTIMES) | A(LAST_ERROR) |		\
		 A(ON_ERROR) | A(HOOKS) | A(OWNER) | A(DIGEST) |		\
		 A(CHUNK_NAME) | A(SCRIPT_AGE_NS) | A(CONFIRM_MS) |		\
		 A(KEPTALLOC) | A(PAD))
#define ATTACHED (A(NAME) | A(FUNCTION) | A(HOOK_ID) | A(FAMILY) | A(HOOK) |	\
		  A(PRIORITY) | A(MARK) | A(MARK_MASK) | A(IIF) | A(OIF) |	\
		  A(PROTOCOL) | A(ON_ERROR) | A(WAITS) | A(OWNER) | A(FRAME_TYPES))
#define FAILURE (A(ERROR_KIND) | A(ERROR_TEXT) | A(TRACEBACK) | A(TRUNCATED))
#define HEALTH (A(RULE_FUNCTION) | A(MISSING_FUNCTION) | A(FUNCTION) |		\
		A(ERROR_AGE_NS) | A(ERROR_COUNT) | FAILURE)
#define MESSAGE (A(MSG) | A(NAME) | A(SEQ))
#define TRIED (A(NAME) | A(RESULTS) | A(CALLS) | A(TIME_NS) | A(SENT_PACKETS) |	\
	       A(FIRST_NS) | A(LONGEST_NS) | A(TIMES) |				\
	       A(SENT_MESSAGES) | A(SENT_PACKET) | A(SENT_MESSAGE) |		\
	       A(OUTPUT) | A(PAD) | FAILURE)
#define ENDPOINTS (A(PROTOCOL) | A(SADDR) | A(DADDR) | A(SPORT) | A(DPORT))
#define RAN (A(NAME) | A(VALUE) | A(OUTPUT) | FAILURE)

#define CODES(...) (const int[]){ __VA_ARGS__, -1 }
#define CMD(which, of, ...) \
	[NFLUA_CMD_##which] = { .name = #which, .kind = KIND_##of, __VA_ARGS__ }

const struct cmd_row cmd_rows[NFLUA_CMD_MAX + 1] = {
	[NFLUA_CMD_UNSPEC] = { .name = "UNSPEC", .kind = KIND_ANSWER,
			       .weight = 1, .codes = CODES(EOPNOTSUPP) },
	CMD(MSG, JOB, 10, A(MSG), A(MSG), RAN,
	    CODES(0, EPERM, EINVAL, EBUSY, ENOEXEC, ECANCELED, ENOMEM, EINTR,
		  EOPNOTSUPP)),
	CMD(STATE_NEW, JOB, 22, A(NAME) | A(MAXALLOC) | A(BUDGET) | A(FLAGS) |
	    A(ON_ERROR) | A(FORCE) | A(OWNER) | A(EXEC_FLAGS) | A(RULE_FUNCTION) | A(CHUNK) |
	    A(CHUNK_NAME), A(NAME), RAN,
	    CODES(0, EPERM, EINVAL, ERANGE, E2BIG, EEXIST, EBUSY, ENOEXEC,
		  ECANCELED, ENOMEM, EINTR, ENXIO, EOPNOTSUPP)),
	CMD(STATE_DEL, SYNC, 14, A(NAME) | A(FORCE), A(NAME), 0,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, EBUSY, EOPNOTSUPP)),
	CMD(STATE_GET, SYNC, 12, A(NAME), A(NAME), FIGURES | HEALTH,
	    CODES(0, EPERM, EINVAL, ENOENT)),
	CMD(EXEC, JOB, 36, A(NAME) | A(CHUNK) | A(CHUNK_NAME) | A(EXEC_FLAGS) |
	    A(FORCE) | A(CONFIRM_MS) | A(MAX_ERRORS) | A(KEEP), A(NAME) | A(CHUNK), RAN,
	    CODES(0, EPERM, EINVAL, E2BIG, ENOENT, EBUSY, ENOEXEC, ECANCELED,
		  ENOMEM, EINTR, ENXIO, EOPNOTSUPP)),
	CMD(INTERRUPT, SYNC, 8, .codes = CODES(0, EPERM, EINVAL, ENOENT,
					       EOPNOTSUPP)),
	CMD(RUN, JOB, 14, A(NAME) | A(FUNCTION) | A(FRAME) | A(PACKET) | A(HOOK) |
	    A(REPEAT), A(NAME) | A(FUNCTION) | A(PACKET), TRIED,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, EBUSY, EINTR, EOPNOTSUPP)),
	CMD(DATA, JOB, 14, A(NAME) | A(MSG), A(NAME) | A(MSG), A(NAME) | FAILURE,
	    CODES(0, EPERM, EINVAL, ENOENT, EBUSY, ECANCELED, ETIME, ENOTCONN,
		  EOPNOTSUPP)),
	CMD(COMPLETE, JOB, 8, A(NAME) | A(PREFIX), A(NAME) | A(PREFIX),
	    A(NAME) | A(VALUE) | FAILURE,
	    CODES(0, EPERM, EINVAL, ENOENT, EBUSY, EOPNOTSUPP)),
	CMD(STATE_NEW_NTF, ANSWER, 1, .answers = FIGURES | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
	CMD(STATE_DEL_NTF, ANSWER, 1, .answers = FIGURES | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
	CMD(STATE_REPLACE_NTF, ANSWER, 1, .answers = FIGURES | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
	CMD(ERROR_NTF, ANSWER, 1, .answers = A(NAME) | A(FUNCTION) | FAILURE |
	    ENDPOINTS | A(DROPPED) | A(SEQ), .codes = CODES(EOPNOTSUPP)),
	CMD(PRINT_NTF, ANSWER, 1, .answers = A(NAME) | A(OUTPUT) | A(DROPPED) |
	    A(SEQ), .codes = CODES(EOPNOTSUPP)),
	CMD(CLEAR, SYNC, 8, A(NAME), A(NAME), 0,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, EOPNOTSUPP)),
	CMD(HOOK_NEW, SYNC, 14, A(NAME) | A(FUNCTION) | A(FAMILY) | A(HOOK) |
	    A(PRIORITY) | A(MARK) | A(MARK_MASK) | A(IIF) | A(OIF) | A(PROTOCOL) |
	    A(ON_ERROR) | A(FORCE) | A(OWNER) | A(FRAME_TYPES),
	    A(NAME) | A(FUNCTION) | A(FAMILY) | A(HOOK),
	    A(HOOK_ID),
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, EEXIST, ENXIO, EOPNOTSUPP)),
	CMD(HOOK_DEL, SYNC, 10, A(NAME) | A(FUNCTION) | A(HOOK_ID), A(NAME), 0,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, EOPNOTSUPP)),
	CMD(HOOK_GET, SYNC, 8, A(NAME) | A(HOOK_ID), A(NAME) | A(HOOK_ID), ATTACHED,
	    CODES(0, EPERM, EINVAL, ENOENT)),
	CMD(HOOK_NEW_NTF, ANSWER, 1, .answers = ATTACHED | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
	CMD(HOOK_DEL_NTF, ANSWER, 1, .answers = ATTACHED | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
	CMD(STATE_SET, SYNC, 12, A(NAME) | A(MAXALLOC) | A(BUDGET) | A(ON_ERROR) |
	    A(OWNER), A(NAME), 0,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, ENOSPC, EOPNOTSUPP)),
	CMD(STATE_SET_NTF, ANSWER, 1, .answers = FIGURES | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
	CMD(HOOK_SET, SYNC, 8, A(NAME) | A(HOOK_ID) | A(ON_ERROR) | A(OWNER),
	    A(NAME) | A(HOOK_ID), 0,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, EOPNOTSUPP)),
	CMD(STATE_CONFIRM, SYNC, 8, A(NAME), A(NAME), 0,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, ENODATA, EOPNOTSUPP)),
	CMD(STATE_ROLLBACK, SYNC, 8, A(NAME) | A(FORCE), A(NAME), 0,
	    CODES(0, EPERM, EINVAL, ERANGE, ENOENT, ENODATA, EOPNOTSUPP)),
	CMD(STATE_CONFIRM_NTF, ANSWER, 1, .answers = FIGURES | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
	CMD(STATE_ROLLBACK_NTF, ANSWER, 1, .answers = FIGURES | A(REASON) | A(SEQ),
	    .codes = CODES(EOPNOTSUPP)),
};

/* What a message holds that nobody asked for; 0: there is no such one. */
attr_set event_attrs(int cmd)
{
	if (cmd == NFLUA_CMD_MSG)
		return MESSAGE;
	return cmd <= NFLUA_CMD_MAX && cmd_rows[cmd].kind == KIND_ANSWER ?
	       cmd_rows[cmd].answers : 0;
}

/* An enumerator that the header got and the tables did not is an error. */
int table_check(void)
{
	int i, err = 0;

	for (i = 1; i <= NFLUA_A_MAX; i++)
		if (attr_rows[i].type == TYPE_MISSING && ++err)
			printf("# the table lacks attribute %d\n", i);
	for (i = 0; i <= NFLUA_CMD_MAX; i++)
		if (cmd_rows[i].kind == KIND_MISSING && ++err)
			printf("# the table lacks command %d\n", i);
	return err;
}

const char *cmd_name(int cmd)
{
	return cmd <= NFLUA_CMD_MAX ? cmd_rows[cmd].name : "(others)";
}

const char *code_name(int code)
{
	const char *name = code ? strerrorname_np(code) : "ok";

	return name ? name : "?";
}

int errno_of_kind(uint32_t kind)
{
	static const int codes[] = {
		[NFLUA_ERROR_NONE] = 0,
		[NFLUA_ERROR_SYNTAX] = ENOEXEC,
		[NFLUA_ERROR_INCOMPLETE] = ENOEXEC,
		[NFLUA_ERROR_RUNTIME] = ECANCELED,
		[NFLUA_ERROR_MEMORY] = ENOMEM,
		[NFLUA_ERROR_BUDGET] = ETIME,
		[NFLUA_ERROR_INTERRUPTED] = EINTR,
	};

	return kind < N_ROWS(codes) ? codes[kind] : -1;
}

static uint64_t number(const void *data, size_t len)
{
	uint64_t n = 0;

	memcpy(&n, data, len < sizeof(n) ? len : sizeof(n));
	return n;
}

/* One value, with padding before it on some machines. */
static bool value_is_sound(const char *data, size_t len)
{
	struct nlattr nla = { .nla_type = NFLUA_VALUE_PAD };

	if (len >= 2 * sizeof(nla))
		memcpy(&nla, data, sizeof(nla));
	if (nla.nla_type == NFLUA_VALUE_PAD && nla.nla_len == sizeof(nla)) {
		data += sizeof(nla);
		len -= sizeof(nla);
	}
	if (len < sizeof(nla))
		return false;
	memcpy(&nla, data, sizeof(nla));
	if (nla.nla_len < sizeof(nla) || NLA_ALIGN(nla.nla_len) != (int)len)
		return false;
	len = nla.nla_len - sizeof(nla);
	switch (nla.nla_type) {
	case NFLUA_VALUE_NIL:
		return len == 0;
	case NFLUA_VALUE_BOOLEAN:
		return len == 1 && (uint8_t)data[sizeof(nla)] <= 1;
	case NFLUA_VALUE_INTEGER:
		return len == 8;
	case NFLUA_VALUE_STRING:
	case NFLUA_VALUE_OTHER:
		return true;
	}
	return false;
}

static bool attr_is_sound(const struct attr_row *row, const char *data,
			  size_t len)
{
	switch (row->type) {
	case TYPE_BINARY:
		return len <= row->max;
	case TYPE_STRING:
		return len && len <= row->max + 1 &&
		       strnlen(data, len) == len - 1;
	case TYPE_U8:
		return len == 1;
	case TYPE_U16:
		return len == 2;
	case TYPE_U32:
		return len == 4 && number(data, 4) >= row->min &&
		       number(data, 4) <= row->max;
	case TYPE_U64:
		return len == 8 && number(data, 8) >= row->min &&
		       number(data, 8) <= row->max;
	case TYPE_MASK:
		return len == 4 && !(number(data, 4) & ~row->max);
	case TYPE_NEST:
		return value_is_sound(data, len);
	default:
		return len == 0;
	}
}

/* Whether an answer has what it may have, once, and of the right type. */
bool answer_is_sound(const struct nlmsghdr *nlh, attr_set may, const char **why)
{
	const char *p = (const char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	attr_set seen = 0;
	struct nlattr nla;
	int type;

	for (; p < end; p += NLA_ALIGN(nla.nla_len)) {
		*why = "the end of the attributes";
		if (end - p < (long)sizeof(nla))
			return false;
		memcpy(&nla, p, sizeof(nla));
		if (nla.nla_len < sizeof(nla) || nla.nla_len > end - p)
			return false;
		type = nla.nla_type & NLA_TYPE_MASK;
		*why = type && type <= NFLUA_A_MAX ? attr_rows[type].name :
		       "an unknown attribute";
		if (type == 0 || type > NFLUA_A_MAX || !(may & BIT(type)))
			return false;
		if (seen & BIT(type) && !attr_rows[type].repeats &&
		    type != NFLUA_A_PAD)
			return false;
		seen |= BIT(type);
		if (!attr_is_sound(&attr_rows[type], p + sizeof(nla),
				   nla.nla_len - sizeof(nla)))
			return false;
	}
	*why = "NAME, which is missing";
	return !(may & A(NAME)) || seen & A(NAME);
}
