// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Channels: each has a connection of its own, to whose port scripts can send. Messages
 * that arrive while a request waits for its acknowledgement are kept. The channel's epoll
 * descriptor covers the socket and an eventfd, which is set while messages are kept.
 */
#include <errno.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "error.h"
#include "message.h"
#include "notify.h"
#include "seq.h"
#include "socket.h"
#include "wire.h"

static const char overrun[] =
	"messages were lost because the buffer was full; the next one says how many";

/* At most this many bytes of messages are kept. */
#define KEPT_MAX (64 << 20)

struct kept {
	struct kept *next;
	struct nflua_message message;
	char payload[];
};

struct nflua_channel {
	struct nflua_ctx *conn;
	int epoll;
	int event;			/* readable while something is kept */
	struct kept *first, **end;	/* kept messages */
	size_t kept_bytes;
	struct kept *delivered;		/* holds the current message, or NULL */
	struct nflua_message current;
	struct nflua_seqs seqs;
};

/* Returns the number of a group by its id, or -1. */
static int to_index(const struct nflua_ctx *conn, uint32_t group)
{
	int i;

	for (i = 0; group && i < NFLUA_DATA_GROUPS; i++)
		if (conn->groups[i] == group)
			return i;
	return -1;
}

/* Keeps a message. If there are too many, or without memory, it is lost. */
static void keep(struct nflua_channel *ch, const struct nflua_message *message)
{
	struct kept *kept;

	if (ch->kept_bytes + message->len > KEPT_MAX ||
	    !(kept = malloc(sizeof(*kept) + message->len))) {
		ch->conn->overrun = true;
		return;
	}
	kept->next = NULL;
	kept->message = *message;
	kept->message.payload = kept->payload;
	memcpy(kept->payload, message->payload, message->len);
	ch->kept_bytes += sizeof(*kept) + message->len;
	if (!ch->first)
		eventfd_write(ch->event, 1);
	*ch->end = kept;
	ch->end = &kept->next;
}

static void take_stray(struct nlmsghdr *nlh, uint32_t group, void *ud)
{
	struct nflua_channel *ch = ud;
	struct nflua_message message;

	if (nflua_wire_message(nlh, &message))
		return;
	message.group = to_index(ch->conn, group);
	keep(ch, &message);
}

static int make_epoll(struct nflua_channel *ch)
{
	struct epoll_event ready = { .events = EPOLLIN };

	ch->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ch->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (ch->event < 0 || ch->epoll < 0 ||
	    epoll_ctl(ch->epoll, EPOLL_CTL_ADD, ch->conn->fd, &ready) ||
	    epoll_ctl(ch->epoll, EPOLL_CTL_ADD, ch->event, &ready))
		return errno == ENOMEM ? -ENOMEM : -EIO;
	return 0;
}

static int set_up(struct nflua_channel *ch, struct nflua_ctx *ctx)
{
	int on = 1, err = nflua_notify_open(ctx, &ch->conn);

	if (err)
		return err;
	ch->conn->stray = take_stray;
	ch->conn->stray_ud = ch;
	if (setsockopt(ch->conn->fd, SOL_NETLINK, NETLINK_PKTINFO, &on, sizeof(on)))
		err = -EIO;
	if (!err)
		err = make_epoll(ch);
	return err ? nflua_fail(ctx, err, "cannot set up a channel: %s",
				strerror(-err)) : 0;
}

NFLUA_PUBLIC int nflua_channel_open(struct nflua_ctx *ctx,
				    struct nflua_channel **out)
{
	struct nflua_channel *ch;
	int err;

	if (!ctx)
		return -EINVAL;
	if (!out)
		return nflua_fail(ctx, -EINVAL, "out is NULL");
	*out = NULL;
	if (!ctx->sock)
		return nflua_fail(ctx, -EIO, "the context is not connected");
	ch = calloc(1, sizeof(*ch));
	if (!ch)
		return nflua_fail_nomem(ctx);
	ch->epoll = ch->event = -1;
	ch->end = &ch->first;
	err = set_up(ch, ctx);
	if (err)
		nflua_channel_close(ch);
	else
		*out = ch;
	return err;
}

NFLUA_PUBLIC void nflua_channel_close(struct nflua_channel *ch)
{
	struct kept *kept;

	if (!ch)
		return;
	while ((kept = ch->first)) {
		ch->first = kept->next;
		free(kept);
	}
	free(ch->delivered);
	nflua_seqs_clear(&ch->seqs);
	if (ch->epoll >= 0)
		close(ch->epoll);
	if (ch->event >= 0)
		close(ch->event);
	nflua_close(ch->conn);
	free(ch);
}

NFLUA_PUBLIC const char *nflua_channel_errmsg(const struct nflua_channel *ch)
{
	return ch ? nflua_errmsg(ch->conn) : "channel is NULL";
}

NFLUA_PUBLIC uint32_t nflua_channel_port(const struct nflua_channel *ch)
{
	return ch ? nflua_socket_port(ch->conn) : 0;
}

NFLUA_PUBLIC int nflua_channel_fd(const struct nflua_channel *ch)
{
	return ch ? ch->epoll : -EINVAL;
}

NFLUA_PUBLIC size_t nflua_channel_buffer(const struct nflua_channel *ch)
{
	return ch ? nflua_socket_rcvbuf(ch->conn) : 0;
}

NFLUA_PUBLIC int nflua_channel_set_buffer(struct nflua_channel *ch, size_t bytes)
{
	return ch ? nflua_socket_set_rcvbuf(ch->conn, bytes) : -EINVAL;
}

static int check_group(struct nflua_channel *ch, unsigned int group)
{
	if (!ch)
		return -EINVAL;
	if (group >= NFLUA_DATA_GROUPS)
		return nflua_fail(ch->conn, -EINVAL, "group %u out of range (0 to %d)",
				  group, NFLUA_DATA_GROUPS - 1);
	if (!ch->conn->groups[group])
		return nflua_fail(ch->conn, -EOPNOTSUPP,
				  "the loaded module has no group %u", group);
	return 0;
}

NFLUA_PUBLIC int nflua_channel_join(struct nflua_channel *ch, unsigned int group)
{
	int err = check_group(ch, group);

	return err ? err : nflua_socket_join(ch->conn, ch->conn->groups[group]);
}

NFLUA_PUBLIC int nflua_channel_leave(struct nflua_channel *ch, unsigned int group)
{
	int err = check_group(ch, group);

	if (!err)
		err = nflua_socket_leave(ch->conn, ch->conn->groups[group]);
	if (!err)
		nflua_seqs_forget(&ch->seqs, group);
	return err;
}

static void take_kept(struct nflua_channel *ch)
{
	struct kept *kept = ch->first;
	eventfd_t n;

	ch->first = kept->next;
	ch->kept_bytes -= sizeof(*kept) + kept->message.len;
	if (!ch->first) {
		ch->end = &ch->first;
		eventfd_read(ch->event, &n);
	}
	ch->delivered = kept;
	ch->current = kept->message;
}

/* Reads one datagram. Returns 1 if a message was in it, 0, or a negative errno. */
static int read_some(struct nflua_channel *ch)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)ch->conn->received;
	uint32_t group = 0;
	int left = nflua_notify_read(ch->conn, &group);

	if (left < 0)
		return left;
	if (!nlmsg_ok(nlh, left) ||
	    !nflua_wire_is_message(nlh, ch->conn->family) ||
	    nflua_wire_message(nlh, &ch->current))
		return 0;
	ch->current.group = to_index(ch->conn, group);
	/* The kernel puts one message into a datagram; any others are kept. */
	while ((nlh = nlmsg_next(nlh, &left)) && nlmsg_ok(nlh, left))
		if (nflua_wire_is_message(nlh, ch->conn->family))
			take_stray(nlh, group, ch);
	return 1;
}

NFLUA_PUBLIC int nflua_channel_receive(struct nflua_channel *ch, int timeout,
				       const struct nflua_message **out)
{
	struct nflua_wait wait = nflua_notify_begin(timeout);
	int got = 0;

	if (!ch || !out)
		return ch ? nflua_fail(ch->conn, -EINVAL, "out is NULL") :
			    -EINVAL;
	*out = NULL;
	free(ch->delivered);
	ch->delivered = NULL;
	if (ch->first) {
		take_kept(ch);
		got = 1;
	}
	while (!got) {
		got = read_some(ch);
		if (got == -EAGAIN)
			got = nflua_notify_wait(ch->conn, &wait, overrun);
		if (got < 0)
			return got;
	}
	ch->current.lost = nflua_seqs_note(&ch->seqs, &ch->current);
	/* The gap reports the same loss as the overrun. */
	if (ch->current.lost)
		ch->conn->overrun = false;
	*out = &ch->current;
	return 0;
}

NFLUA_PUBLIC int nflua_channel_send(struct nflua_channel *ch, const char *name,
				    const char *payload, size_t len,
				    struct nflua_result **out)
{
	if (out)
		*out = NULL;
	return ch ? nflua_send(ch->conn, name, payload, len, out) : -EINVAL;
}
