// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests and their answers, among everything else that arrives on the socket. */
#include "transact.h"

#include <errno.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ack.h"
#include "clock.h"
#include "error.h"
#include "socket.h"
#include "wire.h"

/*
 * How long to wait, in ms, for an answer that the full socket may have lost; and how
 * long messages in the socket may keep a request waiting.
 */
#define LOST_ANSWER	10000

static int send_request(struct nflua_ctx *ctx, struct nlmsghdr *nlh)
{
	int err;

	if (++ctx->seq == 0)
		ctx->seq = 1;	/* 0 is for messages that answer no request */
	nlh->nlmsg_seq = ctx->seq;
	nlh->nlmsg_pid = 0;
	err = nflua_socket_send(ctx, nlh);
	if (!err && ctx->interrupted)
		nflua_interrupt(ctx);
	return err;
}

struct transaction {
	const struct nlmsghdr *request;
	nflua_answer_fn answer;
	void *ud;
	struct nflua_ack ack;
	int answer_err;
	bool done;
	bool overrun;		/* the answer may be lost */
	int64_t until;		/* when to give up on it, by nflua_clock_ms() */
};

static void take_message(struct nflua_ctx *ctx, struct nlmsghdr *nlh,
			 uint32_t group, struct transaction *x)
{
	if (nflua_wire_is_unloading(nlh, ctx->family))
		ctx->unloaded = true;
	if (ctx->stray && nflua_wire_is_message(nlh, ctx->family))
		ctx->stray(nlh, group, ctx->stray_ud);
	if (nlh->nlmsg_seq != ctx->seq || x->done)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		x->ack.inconsistent = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		nflua_ack_parse(&x->ack, nlh, x->request);
		x->done = true;
	} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && x->answer) {
		if (!x->answer_err)
			x->answer_err = x->answer(nlh, x->ud);
	}
}

static int receive_failed(struct nflua_ctx *ctx, int err, const char *why)
{
	return nflua_fail(ctx, err, "cannot receive the answer: %s", why);
}

/* Takes all messages of a datagram of @len bytes. */
static void take_messages(struct nflua_ctx *ctx, int len, uint32_t group,
			  struct transaction *x)
{
	struct nlmsghdr *nlh;

	for (nlh = (struct nlmsghdr *)ctx->received; nlmsg_ok(nlh, len);
	     nlh = nlmsg_next(nlh, &len))
		take_message(ctx, nlh, group, x);
}

/*
 * Waits after an overrun, which may have lost the answer. Returns 0 if there is
 * something to read.
 */
static int wait_for_lost(struct nflua_ctx *ctx, const struct transaction *x)
{
	int64_t left = x->until - nflua_clock_ms();
	int err = left > 0 ? nflua_socket_wait(ctx, left) : -EAGAIN;

	if (err == -EAGAIN)
		return receive_failed(ctx, -ENOBUFS, "the socket buffer was full");
	return err;
}

/* Receives one datagram, which may hold several messages. */
static int receive_some(struct nflua_ctx *ctx, struct transaction *x)
{
	uint32_t group = 0;
	ssize_t n;
	int err = x->overrun ? wait_for_lost(ctx, x) : 0;

	if (err)
		return err == -EINTR ? 0 : err;
	n = nflua_socket_receive(ctx, x->overrun ? MSG_DONTWAIT : 0, &group);
	if (n == -EAGAIN)
		return 0;
	if (n == -ENOBUFS) {
		ctx->overrun = true;
		if (!x->overrun)
			x->until = nflua_clock_ms() + LOST_ANSWER;
		x->overrun = true;
		return 0;
	}
	if (n == -EMSGSIZE)
		return receive_failed(ctx, -EPROTO, "it is too long");
	if (n < 0)
		return receive_failed(ctx, -EIO, strerror(-n));
	take_messages(ctx, n, group, x);
	return 0;
}

/*
 * Empties the socket. Once it was full, the kernel puts nothing into it, not even the
 * answer to a request, until it is empty, and reports that only once.
 */
int nflua_drain(struct nflua_ctx *ctx)
{
	struct transaction none = { .done = true };
	int64_t until = nflua_clock_ms() + LOST_ANSWER;
	uint32_t group = 0;
	ssize_t n;

	do {
		n = nflua_socket_receive(ctx, MSG_DONTWAIT, &group);
		if (n == -EAGAIN)
			return 0;
		if (n == -ENOBUFS)
			ctx->overrun = true;
		else if (n > 0)
			take_messages(ctx, n, group, &none);
		else if (n < 0 && n != -EMSGSIZE)
			return receive_failed(ctx, -EIO, strerror(-n));
	} while (nflua_clock_ms() < until);
	return nflua_fail(ctx, -ENOBUFS, "messages arrive faster than they can be read");
}

/* Sets the message of a request that failed. Returns its errno. */
static int conclude(struct nflua_ctx *ctx, struct transaction *x)
{
	const char *attr = nflua_attr_name(x->ack.attr);
	const char *allowed = nflua_ack_allowed(&x->ack);
	int err = x->ack.err;

	/* The module's own -ENOENT always has a message, so this is the kernel's. */
	if (err == -ENOENT && !x->ack.has_text && ctx->version >= 2)
		err = nflua_socket_unloaded(ctx);
	else if (err && allowed)
		nflua_fail(ctx, err, "%s: %s (%s)", attr, x->ack.text, allowed);
	else if (err && x->ack.text)
		nflua_fail(ctx, err, "%s%s%s",
			   attr && x->ack.attr != NFLUA_A_NAME ? attr : "",
			   attr && x->ack.attr != NFLUA_A_NAME ? ": " : "",
			   x->ack.text);
	else if (err)
		nflua_fail(ctx, err, "%s", strerror(-err));
	else if (x->answer_err)
		err = nflua_fail(ctx, x->answer_err, "%s",
				 x->answer_err == -ENOMEM ? "not enough memory" :
				 "malformed reply from the module");
	else if (x->ack.inconsistent)
		err = -EAGAIN;
	return err;
}

/**
 * nflua_transact - sends a request and takes its answer
 * @msg: freed here; NULL: there was no memory for it
 * @answer: called with each message of the answer; may be NULL
 *
 * Returns 0, a negative errno with its message in the context, or -EAGAIN for a dump
 * that raced with a change.
 */
int nflua_transact(struct nflua_ctx *ctx, struct nl_msg *msg,
		   nflua_answer_fn answer, void *ud)
{
	struct transaction x = { .answer = answer, .ud = ud };
	int err;

	if (!msg)
		return nflua_fail_nomem(ctx);
	if (ctx->busy || !ctx->sock) {
		nlmsg_free(msg);
		return nflua_fail(ctx, ctx->busy ? -EBUSY : -EIO, ctx->busy ?
				  "another request is running on the context" :
				  "the context is not connected");
	}
	ctx->busy = true;
	x.request = nlmsg_hdr(msg);
	err = nflua_drain(ctx);
	if (!err)
		err = send_request(ctx, nlmsg_hdr(msg));
	while (!err && !x.done)
		err = receive_some(ctx, &x);
	if (!err)
		err = conclude(ctx, &x);
	ctx->busy = false;
	free(x.ack.text);
	nlmsg_free(msg);
	return err;
}
