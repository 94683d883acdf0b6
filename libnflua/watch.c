// SPDX-License-Identifier: LGPL-2.1-or-later
/* Watches: a connection of their own, which the events of a namespace come to. */
#include <errno.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char lost[] =
	"events were lost, as the buffer was full; the next one tells how many";

struct nflua_watch {
	struct nflua_ctx *conn;
	uint32_t seq;			/* of the last event; 0: there was none */
	struct nflua_event event;
};

static void clear(struct nflua_event *event)
{
	nflua_state_clear(&event->figures);
	free(event->function);
	nflua_result_free(event->result);
	memset(event, 0, sizeof(*event));
}

static int set_up(struct nflua_watch *watch, struct nflua_ctx *ctx)
{
	int err = nflua_incoming_open(ctx, &watch->conn);

	if (err)
		return err;
	if (!watch->conn->groups[NFLUA_EVENTS_GROUP])
		return nflua_fail(ctx, -EOPNOTSUPP, "the loaded module has no events");
	err = nflua_socket_join(watch->conn,
				watch->conn->groups[NFLUA_EVENTS_GROUP], false);
	return err ? nflua_fail(ctx, err, "%s", nflua_errmsg(watch->conn)) : 0;
}

NFLUA_PUBLIC int nflua_watch_open(struct nflua_ctx *ctx, struct nflua_watch **out)
{
	struct nflua_watch *watch;
	int err;

	if (!ctx)
		return -EINVAL;
	if (!out)
		return nflua_fail(ctx, -EINVAL, "nowhere to put a watch");
	*out = NULL;
	if (!ctx->sock)
		return nflua_fail(ctx, -EIO, "the context is not connected");
	err = nflua_check_version(ctx, "events");
	if (err)
		return err;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return nflua_fail(ctx, -ENOMEM, "not enough memory");
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
	clear(&watch->event);
	nflua_close(watch->conn);
	free(watch);
}

NFLUA_PUBLIC const char *nflua_watch_errmsg(const struct nflua_watch *watch)
{
	return watch ? nflua_errmsg(watch->conn) : "no watch";
}

NFLUA_PUBLIC int nflua_watch_fd(const struct nflua_watch *watch)
{
	return watch ? watch->conn->fd : -EINVAL;
}

/* What lies between the last number and this one did not arrive. */
static void note_seq(struct nflua_watch *watch)
{
	watch->event.lost = watch->seq ?
			    nflua_lost_between(watch->seq, watch->event.seq) : 0;
	watch->seq = watch->event.seq;
	/* The gap tells of what the overrun was. */
	if (watch->event.lost)
		watch->conn->overrun = false;
}

/* 1 when there was an event, 0, or an errno. A datagram holds one. */
static int read_some(struct nflua_watch *watch)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)watch->conn->received;
	uint32_t group = 0;
	int n = nflua_incoming_read(watch->conn, &group);

	if (n <= 0)
		return n;
	if (!nlmsg_ok(nlh, n) || !nflua_wire_is_event(nlh, watch->conn->family))
		return 0;
	watch->event.result = calloc(1, sizeof(*watch->event.result));
	n = watch->event.result ? nflua_wire_event(nlh, &watch->event) : -ENOMEM;
	if (n == -ENOMEM)
		return nflua_fail(watch->conn, n, "not enough memory");
	if (n) {
		clear(&watch->event);
		return 0;
	}
	note_seq(watch);
	return 1;
}

NFLUA_PUBLIC int nflua_watch_receive(struct nflua_watch *watch, int timeout,
				     const struct nflua_event **out)
{
	int64_t until = nflua_incoming_until(timeout);
	int got = 0;

	if (!watch || !out)
		return watch ? nflua_fail(watch->conn, -EINVAL,
					  "nowhere to put an event") : -EINVAL;
	*out = NULL;
	clear(&watch->event);
	while (!got) {
		got = read_some(watch);
		if (got == -EAGAIN)
			got = nflua_incoming_wait(watch->conn, timeout, until, lost);
		if (got < 0)
			return got;
	}
	*out = &watch->event;
	return 0;
}

NFLUA_PUBLIC enum nflua_event_type
nflua_event_type(const struct nflua_event *event)
{
	return event ? event->type : NFLUA_EVENT_CREATED;
}

NFLUA_PUBLIC const char *nflua_event_state(const struct nflua_event *event)
{
	return event ? event->figures.name : "";
}

NFLUA_PUBLIC uint32_t nflua_event_seq(const struct nflua_event *event)
{
	return event ? event->seq : 0;
}

NFLUA_PUBLIC uint64_t nflua_event_lost(const struct nflua_event *event)
{
	return event ? event->lost : 0;
}

NFLUA_PUBLIC uint32_t nflua_event_dropped(const struct nflua_event *event)
{
	return event ? event->dropped : 0;
}

NFLUA_PUBLIC const struct nflua_state *
nflua_event_figures(const struct nflua_event *event)
{
	return event && event->has_figures ? &event->figures : NULL;
}

NFLUA_PUBLIC const char *nflua_event_function(const struct nflua_event *event)
{
	return event ? event->function : NULL;
}

NFLUA_PUBLIC const struct nflua_result *
nflua_event_result(const struct nflua_event *event)
{
	return event && !event->has_figures ? event->result : NULL;
}

NFLUA_PUBLIC const struct nflua_endpoints *
nflua_event_endpoints(const struct nflua_event *event)
{
	return event && event->has_ends ? &event->ends : NULL;
}
