// SPDX-License-Identifier: LGPL-2.1-or-later
/* What comes unasked: a connection for it, and waiting for it. */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "internal.h"

/* The size of the receive buffer, where that is allowed. */
#define ROOM (32 << 20)

/*
 * The group of the generic netlink controller that tells of families; its number
 * is that of the controller itself (genl_validate_assign_mc_groups() in the
 * kernel's net/netlink/genetlink.c).
 */
#define CONTROLLER_NOTIFY GENL_ID_CTRL

/* Beside @ctx, with a big buffer; close *out in any case. */
int nflua_incoming_open(struct nflua_ctx *ctx, struct nflua_ctx **out)
{
	int err = nflua_open_beside(ctx, out);

	if (err)
		return err;
	err = nflua_socket_join(*out, CONTROLLER_NOTIFY, false);
	if (!err)
		err = nflua_socket_set_room(*out, ROOM);
	return err ? nflua_fail(ctx, err, "%s", nflua_errmsg(*out)) : 0;
}

int64_t nflua_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* The end of a wait of @timeout milliseconds that begins now. */
int64_t nflua_incoming_until(int timeout)
{
	return timeout > 0 ? nflua_now_ms() + timeout : 0;
}

/*
 * Reads one datagram into conn->received: its length, 0 when it is of no use,
 * -EAGAIN when there is none, or another errno.
 */
int nflua_incoming_read(struct nflua_ctx *conn, uint32_t *group)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)conn->received;
	ssize_t n = nflua_socket_receive(conn, MSG_DONTWAIT, group);

	if (n > 0 && nlmsg_ok(nlh, n) && nflua_wire_is_unloading(nlh, conn->family))
		conn->unloaded = true;
	/* What came before is taken first. */
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

/*
 * There is nothing to read: waits until there is, or the time is up.
 * @timeout, @until: of the whole wait, as it began
 * @lost: what to say when the buffer was full meanwhile
 */
int nflua_incoming_wait(struct nflua_ctx *conn, int timeout, int64_t until,
			const char *lost)
{
	int64_t left = timeout < 0 ? -1 : until - nflua_now_ms();

	if (conn->overrun) {
		conn->overrun = false;
		return nflua_fail(conn, -ENOBUFS, "%s", lost);
	}
	if (timeout >= 0 && left <= 0)
		return nflua_fail(conn, -EAGAIN, "nothing came in time");
	return nflua_socket_wait(conn, left);
}
