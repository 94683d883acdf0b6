// SPDX-License-Identifier: LGPL-2.1-or-later
/* Watches: each has a connection of its own, which receives events of a namespace. */
#include <errno.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "event.h"
#include "notify.h"
#include "request.h"
#include "result.h"
#include "seq.h"
#include "socket.h"
#include "wire.h"

static const char overrun[] =
	"events were lost because the buffer was full; the next one says how many";

struct nflua_watch {
	struct nflua_ctx *conn;
	uint32_t seq;			/* of the last event; 0: there was none */
	struct nflua_event event;
};

static int set_up(struct nflua_watch *watch, struct nflua_ctx *ctx)
{
	int err = nflua_notify_open(ctx, &watch->conn);

	if (err)
		return err;
	if (!watch->conn->groups[NFLUA_EVENTS_GROUP])
		return nflua_fail(ctx, -EOPNOTSUPP, "the loaded module does not support events");
	err = nflua_socket_join(watch->conn, watch->conn->groups[NFLUA_EVENTS_GROUP]);
	return err ? nflua_fail(ctx, err, "%s", nflua_errmsg(watch->conn)) : 0;
}

NFLUA_PUBLIC int nflua_watch_open(struct nflua_ctx *ctx, struct nflua_watch **out)
{
	struct nflua_watch *watch;
	int err;

	if (!ctx)
		return -EINVAL;
	if (!out)
		return nflua_fail(ctx, -EINVAL, "out is NULL");
	*out = NULL;
	if (!ctx->sock)
		return nflua_fail(ctx, -EIO, "the context is not connected");
	err = nflua_check_version(ctx, "events");
	if (err)
		return err;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return nflua_fail_nomem(ctx);
	err = set_up(watch, ctx);
	if (err)
		nflua_watch_close(watch);
	else
		*out = watch;
	return err;
}

NFLUA_PUBLIC void nflua_watch_close(struct nflua_watch *watch)
{
	if (!watch)
		return;
	nflua_event_clear(&watch->event);
	nflua_close(watch->conn);
	free(watch);
}

NFLUA_PUBLIC const char *nflua_watch_errmsg(const struct nflua_watch *watch)
{
	return watch ? nflua_errmsg(watch->conn) : "watch is NULL";
}

NFLUA_PUBLIC int nflua_watch_fd(const struct nflua_watch *watch)
{
	return watch ? watch->conn->fd : -EINVAL;
}

/* Counts the events that did not arrive between the last one and this one. */
static void note_seq(struct nflua_watch *watch)
{
	watch->event.lost = watch->seq ?
			    nflua_seq_gap(watch->seq, watch->event.seq) : 0;
	watch->seq = watch->event.seq;
	/* The gap reports the same loss as the overrun. */
	if (watch->event.lost)
		watch->conn->overrun = false;
}

/* Reads one datagram. Returns 1 if it was an event, 0, or a negative errno. */
static int read_some(struct nflua_watch *watch)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)watch->conn->received;
	uint32_t group = 0;
	int n = nflua_notify_read(watch->conn, &group);

	if (n <= 0)
		return n;
	if (!nlmsg_ok(nlh, n) || !nflua_wire_is_event(nlh, watch->conn->family))
		return 0;
	watch->event.result = calloc(1, sizeof(*watch->event.result));
	n = watch->event.result ? nflua_wire_event(nlh, &watch->event) : -ENOMEM;
	if (n == -ENOMEM)
		return nflua_fail_nomem(watch->conn);
	if (n) {
		nflua_event_clear(&watch->event);
		return 0;
	}
	note_seq(watch);
	return 1;
}

NFLUA_PUBLIC int nflua_watch_receive(struct nflua_watch *watch, int timeout,
				     const struct nflua_event **out)
{
	struct nflua_wait wait = nflua_notify_begin(timeout);
	int got = 0;

	if (!watch || !out)
		return watch ? nflua_fail(watch->conn, -EINVAL, "out is NULL") :
			       -EINVAL;
	*out = NULL;
	nflua_event_clear(&watch->event);
	while (!got) {
		got = read_some(watch);
		if (got == -EAGAIN)
			got = nflua_notify_wait(watch->conn, &wait, overrun);
		if (got < 0)
			return got;
	}
	*out = &watch->event;
	return 0;
}
