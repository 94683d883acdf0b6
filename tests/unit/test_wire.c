// SPDX-License-Identifier: GPL-2.0-or-later
/* libnflua/wire.c and result.c: the bytes, in both directions. */
#include "unit.h"

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "ack.h"
#include "message.h"
#include "options.h"
#include "request.h"
#include "result.h"
#include "seq.h"
#include "state.h"
#include "wire.h"

/* ---- What goes out, compared byte by byte. */

static void check_bytes(struct nl_msg *msg, const void *want, size_t len)
{
	const struct nlmsghdr *nlh = nlmsg_hdr(msg);

	assert_non_null(msg);
	assert_int_equal(nlh->nlmsg_len, NLMSG_HDRLEN + len);
	assert_memory_equal(nlmsg_data(nlh), want, len);
	nlmsg_free(msg);
}

static void request_create(void **state)
{
	static const unsigned char want[] = {
		2, 2, 0, 0,				/* STATE_NEW, version 2 */
		7, 0, 3, 0, 'f', 'w', 0, 0,		/* NAME */
		12, 0, 4, 0, 0, 0, 64, 0, 0, 0, 0, 0,	/* MAXALLOC */
		8, 0, 5, 0, 0x88, 0x13, 0, 0,		/* BUDGET */
		7, 0, 8, 0, '=', 'x', 0, 0,		/* CHUNK_NAME */
		7, 0, 7, 0, 'a', '=', '1', 0,		/* CHUNK */
	};
	struct nflua_options options = {
		.maxalloc = 4 << 20, .has_maxalloc = true,
		.budget = 5000, .has_budget = true,
	};
	const struct nflua_script script = { "a=1", 3, "=x" };
	const struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_NEW, .flags = NLM_F_ACK,
		.name = "fw", .options = &options, .scripts = &script, .script_count = 1,
	};
	struct nl_msg *msg = nflua_wire_request(30, &req);

	(void)state;
	assert_int_equal(nlmsg_hdr(msg)->nlmsg_type, 30);
	assert_int_equal(nlmsg_hdr(msg)->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	check_bytes(msg, want, sizeof(want));
}

/* Of several scripts, each has its name before it. */
static void request_scripts(void **state)
{
	const struct nflua_script scripts[] = {
		{ "x", 1, "=1" }, { "", 0, NULL }, { "yz", 2, "@2" },
	};
	static const struct {
		int type;
		const char *text;
		int len;
	} expected[] = {
		{ NFLUA_A_NAME, "a", 2 },
		{ NFLUA_A_CHUNK_NAME, "=1", 3 }, { NFLUA_A_CHUNK, "x", 1 },
		{ NFLUA_A_CHUNK_NAME, "=chunk", 7 }, { NFLUA_A_CHUNK, "", 0 },
		{ NFLUA_A_CHUNK_NAME, "@2", 3 }, { NFLUA_A_CHUNK, "yz", 2 },
	};
	const struct nflua_request req = {
		.cmd = NFLUA_CMD_EXEC, .name = "a", .scripts = scripts,
		.script_count = N_ROWS(scripts),
	};
	struct nl_msg *msg = nflua_wire_request(30, &req);
	struct nlattr *attr;
	size_t i = 0;
	int rem;

	(void)state;
	nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rem) {
		assert_in_range(i, 0, N_ROWS(expected) - 1);
		assert_int_equal(nla_type(attr), expected[i].type);
		assert_int_equal(nla_len(attr), expected[i].len);
		assert_memory_equal(nla_data(attr), expected[i].text, nla_len(attr));
		i++;
	}
	assert_int_equal(i, N_ROWS(expected));
	nlmsg_free(msg);
}

static void request_destroy(void **state)
{
	static const unsigned char want[] = {
		3, 2, 0, 0, 6, 0, 3, 0, 'a', 0, 0, 0, 4, 0, 10, 0,
	};
	const struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_DEL, .name = "a",
		.force = true,
	};

	(void)state;
	check_bytes(nflua_wire_request(30, &req), want, sizeof(want));
}

static void request_message(void **state)
{
	static const unsigned char want[] = {
		1, 1, 0, 0, 11, 0, 1, 0, 's', 0, 'a', '=', 0, '\n', 'b', 0,
	};

	(void)state;
	check_bytes(nflua_wire_script(30, "s", "a=\0\nb", 5), want,
		    sizeof(want) );
}

/* A script in pieces comes out as it went in, whatever its length. */
static void request_pieces(void **state)
{
	static const size_t lengths[] = {
		0, 1, 3, 4, 59999, 60000, 60001, 65531, 120000, 1 << 20,
		NFLUA_SCRIPT_MAX,
	};
	struct nflua_script one = { 0 };
	struct nflua_request req = {
		.cmd = NFLUA_CMD_EXEC, .scripts = &one, .script_count = 1,
	};
	char *script = malloc(NFLUA_SCRIPT_MAX), *joined = malloc(NFLUA_SCRIPT_MAX);
	size_t i, n, got;

	(void)state;
	for (n = 0; n < NFLUA_SCRIPT_MAX; n++)
		script[n] = n * 31 + n / 256;
	for (i = 0; i < N_ROWS(lengths); i++) {
		struct nlattr *attr;
		struct nl_msg *msg;
		int rem;

		one.text = script;
		one.len = lengths[i];
		msg = nflua_wire_request(30, &req);
		assert_non_null(msg);
		got = 0;
		nlmsg_for_each_attr(attr, nlmsg_hdr(msg), GENL_HDRLEN, rem) {
			assert_int_equal(nla_type(attr), NFLUA_A_CHUNK);
			memcpy(joined + got, nla_data(attr), nla_len(attr));
			got += nla_len(attr);
		}
		assert_int_equal(rem, 0);
		assert_int_equal(got, lengths[i]);
		assert_memory_equal(joined, script, got);
		nlmsg_free(msg);
	}
	free(script);
	free(joined);
}

/* ---- What comes in. */

static struct nl_msg *answer(int cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	genlmsg_put(msg, 0, 1, 30, 0, 0, cmd, 2);
	return msg;
}

static void answer_values(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_EXEC);
	struct nflua_result *r = calloc(1, sizeof(*r));
	const int64_t n = INT64_MIN;
	struct nlattr *nest;
	size_t len;
	int i;

	(void)state;
	for (i = NFLUA_VALUE_NIL; i <= NFLUA_VALUE_OTHER; i++) {
		nest = nla_nest_start(msg, NFLUA_A_VALUE);
		if (i == NFLUA_VALUE_NIL)
			nla_put_flag(msg, i);
		else if (i == NFLUA_VALUE_BOOLEAN)
			nla_put_u8(msg, i, 1);
		else if (i == NFLUA_VALUE_INTEGER)
			nla_put(msg, i, sizeof(n), &n);
		else
			nla_put(msg, i, 3, "a\0b");
		nla_nest_end(msg, nest);
	}
	nla_put(msg, NFLUA_A_OUTPUT, 2, "x\n");
	nla_put_u32(msg, NFLUA_A_TRUNCATED, NFLUA_TRUNCATED_OUTPUT);
	assert_int_equal(nflua_wire_result(nlmsg_hdr(msg), r), 0);
	assert_int_equal(nflua_result_count(r), 5);
	assert_int_equal(nflua_result_type(r, 0), NFLUA_TYPE_NIL);
	assert_true(nflua_result_boolean(r, 1));
	assert_true(nflua_result_integer(r, 2) == INT64_MIN);
	assert_int_equal(nflua_result_type(r, 3), NFLUA_TYPE_STRING);
	assert_memory_equal(nflua_result_string(r, 3, &len), "a\0b", 4);
	assert_int_equal(len, 3);
	assert_int_equal(nflua_result_type(r, 4), NFLUA_TYPE_OTHER);
	assert_string_equal(nflua_result_output(r, &len), "x\n");
	assert_int_equal(nflua_result_truncated(r), NFLUA_CUT_OUTPUT);
	assert_int_equal(nflua_result_kind(r), NFLUA_KIND_NONE);
	/* Asked for what they are not, and past the end. */
	assert_int_equal(nflua_result_integer(r, 3), 0);
	assert_null(nflua_result_string(r, 2, &len));
	assert_int_equal(nflua_result_type(r, 5), NFLUA_TYPE_NIL);
	/* A second answer makes no sense. */
	assert_int_equal(nflua_wire_result(nlmsg_hdr(msg), r), -EPROTO);
	nflua_result_free(r);
	nlmsg_free(msg);
}

static void answer_error(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_EXEC);
	struct nflua_result *r = calloc(1, sizeof(*r));

	(void)state;
	nla_put_u32(msg, NFLUA_A_ERROR_KIND, NFLUA_ERROR_INCOMPLETE);
	nla_put_string(msg, NFLUA_A_ERROR_TEXT, "c:1: why");
	nla_put_string(msg, NFLUA_A_TRACEBACK, "stack traceback:");
	assert_int_equal(nflua_wire_result(nlmsg_hdr(msg), r), 0);
	assert_int_equal(nflua_result_kind(r), NFLUA_KIND_INCOMPLETE);
	assert_string_equal(nflua_result_error(r), "c:1: why");
	assert_string_equal(nflua_result_traceback(r), "stack traceback:");
	nflua_result_free(r);
	nlmsg_free(msg);
}

static void answer_state(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_STATE_GET);
	struct nflua_state entry = { .name = "" }, *s = &entry;
	char name[64];

	(void)state;
	memset(name, 'n', 63);
	name[63] = '\0';
	nla_put_string(msg, NFLUA_A_NAME, name);
	nla_put_u64(msg, NFLUA_A_MAXALLOC, UINT64_MAX);
	nla_put_u32(msg, NFLUA_A_BUDGET, 20000);
	nla_put_u32(msg, NFLUA_A_FLAGS, NFLUA_STATE_PERCPU);
	nla_put_string(msg, NFLUA_A_LAST_ERROR, "e");
	assert_int_equal(nflua_wire_state(nlmsg_hdr(msg), s), 0);
	assert_string_equal(nflua_state_name(s), name);
	assert_true(nflua_state_maxalloc(s) == UINT64_MAX);
	assert_int_equal(nflua_state_budget(s), 20000);
	assert_true(nflua_state_percpu(s));
	assert_string_equal(nflua_state_last_error(s), "e");
	assert_int_equal(nflua_state_calls(s), 0);
	nflua_state_clear(s);
	nlmsg_free(msg);
}

/* One attribute says what is cut of the state's functions and of its last error. */
static void answer_state_cut(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_STATE_GET);
	struct nflua_state entry = { .name = "" }, *s = &entry;

	(void)state;
	nla_put_string(msg, NFLUA_A_NAME, "s");
	nla_put_u32(msg, NFLUA_A_ERROR_KIND, NFLUA_ERROR_RUNTIME);
	nla_put_string(msg, NFLUA_A_ERROR_TEXT, "e");
	nla_put_u32(msg, NFLUA_A_TRUNCATED,
		    NFLUA_TRUNCATED_FUNCTIONS | NFLUA_TRUNCATED_TRACEBACK);
	assert_int_equal(nflua_wire_state(nlmsg_hdr(msg), s), 0);
	assert_true(nflua_state_has_more_functions(s));
	assert_int_equal(nflua_result_truncated(nflua_state_failure(s)),
			 NFLUA_CUT_TRACEBACK);
	nflua_state_clear(s);
	nlmsg_free(msg);
}

/* An attribute of @len bytes out of which no sense can be made. */
static void answer_malformed(void **state)
{
	static const struct {
		int attr;
		int len;
		const char *data;
	} rows[] = {
		{ NFLUA_A_ERROR_KIND, 2, "\1\0" },
		{ NFLUA_A_ERROR_KIND, 4, "\xff\0\0\0" },
		{ NFLUA_A_ERROR_TEXT, 3, "abc" },
		{ NFLUA_A_ERROR_TEXT, 0, "" },
		{ NFLUA_A_TRACEBACK, 1, "x" },
		{ NFLUA_A_TRUNCATED, 1, "x" },
		{ NFLUA_A_NAME, 65, "0123456789012345678901234567890123456789"
				    "012345678901234567890123" },
		{ NFLUA_A_VALUE, 0, "" },
		{ NFLUA_A_VALUE, 4, "\4\0\3\0" },	/* integer of 0 bytes */
		{ NFLUA_A_VALUE, 5, "\5\0\3\0\1" },
		{ NFLUA_A_VALUE, 4, "\xff\0\4\0" },	/* beyond its nest */
		{ NFLUA_A_VALUE, 4, "\4\0\x63\0" },	/* of no known type */
	};
	struct nflua_result *r;
	struct nl_msg *msg;
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS(rows); i++) {
		msg = answer(NFLUA_CMD_EXEC);
		nla_put(msg, rows[i].attr, rows[i].len, rows[i].data);
		r = calloc(1, sizeof(*r));
		if (nflua_wire_result(nlmsg_hdr(msg), r) != -EPROTO)
			fail_msg("row %zu was taken", i);
		nflua_result_free(r);
		nlmsg_free(msg);
	}
}

static void answer_without_name(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_STATE_GET);
	struct nflua_state s = { .name = "" };

	(void)state;
	assert_int_equal(nflua_wire_state(nlmsg_hdr(msg), &s), -EPROTO);
	nlmsg_free(msg);
}

/* Every prefix of an answer, as if the rest was lost, and every byte wrong. */
static void answer_cut_and_bent(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_EXEC);
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr *nest;
	struct nflua_result *r;
	uint32_t n, len;
	char *copy;

	(void)state;
	nest = nla_nest_start(msg, NFLUA_A_VALUE);
	nla_put(msg, NFLUA_VALUE_STRING, 5, "hello");
	nla_nest_end(msg, nest);
	nla_put_string(msg, NFLUA_A_ERROR_TEXT, "text");
	len = nlh->nlmsg_len;
	for (n = NLMSG_HDRLEN; n < 2 * len; n++) {
		copy = malloc(len);
		memcpy(copy, nlh, len);
		if (n < len)
			((struct nlmsghdr *)copy)->nlmsg_len = n;
		else
			copy[NLMSG_HDRLEN + (n - len) % (len - NLMSG_HDRLEN)] ^= 0x55;
		r = calloc(1, sizeof(*r));
		nflua_wire_result((struct nlmsghdr *)copy, r);
		nflua_result_free(r);
		free(copy);
	}
	nlmsg_free(msg);
}

static void family_answer(void **state)
{
	struct nl_msg *msg = answer(CTRL_CMD_NEWFAMILY);
	unsigned int version = 0;
	int family = 0;

	(void)state;
	assert_int_equal(nflua_wire_family(nlmsg_hdr(msg), &family, &version),
			 -EPROTO);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, 33);
	nla_put_u32(msg, CTRL_ATTR_VERSION, 2);
	assert_int_equal(nflua_wire_family(nlmsg_hdr(msg), &family, &version), 0);
	assert_int_equal(family, 33);
	assert_int_equal(version, 2);
	nlmsg_free(msg);
}

/* ---- Messages of scripts. */

static void request_data(void **state)
{
	static const unsigned char want[] = {
		8, 2, 0, 0, 6, 0, 3, 0, 'a', 0, 0, 0,
		7, 0, 1, 0, 'h', 0, 'i', 0,
	};
	struct nflua_request req = {
		.cmd = NFLUA_CMD_DATA, .name = "a",
		.payload = "h\0i", .payload_len = 3,
	};
	static char most[NFLUA_MSG_MAX];
	struct nl_msg *msg;

	(void)state;
	check_bytes(nflua_wire_request(30, &req), want, sizeof(want));
	req.payload = most;
	req.payload_len = sizeof(most);
	msg = nflua_wire_request(30, &req);
	assert_non_null(msg);
	assert_int_equal(nlmsg_hdr(msg)->nlmsg_len,
			 NLMSG_HDRLEN + 4 + 8 + NLA_ALIGN(4 + sizeof(most)));
	nlmsg_free(msg);
}

static void notification(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_MSG);
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nflua_message m;
	size_t len;

	(void)state;
	assert_int_equal(nflua_wire_message(nlh, &m), -EPROTO);
	nla_put(msg, NFLUA_A_MSG, 3, "a\0b");
	assert_int_equal(nflua_wire_message(nlh, &m), 0);
	assert_null(nflua_message_state(&m));
	assert_int_equal(nflua_message_seq(&m), 0);
	assert_memory_equal(nflua_message_payload(&m, &len), "a\0b", 3);
	assert_int_equal(len, 3);
	nla_put_string(msg, NFLUA_A_NAME, "fw");
	nla_put_u32(msg, NFLUA_A_SEQ, 17);
	assert_int_equal(nflua_wire_message(nlh, &m), 0);
	assert_string_equal(nflua_message_state(&m), "fw");
	assert_int_equal(nflua_message_seq(&m), 17);
	assert_int_equal(nflua_message_group(&m), -1);
	nlmsg_free(msg);
}

static void notification_or_not(void **state)
{
	struct nl_msg *msg = answer(NFLUA_CMD_MSG);
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	(void)state;
	assert_false(nflua_wire_is_message(nlh, 30));
	nlh->nlmsg_seq = 0;
	assert_true(nflua_wire_is_message(nlh, 30));
	assert_false(nflua_wire_is_message(nlh, 31));
	nlh->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN - 1;
	assert_false(nflua_wire_is_message(nlh, 30));
	nlmsg_free(msg);
	msg = answer(NFLUA_CMD_EXEC);
	nlmsg_hdr(msg)->nlmsg_seq = 0;
	assert_false(nflua_wire_is_message(nlmsg_hdr(msg), 30));
	nlmsg_free(msg);
}

static void family_groups(void **state)
{
	static const struct {
		const char *name;
		uint32_t id;
	} rows[] = {
		{ "events", 5 }, { "data0", 6 }, { "data31", 7 }, { "data32", 8 },
		{ "data", 9 }, { "data1x", 10 }, { "data-1", 11 }, { "dat", 12 },
	};
	struct nl_msg *msg = answer(CTRL_CMD_NEWFAMILY);
	uint32_t groups[NFLUA_GROUP_IDS] = { 0 };
	struct nlattr *all, *one;
	size_t i;

	(void)state;
	nflua_wire_groups(nlmsg_hdr(msg), groups);
	all = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	for (i = 0; i < N_ROWS(rows); i++) {
		one = nla_nest_start(msg, i + 1);
		nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, rows[i].name);
		nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, rows[i].id);
		nla_nest_end(msg, one);
	}
	nla_nest_end(msg, all);
	nflua_wire_groups(nlmsg_hdr(msg), groups);
	for (i = 0; i < N_ROWS(groups); i++)
		assert_int_equal(groups[i], i == 0 ? 6 : i == 31 ? 7 :
				 i == NFLUA_EVENTS_GROUP ? 5 : 0);
	nlmsg_free(msg);
}

/* What is missing, by state and destination. */
static void missing(void **state)
{
	static const struct {
		const char *state;
		int group;
		uint32_t seq, lost;
	} rows[] = {
		{ "a", 0, 5, 0 },	/* who knows what was before */
		{ "a", 0, 6, 0 },
		{ "a", 0, 10, 3 },
		{ "a", 1, 1, 0 },	/* another group */
		{ "b", 0, 7, 0 },	/* another state */
		{ "a", -1, 1, 0 },	/* the port */
		{ "a", 0, 11, 0 },
		{ "a", 1, 3, 1 },
		{ "b", 0, 8, 0 },
		{ "a", 0, 1, 0 },	/* a new state of that name */
		{ "b", 0, 3, 2 },	/* whose first two are missing */
	};
	struct nflua_seqs seqs = { .n = 0 };
	struct nflua_message m = { .group = 0 };
	uint64_t lost;
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS(rows); i++) {
		strcpy(m.state, rows[i].state);
		m.group = rows[i].group;
		m.seq = rows[i].seq;
		lost = nflua_seqs_note(&seqs, &m);
		if (lost != rows[i].lost)
			fail_msg("row %zu: %llu", i, (unsigned long long)lost);
	}
	m = (struct nflua_message){ .state = "a", .group = 1, .seq = 9 };
	nflua_seqs_forget(&seqs, 1);
	assert_int_equal(nflua_seqs_note(&seqs, &m), 0);
	m = (struct nflua_message){ .state = "a", .seq = 0 };
	assert_int_equal(nflua_seqs_note(&seqs, &m), 0);
	m.seq = UINT32_MAX - 1;
	nflua_seqs_clear(&seqs);
	assert_int_equal(seqs.n, 0);
	assert_int_equal(nflua_seqs_note(&seqs, &m), 0);
	m.seq = 1;	/* around the end: one is missing, and 0, which is none */
	assert_int_equal(nflua_seqs_note(&seqs, &m), 2);
	nflua_seqs_clear(&seqs);
}

/* ---- Acknowledgements. */

struct ack {
	struct nlmsghdr nlh;
	struct nlmsgerr e;
	char tlvs[64];
};

static void ack_init(struct ack *ack, int code)
{
	memset(ack, 0, sizeof(*ack));
	ack->nlh.nlmsg_type = NLMSG_ERROR;
	ack->nlh.nlmsg_flags = NLM_F_CAPPED;
	ack->nlh.nlmsg_len = NLMSG_HDRLEN + sizeof(ack->e);
	ack->e.error = code;
}

static void ack_codes(void **state)
{
	static const int codes[] = { 0, -EPERM, -ENOENT, -ESRCH, -EBUSY, -ENOEXEC };
	struct nflua_ack result;
	struct ack ack;
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS(codes); i++) {
		memset(&result, 0, sizeof(result));
		ack_init(&ack, codes[i]);
		nflua_ack_parse(&result, &ack.nlh, NULL);
		assert_int_equal(result.err, codes[i]);
		assert_null(result.text);
	}
	ack_init(&ack, 5);
	nflua_ack_parse(&result, &ack.nlh, NULL);
	assert_int_equal(result.err, -EPROTO);
	ack.nlh.nlmsg_len = NLMSG_HDRLEN + 2;
	nflua_ack_parse(&result, &ack.nlh, NULL);
	assert_int_equal(result.err, -EPROTO);
}

static void ack_with_text(void **state)
{
	static const unsigned char tlvs[] = {
		8, 0, 1, 0, 'w', 'h', 'y', 0, 8, 0, 2, 0, 28, 0, 0, 0,
	};
	const struct nflua_request req = {
		.cmd = NFLUA_CMD_STATE_DEL, .name = "abc",
		.force = true,
	};
	struct nl_msg *msg = nflua_wire_request(30, &req);
	struct nflua_ack result = { 0 };
	struct ack ack;

	(void)state;
	ack_init(&ack, -EINVAL);
	ack.nlh.nlmsg_flags |= NLM_F_ACK_TLVS;
	ack.nlh.nlmsg_len += sizeof(tlvs);
	memcpy(ack.tlvs, tlvs, sizeof(tlvs));
	nflua_ack_parse(&result, &ack.nlh, nlmsg_hdr(msg));
	assert_int_equal(result.err, -EINVAL);
	assert_string_equal(result.text, "why");
	assert_int_equal(result.attr, NFLUA_A_FORCE);
	assert_string_equal(nflua_attr_name(result.attr), "force");
	free(result.text);
	nlmsg_free(msg);
}

static void dump_end(void **state)
{
	struct nflua_ack result = { 0 };
	struct ack ack;

	(void)state;
	ack_init(&ack, -ENOMEM);
	ack.nlh.nlmsg_type = NLMSG_DONE;
	ack.nlh.nlmsg_len = NLMSG_HDRLEN + sizeof(int);
	nflua_ack_parse(&result, &ack.nlh, NULL);
	assert_int_equal(result.err, -ENOMEM);
	ack.nlh.nlmsg_len = NLMSG_HDRLEN;
	nflua_ack_parse(&result, &ack.nlh, NULL);
	assert_int_equal(result.err, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_create),
		cmocka_unit_test(request_scripts),
		cmocka_unit_test(request_destroy),
		cmocka_unit_test(request_message),
		cmocka_unit_test(request_pieces),
		cmocka_unit_test(answer_values),
		cmocka_unit_test(answer_error),
		cmocka_unit_test(answer_state),
		cmocka_unit_test(answer_state_cut),
		cmocka_unit_test(answer_malformed),
		cmocka_unit_test(answer_without_name),
		cmocka_unit_test(answer_cut_and_bent),
		cmocka_unit_test(family_answer),
		cmocka_unit_test(request_data),
		cmocka_unit_test(notification),
		cmocka_unit_test(notification_or_not),
		cmocka_unit_test(family_groups),
		cmocka_unit_test(missing),
		cmocka_unit_test(ack_codes),
		cmocka_unit_test(ack_with_text),
		cmocka_unit_test(dump_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
