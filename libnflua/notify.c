// SPDX-License-Identifier: LGPL-2.1-or-later
/* Connections for messages that answer no request: those of channels and watches. */
#include "notify.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "error.h"
#include "socket.h"
#include "wire.h"

/* Bytes of the receive buffer, where that is allowed. */
#define RCVBUF (32 << 20)

/*
 * The group of the generic netlink controller that announces families; its number
 * is that of the controller itself (genl_validate_assign_mc_groups() in the
 * kernel's net/netlink/genetlink.c).
 */
#define CONTROLLER_NOTIFY GENL_ID_CTRL

/**
 * nflua_notify_open - opens a connection with a big buffer, in the namespace of @ctx
 * @out: nflua_close() it, on failure as well
 *
 * Returns 0, or a negative errno with its message in @ctx.
 */
int nflua_notify_open(struct nflua_ctx *ctx, struct nflua_ctx **out)
{
	int err = nflua_ctx_clone(ctx, out);

	if (err)
		return err;
	err = nflua_socket_join(*out, CONTROLLER_NOTIFY);
	if (!err)
		err = nflua_socket_set_rcvbuf(*out, RCVBUF);
	return err ? nflua_fail(ctx, err, "%s", nflua_errmsg(*out)) : 0;
}

/* Returns a wait that begins now. @timeout: see struct nflua_wait */
struct nflua_wait nflua_notify_begin(int timeout)
{
	return (struct nflua_wait) {
		.timeout = timeout,
		.until = timeout > 0 ? nflua_clock_ms() + timeout : 0,
	};
}

/*
 * Reads one datagram into conn->received. Returns its length, 0 if it is of no use,
 * -EAGAIN if there is none, or another negative errno.
 */
int nflua_notify_read(struct nflua_ctx *conn, uint32_t *group)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)conn->received;
	ssize_t n = nflua_socket_receive(conn, MSG_DONTWAIT, group);

	if (n > 0 && nlmsg_ok(nlh, n) && nflua_wire_is_unloading(nlh, conn->family))
		conn->unloaded = true;
	/* Messages that came before are read first. */
	if (n == -EAGAIN && conn->unloaded)
		return nflua_socket_unloaded(conn);
	if (n >= 0 || n == -EAGAIN)
		return n;
	if (n == -ENOBUFS)
		conn->overrun = true;
	else if (n != -EMSGSIZE)
		return nflua_fail(conn, n == -ENOMEM ? -ENOMEM : -EIO,
				  "cannot receive: %s", strerror(-n));
	return 0;
}

/**
 * nflua_notify_wait - waits until there is something to read
 * @overrun: the message if the buffer was full meanwhile
 *
 * Returns 0, -EAGAIN when the time is up, -ENOBUFS after an overrun, or another
 * negative errno.
 */
int nflua_notify_wait(struct nflua_ctx *conn, const struct nflua_wait *wait,
		      const char *overrun)
{
	int64_t left = wait->timeout < 0 ? -1 : wait->until - nflua_clock_ms();

	if (conn->overrun) {
		conn->overrun = false;
		return nflua_fail(conn, -ENOBUFS, "%s", overrun);
	}
	if (wait->timeout >= 0 && left <= 0)
		return nflua_fail(conn, -EAGAIN, "timed out");
	return nflua_socket_wait(conn, left);
}
