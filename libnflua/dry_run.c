// SPDX-License-Identifier: LGPL-2.1-or-later
/* Dry runs: functions called for packets that do not exist. */
#include "dry_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "request.h"
#include "result.h"
#include "wire.h"

_Static_assert(NFLUA_CLASSES == NFLUA_TIMES, "the classes are those of the module");
_Static_assert((int)NFLUA_VERDICT_REJECT == NFLUA_RUN_MAX &&
	       NFLUA_VERDICTS == NFLUA_RUN_MAX + 1, "the verdicts are those of the module");

static void free_blobs(struct nflua_blobs *blobs)
{
	size_t i;

	for (i = 0; i < blobs->count; i++)
		free(blobs->of[i].data);
	free(blobs->of);
}

NFLUA_PUBLIC void nflua_trial_free(struct nflua_trial *trial)
{
	if (!trial)
		return;
	free_blobs(&trial->packets);
	free_blobs(&trial->messages);
	nflua_result_free(trial->result);
	free(trial);
}

static struct nflua_trial *new_trial(void)
{
	struct nflua_trial *trial = calloc(1, sizeof(*trial));

	if (!trial)
		return NULL;
	trial->result = calloc(1, sizeof(*trial->result));
	if (!trial->result) {
		free(trial);
		return NULL;
	}
	return trial;
}

static int take_answer(struct nlmsghdr *nlh, void *ud)
{
	return nflua_wire_dry_run(nlh, ud);
}

static int check_packet(struct nflua_ctx *ctx, const struct nflua_packet *packet)
{
	if (!packet || !packet->data)
		return nflua_fail(ctx, -EINVAL, "packet or its data is NULL");
	if (packet->frame_len && !packet->frame)
		return nflua_fail(ctx, -EINVAL, "frame is NULL");
	if (packet->len > NFLUA_MSG_MAX)
		return nflua_fail(ctx, -E2BIG, "packet too long (at most %d bytes)",
				  NFLUA_MSG_MAX);
	if (packet->frame_len > NFLUA_FRAME_MAX)
		return nflua_fail(ctx, -E2BIG, "link-layer header too long (at most %d bytes)",
				  NFLUA_FRAME_MAX);
	return 0;
}

static int check_run(struct nflua_ctx *ctx, const struct nflua_request *req)
{
	if (!req->function)
		return nflua_fail(ctx, -EINVAL, "function is NULL");
	if (strlen(req->function) > NFLUA_FUNCTION_MAX)
		return nflua_fail(ctx, -E2BIG, "function name too long (at most %d bytes)",
				  NFLUA_FUNCTION_MAX);
	if (req->hook > NFLUA_HOOK_POSTROUTING)
		return nflua_fail(ctx, -EINVAL, "no such hook: %u", req->hook);
	if (!req->repeat || req->repeat > NFLUA_REPEAT_MAX)
		return nflua_fail(ctx, -EINVAL, "repeat out of range (1 to %d)", NFLUA_REPEAT_MAX);
	return check_packet(ctx, req->packet);
}

NFLUA_PUBLIC int nflua_run(struct nflua_ctx *ctx, const char *name,
			   const char *function, const struct nflua_packet *packet,
			   enum nflua_hook hook, uint32_t repeat,
			   struct nflua_trial **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_RUN,
		.flags = NLM_F_ACK,
		.name = name,
		.function = function,
		.packet = packet,
		.hook = hook,
		.repeat = repeat,
	};
	struct nflua_trial *trial;
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (!err)
		err = check_run(ctx, &req);
	if (!err && !out)
		err = nflua_fail(ctx, -EINVAL, "out is NULL");
	if (!err)
		err = nflua_check_version(ctx, "dry runs");
	if (err)
		return err;
	trial = new_trial();
	if (!trial)
		return nflua_fail_nomem(ctx);
	err = nflua_request(ctx, &req, take_answer, trial);
	if (err)
		nflua_trial_free(trial);
	else
		*out = trial;
	return err;
}

NFLUA_PUBLIC const char *nflua_verdict_name(enum nflua_verdict verdict)
{
	static const char *const names[NFLUA_VERDICTS] = {
		[NFLUA_VERDICT_CONTINUE] = "continue",
		[NFLUA_VERDICT_ACCEPT] = "accept",
		[NFLUA_VERDICT_DROP] = "drop",
		[NFLUA_VERDICT_STOLEN] = "stolen",
		[NFLUA_VERDICT_QUEUE] = "queue",
		[NFLUA_VERDICT_REPEAT] = "repeat",
		[NFLUA_VERDICT_STOP] = "stop",
		[NFLUA_VERDICT_NO_MATCH] = "no match",
		[NFLUA_VERDICT_MATCH] = "match",
		[NFLUA_VERDICT_ERROR] = "error",
		[NFLUA_VERDICT_REJECT] = "reject",
	};

	return (unsigned int)verdict < NFLUA_VERDICTS ? names[verdict] : NULL;
}

NFLUA_PUBLIC uint64_t nflua_trial_count(const struct nflua_trial *trial,
					enum nflua_verdict verdict)
{
	return trial && (unsigned int)verdict < NFLUA_VERDICTS ?
	       trial->counts[verdict] : 0;
}

NFLUA_PUBLIC uint64_t nflua_trial_calls(const struct nflua_trial *trial)
{
	return trial ? trial->calls : 0;
}

NFLUA_PUBLIC uint64_t nflua_trial_time_ns(const struct nflua_trial *trial)
{
	return trial ? trial->time_ns : 0;
}

NFLUA_PUBLIC uint64_t nflua_trial_first_ns(const struct nflua_trial *trial)
{
	return trial ? trial->first_ns : 0;
}

NFLUA_PUBLIC uint64_t nflua_trial_longest_ns(const struct nflua_trial *trial)
{
	return trial ? trial->longest_ns : 0;
}

/* Returns the time where class @i begins, in ns. */
static uint64_t class_ns(size_t i)
{
	return i < 8 ? i : (uint64_t)(8 + i % 8) << (i / 8 - 1);
}

NFLUA_PUBLIC uint64_t nflua_trial_class(const struct nflua_trial *trial, size_t i,
					uint64_t *ns)
{
	bool is_there = i < NFLUA_TIMES;

	if (ns)
		*ns = is_there ? (class_ns(i) + class_ns(i + 1)) / 2 : 0;
	return trial && is_there ? trial->times[i] : 0;
}

NFLUA_PUBLIC uint64_t nflua_trial_packets(const struct nflua_trial *trial)
{
	return trial ? trial->sent_packets : 0;
}

NFLUA_PUBLIC uint64_t nflua_trial_messages(const struct nflua_trial *trial)
{
	return trial ? trial->sent_messages : 0;
}

static const void *blob_at(const struct nflua_blobs *blobs, size_t i, size_t *len)
{
	bool is_there = blobs && i < blobs->count;

	if (len)
		*len = is_there ? blobs->of[i].len : 0;
	return is_there ? blobs->of[i].data : NULL;
}

NFLUA_PUBLIC const void *nflua_trial_packet(const struct nflua_trial *trial,
					    size_t i, size_t *len)
{
	return blob_at(trial ? &trial->packets : NULL, i, len);
}

NFLUA_PUBLIC const void *nflua_trial_message(const struct nflua_trial *trial,
					     size_t i, size_t *len)
{
	return blob_at(trial ? &trial->messages : NULL, i, len);
}

NFLUA_PUBLIC const struct nflua_result *
nflua_trial_result(const struct nflua_trial *trial)
{
	return trial ? trial->result : NULL;
}
