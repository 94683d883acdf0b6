// SPDX-License-Identifier: LGPL-2.1-or-later
/* The socket of a context. */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

/*
 * More than the longest message of the module, with values, output and an error
 * (linux/nflua.h). The receive buffer has room for that, an acknowledgement, and what the
 * kernel adds to each.
 */
#define MESSAGE_MAX	(256 << 10)
#define RCVBUF		(1 << 20)

/* Bytes of the send buffer besides those of the request. */
#define SNDBUF_EXTRA	4096

static const char not_allowed[] =
	"CAP_NET_ADMIN in the network namespace is required";

/* Returns the negative errno for a code of libnl. */
static int from_libnl(int err)
{
	switch (-err) {
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_MSGSIZE:
		return -E2BIG;
	default:
		return -EIO;
	}
}

static int socket_error(struct nflua_ctx *ctx, const char *what)
{
	int err = errno;

	return nflua_fail(ctx, err == ENOMEM || err == ENOBUFS ? -ENOMEM :
			  err == EMFILE || err == ENFILE ? -err : -EIO,
			  "%s: %s", what, strerror(err));
}

static int set_option(struct nl_sock *sock, int option)
{
	int on = 1;

	return setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, option, &on,
			  sizeof(on));
}

/*
 * Enlarges a buffer of the socket. The kernel doubles the size that it is told, for its
 * own overhead.
 */
static void enlarge_buffer(int fd, size_t len, int option, int force)
{
	int size = len, now = 0;
	socklen_t now_len = sizeof(now);

	if (!getsockopt(fd, SOL_SOCKET, option, &now, &now_len) &&
	    (size_t)now >= len)
		return;
	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
}

static int connect_here(struct nl_sock *sock)
{
	int err;

	nl_socket_set_local_port(sock, 0);
	nl_socket_disable_auto_ack(sock);
	errno = 0;
	err = nl_connect(sock, NETLINK_GENERIC);
	if (err)
		return errno == EMFILE || errno == ENFILE ? -errno : from_libnl(err);
	/* A capped acknowledgement does not send a long script back. */
	if (set_option(sock, NETLINK_CAP_ACK) || set_option(sock, NETLINK_EXT_ACK))
		return -EIO;
	set_option(sock, NETLINK_GET_STRICT_CHK);
	fcntl(nl_socket_get_fd(sock), F_SETFD, FD_CLOEXEC);
	enlarge_buffer(nl_socket_get_fd(sock), RCVBUF, SO_RCVBUF, SO_RCVBUFFORCE);
	return 0;
}

struct visit {
	struct nl_sock *sock;
	int netns;
	int err;
};

/* A socket belongs to the namespace of the thread that opens it. */
static void *connect_there(void *ud)
{
	struct visit *v = ud;

	if (setns(v->netns, CLONE_NEWNET))
		v->err = errno == EPERM ? -EPERM : errno == EINVAL ? -ENOENT :
			 -EIO;
	else
		v->err = connect_here(v->sock);
	return NULL;
}

static int connect_in(struct nl_sock *sock, int netns)
{
	struct visit v = { .sock = sock, .netns = netns };
	pthread_t thread;

	if (pthread_create(&thread, NULL, connect_there, &v))
		return -ENOMEM;
	pthread_join(thread, NULL);
	return v.err;
}

static int open_netns(struct nflua_ctx *ctx, const char *netns)
{
	char path[4096];
	int fd;

	if (*netns == '\0')
		return nflua_fail(ctx, -ENOENT, "the name of the network namespace is empty");
	if (snprintf(path, sizeof(path), "%s%s",
		     strchr(netns, '/') ? "" : "/run/netns/", netns) >=
	    (int)sizeof(path))
		return nflua_fail(ctx, -ENOENT, "network namespace name too long");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return nflua_fail(ctx, errno == EACCES ? -EPERM :
				  errno == EMFILE || errno == ENFILE ? -errno : -ENOENT,
				  "network namespace %s: %s", netns,
				  strerror(errno));
	return fd;
}

/* Opens the socket in the namespace @fd, or that of the caller if it is -1. Closes @fd. */
static int open_socket(struct nflua_ctx *ctx, int fd, const char *netns)
{
	int err;

	ctx->sock = nl_socket_alloc();
	ctx->received = malloc(MESSAGE_MAX);
	if (!ctx->sock || !ctx->received)
		err = -ENOMEM;
	else
		err = fd >= 0 ? connect_in(ctx->sock, fd) : connect_here(ctx->sock);
	if (fd >= 0)
		close(fd);
	if (err == -ENOENT && netns) {
		nflua_fail(ctx, err, "%s is not a network namespace", netns);
		nflua_socket_close(ctx);
		return err;
	}
	if (err) {
		nflua_fail(ctx, err, "cannot open a netlink socket%s%s: %s",
			   netns ? " in network namespace " : "",
			   netns ? netns : "", strerror(-err));
		nflua_socket_close(ctx);
		return err;
	}
	ctx->fd = nl_socket_get_fd(ctx->sock);
	return 0;
}

int nflua_socket_open(struct nflua_ctx *ctx, const char *netns)
{
	int fd = -1;

	if (netns) {
		fd = open_netns(ctx, netns);
		if (fd < 0)
			return fd;
	}
	return open_socket(ctx, fd, netns);
}

/* Returns whether @netns is the current namespace, which the caller need not enter. */
static bool is_here(int netns)
{
	struct stat there, here;

	return !fstat(netns, &there) && !stat("/proc/thread-self/ns/net", &here) &&
	       there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

/* Opens the socket in the namespace of another one. */
int nflua_socket_clone(struct nflua_ctx *ctx, const struct nflua_ctx *other)
{
	int fd = ioctl(other->fd, SIOCGSKNS);

	if (fd < 0)
		return errno == EPERM ? nflua_fail(ctx, -EPERM, not_allowed) :
		       socket_error(ctx, "cannot reach the network namespace");
	if (is_here(fd)) {
		close(fd);
		fd = -1;
	}
	return open_socket(ctx, fd, NULL);
}

void nflua_socket_close(struct nflua_ctx *ctx)
{
	ctx->fd = -1;
	if (ctx->sock)
		nl_socket_free(ctx->sock);
	ctx->sock = NULL;
	free(ctx->received);
	ctx->received = NULL;
}

uint32_t nflua_socket_port(const struct nflua_ctx *ctx)
{
	return nl_socket_get_local_port(ctx->sock);
}

/* Returns the size of the receive buffer in bytes, as the kernel counts them. */
size_t nflua_socket_rcvbuf(const struct nflua_ctx *ctx)
{
	int size = 0;
	socklen_t len = sizeof(size);

	getsockopt(ctx->fd, SOL_SOCKET, SO_RCVBUF, &size, &len);
	return size;
}

/* Sets the size of the receive buffer, as far as allowed. The kernel doubles it. */
int nflua_socket_set_rcvbuf(struct nflua_ctx *ctx, size_t bytes)
{
	int size = bytes / 2;

	if (bytes > INT_MAX)
		return nflua_fail(ctx, -EINVAL, "buffer too large (less than 2 GiB)");
	if (setsockopt(ctx->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(ctx->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		return socket_error(ctx, "cannot set the size of the buffer");
	return 0;
}

static int set_membership(struct nflua_ctx *ctx, uint32_t group, int option,
			  const char *what)
{
	int err;

	if (!setsockopt(ctx->fd, SOL_NETLINK, option, &group, sizeof(group)))
		return 0;
	err = errno;
	if (err == EPERM)
		return nflua_fail(ctx, -EPERM, not_allowed);
	return nflua_fail(ctx, err == ENOMEM ? -ENOMEM : -EIO, "cannot %s a group: %s",
			  what, strerror(err));
}

int nflua_socket_join(struct nflua_ctx *ctx, uint32_t group)
{
	return set_membership(ctx, group, NETLINK_ADD_MEMBERSHIP, "join");
}

int nflua_socket_leave(struct nflua_ctx *ctx, uint32_t group)
{
	return set_membership(ctx, group, NETLINK_DROP_MEMBERSHIP, "leave");
}

/* Notes that the module is gone. Returns the error for it. */
int nflua_socket_unloaded(struct nflua_ctx *ctx)
{
	ctx->unloaded = true;
	return nflua_fail(ctx, -ENOPKG, "the nflua module was unloaded");
}

/* Waits until something can be received. Returns 0, -EAGAIN (time is up), -EINTR or -EIO. */
int nflua_socket_wait(struct nflua_ctx *ctx, int msecs)
{
	struct pollfd p = { .fd = ctx->fd, .events = POLLIN };
	int n = poll(&p, 1, msecs);

	if (n < 0)
		return nflua_fail(ctx, errno == EINTR ? -EINTR : -EIO,
				  "cannot wait: %s", strerror(errno));
	return n ? 0 : nflua_fail(ctx, -EAGAIN, "timed out");
}

/* Sends a request, for which it enlarges the send buffer first. */
int nflua_socket_send(struct nflua_ctx *ctx, const struct nlmsghdr *nlh)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (nlh->nlmsg_len > ctx->sndbuf) {
		ctx->sndbuf = nlh->nlmsg_len + SNDBUF_EXTRA;
		enlarge_buffer(ctx->fd, ctx->sndbuf, SO_SNDBUF, SO_SNDBUFFORCE);
	}
	while (sendto(ctx->fd, nlh, nlh->nlmsg_len, 0, (struct sockaddr *)&kernel,
		      sizeof(kernel)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EMSGSIZE)
			return nflua_fail(ctx, -E2BIG,
				"request too long for the socket buffer");
		return socket_error(ctx, "cannot send the request");
	}
	return 0;
}

/* Returns the multicast group of a datagram; 0: none, or NETLINK_PKTINFO is off. */
static uint32_t group_of(struct msghdr *m)
{
	struct nl_pktinfo info = { 0 };
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_NETLINK &&
		    c->cmsg_type == NETLINK_PKTINFO &&
		    c->cmsg_len >= CMSG_LEN(sizeof(info)))
			memcpy(&info, CMSG_DATA(c), sizeof(info));
	return info.group;
}

/*
 * Receives one datagram into ctx->received. Returns its length, 0 if it is not from
 * the kernel, or a negative errno, which is never -EINTR.
 */
ssize_t nflua_socket_receive(struct nflua_ctx *ctx, int flags, uint32_t *group)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct nl_pktinfo))];
	} control;
	struct iovec iov = { ctx->received, MESSAGE_MAX };
	struct sockaddr_nl from = { 0 };
	struct msghdr m;
	ssize_t n;

	do {
		m = (struct msghdr) {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = &control, .msg_controllen = sizeof(control),
		};
		n = recvmsg(ctx->fd, &m, flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	*group = group_of(&m);
	return from.nl_pid == 0 ? n : 0;
}
