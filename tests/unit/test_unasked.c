// SPDX-License-Identifier: GPL-2.0-or-later
/* libnflua/wire_dry_run.c and wire_event.c: the bytes of dry runs and of events. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/nflua.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dry_run.h"
#include "event.h"
#include "result.h"
#include "wire.h"

#define FAMILY 30

static struct nl_msg *message(int cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, FAMILY, 0, 0, cmd, NFLUA_GENL_VERSION));
	return msg;
}

static struct nflua_trial *trial_of(struct nl_msg *msg, int want)
{
	struct nflua_trial *trial = calloc(1, sizeof(*trial));

	trial->result = calloc(1, sizeof(*trial->result));
	assert_int_equal(nflua_wire_dry_run(nlmsg_hdr(msg), trial), want);
	nlmsg_free(msg);
	return trial;
}

static void put_results(struct nl_msg *msg, size_t count)
{
	uint64_t results[NFLUA_VERDICTS + 2];
	size_t i;

	for (i = 0; i < NFLUA_VERDICTS + 2; i++)
		results[i] = 100 + i;
	nla_put(msg, NFLUA_A_RESULTS, count * sizeof(*results), results);
	nla_put_u64(msg, NFLUA_A_CALLS, 1 << 20);
}

static void trial(void **state)
{
	struct nl_msg *msg = message(NFLUA_CMD_RUN);
	struct nflua_trial *t;
	size_t len;
	int i;

	(void)state;
	put_results(msg, NFLUA_VERDICTS);
	nla_put_u64(msg, NFLUA_A_TIME_NS, UINT64_MAX);
	nla_put_u64(msg, NFLUA_A_SENT_PACKETS, 7);
	nla_put_u64(msg, NFLUA_A_SENT_MESSAGES, 2);
	nla_put(msg, NFLUA_A_SENT_PACKET, 3, "a\0b");
	nla_put(msg, NFLUA_A_SENT_MESSAGE, 0, "");
	nla_put(msg, NFLUA_A_SENT_PACKET, 1, "c");
	nla_put(msg, NFLUA_A_OUTPUT, 2, "x\n");
	nla_put_u32(msg, NFLUA_A_TRUNCATED, NFLUA_TRUNCATED_SENT);
	nla_put_u32(msg, NFLUA_A_ERROR_KIND, NFLUA_ERROR_BUDGET);
	nla_put_string(msg, NFLUA_A_ERROR_TEXT, "budget exceeded");
	t = trial_of(msg, 0);
	for (i = 0; i < NFLUA_VERDICTS; i++)
		assert_int_equal(nflua_trial_count(t, i), 100 + i);
	assert_int_equal(nflua_trial_count(t, NFLUA_VERDICTS), 0);
	assert_int_equal(nflua_trial_calls(t), 1 << 20);
	assert_true(nflua_trial_time_ns(t) == UINT64_MAX);
	assert_int_equal(nflua_trial_packets(t), 7);
	assert_int_equal(nflua_trial_messages(t), 2);
	assert_memory_equal(nflua_trial_packet(t, 0, &len), "a\0b", 3);
	assert_int_equal(len, 3);
	assert_memory_equal(nflua_trial_packet(t, 1, &len), "c", 1);
	assert_null(nflua_trial_packet(t, 2, &len));
	assert_int_equal(len, 0);
	assert_non_null(nflua_trial_message(t, 0, &len));
	assert_int_equal(len, 0);
	assert_null(nflua_trial_message(t, 1, NULL));
	assert_string_equal(nflua_result_output(nflua_trial_result(t), NULL), "x\n");
	assert_int_equal(nflua_result_kind(nflua_trial_result(t)), NFLUA_KIND_BUDGET);
	assert_int_equal(nflua_result_truncated(nflua_trial_result(t)), NFLUA_CUT_SENT);
	nflua_trial_free(t);
}

/* Of an older module, of a newer one, and of none. */
static void trial_results(void **state)
{
	struct nl_msg *msg = message(NFLUA_CMD_RUN);
	struct nflua_trial *t;

	(void)state;
	put_results(msg, 2);
	t = trial_of(msg, 0);
	assert_int_equal(nflua_trial_count(t, 1), 101);
	assert_int_equal(nflua_trial_count(t, 2), 0);
	nflua_trial_free(t);
	msg = message(NFLUA_CMD_RUN);
	put_results(msg, NFLUA_VERDICTS + 2);
	t = trial_of(msg, 0);
	assert_int_equal(nflua_trial_count(t, NFLUA_VERDICT_ERROR), 109);
	nflua_trial_free(t);
	nflua_trial_free(trial_of(message(NFLUA_CMD_RUN), -EPROTO));
	msg = message(NFLUA_CMD_RUN);
	nla_put_u64(msg, NFLUA_A_CALLS, 1);
	nflua_trial_free(trial_of(msg, -EPROTO));
	msg = message(NFLUA_CMD_RUN);
	nla_put(msg, NFLUA_A_RESULTS, 8, "12345678");
	nla_put_u32(msg, NFLUA_A_CALLS, 1);
	nflua_trial_free(trial_of(msg, -EPROTO));
}

static struct nl_msg *event_message(int cmd)
{
	struct nl_msg *msg = message(cmd);

	nla_put_string(msg, NFLUA_A_NAME, "fw");
	nla_put_u32(msg, NFLUA_A_SEQ, 9);
	return msg;
}

/* Takes the message; nflua_event_clear() the event. */
static struct nflua_event event_of(struct nl_msg *msg, int want)
{
	struct nflua_event event = { .result = calloc(1, sizeof(*event.result)) };

	assert_int_equal(nflua_wire_event(nlmsg_hdr(msg), &event), want);
	nlmsg_free(msg);
	return event;
}

static void event_figures(void **state)
{
	static const struct {
		int cmd;
		enum nflua_event_type type;
	} rows[] = {
		{ NFLUA_CMD_STATE_NEW_NTF, NFLUA_EVENT_CREATED },
		{ NFLUA_CMD_STATE_DEL_NTF, NFLUA_EVENT_DESTROYED },
		{ NFLUA_CMD_STATE_REPLACE_NTF, NFLUA_EVENT_REPLACED },
	};
	struct nflua_event event;
	struct nl_msg *msg;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		msg = event_message(rows[i].cmd);
		nla_put_u64(msg, NFLUA_A_CALLS, 5);
		assert_true(nflua_wire_is_event(nlmsg_hdr(msg), FAMILY));
		assert_false(nflua_wire_is_event(nlmsg_hdr(msg), FAMILY + 1));
		event = event_of(msg, 0);
		assert_int_equal(nflua_event_type(&event), rows[i].type);
		assert_string_equal(nflua_event_state(&event), "fw");
		assert_int_equal(nflua_event_seq(&event), 9);
		assert_int_equal(nflua_state_calls(nflua_event_figures(&event)), 5);
		assert_null(nflua_event_result(&event));
		assert_null(nflua_event_function(&event));
		assert_null(nflua_event_endpoints(&event));
		nflua_event_clear(&event);
	}
}

static void event_error(void **state)
{
	static const unsigned char v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	struct nl_msg *msg = event_message(NFLUA_CMD_ERROR_NTF);
	const struct nflua_endpoints *ends;
	struct nflua_event event;

	(void)state;
	nla_put_string(msg, NFLUA_A_FUNCTION, "f");
	nla_put_u32(msg, NFLUA_A_ERROR_KIND, NFLUA_ERROR_RUNTIME);
	nla_put_string(msg, NFLUA_A_ERROR_TEXT, "why");
	nla_put_u32(msg, NFLUA_A_DROPPED, 3);
	nla_put_u8(msg, NFLUA_A_PROTOCOL, 17);
	nla_put(msg, NFLUA_A_SADDR, 4, "\xc0\0\2\1");
	nla_put(msg, NFLUA_A_DADDR, 16, v6);
	nla_put_u16(msg, NFLUA_A_SPORT, 1111);
	event = event_of(msg, 0);
	assert_int_equal(nflua_event_type(&event), NFLUA_EVENT_ERROR);
	assert_string_equal(nflua_event_function(&event), "f");
	assert_int_equal(nflua_event_dropped(&event), 3);
	assert_string_equal(nflua_result_error(nflua_event_result(&event)), "why");
	assert_null(nflua_event_figures(&event));
	ends = nflua_event_endpoints(&event);
	assert_int_equal(ends->protocol, 17);
	assert_string_equal(ends->source, "192.0.2.1");
	assert_string_equal(ends->destination, "2001:db8::1");
	assert_int_equal(ends->source_port, 1111);
	assert_int_equal(ends->destination_port, -1);
	nflua_event_clear(&event);
}

static void event_malformed(void **state)
{
	struct nl_msg *msg = message(NFLUA_CMD_ERROR_NTF);
	struct nflua_event event;

	(void)state;
	nla_put_u32(msg, NFLUA_A_SEQ, 9);
	event = event_of(msg, -EPROTO);
	nflua_event_clear(&event);
	msg = message(NFLUA_CMD_PRINT_NTF);
	nla_put_string(msg, NFLUA_A_NAME, "fw");
	event = event_of(msg, -EPROTO);
	nflua_event_clear(&event);
	/* Addresses of no family are none. */
	msg = event_message(NFLUA_CMD_ERROR_NTF);
	nla_put_u8(msg, NFLUA_A_PROTOCOL, 17);
	nla_put(msg, NFLUA_A_SADDR, 5, "12345");
	nla_put(msg, NFLUA_A_DADDR, 4, "1234");
	event = event_of(msg, 0);
	assert_null(nflua_event_endpoints(&event));
	nflua_event_clear(&event);
	msg = message(NFLUA_CMD_EXEC);
	assert_false(nflua_wire_is_event(nlmsg_hdr(msg), FAMILY));
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trial),
		cmocka_unit_test(trial_results),
		cmocka_unit_test(event_figures),
		cmocka_unit_test(event_error),
		cmocka_unit_test(event_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
