// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets: what is sent over them, and until when it has to be answered. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl.h"

/* Seconds that the module has to answer, and to give in to an interrupt. */
#define LIMIT 60

#define RECEIVE_MAX (1 << 20)
#define BUFFER_SIZE (32 << 20)

struct link links[LINKS];

static void set_option(int fd, int option, bool on)
{
	int value = on;

	if (setsockopt(fd, SOL_NETLINK, option, &value, sizeof(value)))
		complain(0, NULL, "socket option %d: %m", option);
}

/* Who opens a socket is who sends, whatever becomes of him. */
static int open_socket(bool nobody)
{
	int fd;

	if (nobody && seteuid(65534))
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nobody && seteuid(0))
		return -1;
	return fd;
}

/* A number that no socket had lately: answers to one that is gone may come. */
static void bind_link(struct link *l)
{
	static uint32_t opened;
	struct sockaddr_nl me = {
		.nl_family = AF_NETLINK,
		.nl_pid = getpid() | ++opened % 1024 << 22,
	};
	int size = BUFFER_SIZE;

	setsockopt(l->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(l->fd, (struct sockaddr *)&me, sizeof(me)))
		complain(0, NULL, "cannot bind a socket: %m");
	l->portid = me.nl_pid;
}

static void join(const struct link *l, uint32_t group)
{
	if (group && setsockopt(l->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				&group, sizeof(group)))
		complain(0, NULL, "cannot join group %u: %m", group);
}

void link_open(struct link *l, struct rng *r)
{
	int at = l - links;

	l->nobody = at == LINK_NOBODY;
	l->fd = open_socket(l->nobody);
	if (l->fd < 0)
		complain(0, NULL, "cannot open a socket: %m");
	l->count = 0;
	l->ext_ack = at == LINK_BIG || !one_in(r, 8);
	l->cap_ack = at == LINK_BIG || !one_in(r, 4);
	set_option(l->fd, NETLINK_EXT_ACK, l->ext_ack);
	set_option(l->fd, NETLINK_CAP_ACK, l->cap_ack);
	bind_link(l);
	if (at == LINK_EVENTS) {
		join(l, events_group);
		join(l, data_group);
	}
}

void link_close(struct link *l)
{
	totals->hang_ups += link_is_busy(l);
	close(l->fd);
	l->count = 0;
}

static struct circumstances circumstances(const struct link *l)
{
	struct circumstances c = { .may = !l->nobody };
	size_t i;

	for (i = 0; i < l->count; i++) {
		c.job |= l->pending[i].verdict.job;
		c.dump |= l->pending[i].verdict.dump;
	}
	return c;
}

bool link_is_busy(const struct link *l)
{
	return circumstances(l).job;
}

static void interrupt_pending(struct link *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		l->pending[i].interrupted = true;
}

static void add_pending(struct link *l, const struct nlmsghdr *nlh,
			uint64_t number, double patience)
{
	const struct genlmsghdr *genl = (const struct genlmsghdr *)(nlh + 1);
	struct circumstances c = circumstances(l);
	struct pending *p = &l->pending[l->count];

	memset(p, 0, sizeof(*p));
	p->verdict = judge(nlh, &c);
	if (p->verdict.interrupts)
		interrupt_pending(l);
	l->count++;
	p->seq = nlh->nlmsg_seq;
	p->flags = nlh->nlmsg_flags;
	p->cmd = nlh->nlmsg_len > NLMSG_HDRLEN ? genl->cmd : 0;
	p->number = number;
	p->interrupt_at = now() + patience;
	p->deadline = now() + LIMIT;
	p->len = nlh->nlmsg_len;
	memcpy(p->head, nlh, p->len < sizeof(p->head) ? p->len : sizeof(p->head));
	totals->requests++;
}

static void receive(struct link *l)
{
	static char buf[RECEIVE_MAX];
	const struct nlmsghdr *nlh;
	struct datagram d = { .data = (uint8_t *)buf };
	ssize_t n;
	size_t at;

	for (;;) {
		n = recv(l->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && errno == ENOBUFS && l == &links[LINK_EVENTS])
			continue;
		if (n < 0 && errno != EAGAIN)
			complain(0, NULL, "cannot receive: %m");
		if (n < 0)
			return;
		if ((size_t)n > sizeof(buf))
			complain(0, NULL, "an answer of %zd bytes", n);
		d.len = n;
		at = 0;
		while ((nlh = next_message(&d, &at)))
			link_take(l, nlh);
		if (at < d.len)
			complain(0, NULL, "%zu bytes behind an answer", d.len - at);
	}
}

/* What is answered at once has to be there when the request is sent. */
static void settle(struct link *l, uint64_t number)
{
	size_t i = 0;

	while (i < l->count) {
		struct pending *p = &l->pending[i];

		if (p->number != number || p->verdict.job || p->verdict.dump)
			i++;
		else if (allows(&p->verdict, 0) && !(p->flags & NLM_F_ACK))
			link_end(l, p, 0, NULL);
		else
			link_end(l, p, -1, NULL);
	}
}

/* With an address it does not count who opened the socket. */
static void send_datagram(const struct link *l, const struct datagram *d,
			  uint64_t number)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec iov = { d->data, d->len };
	const struct msghdr m = {
		.msg_name = l->nobody ? NULL : &kernel,
		.msg_namelen = l->nobody ? 0 : sizeof(kernel),
		.msg_iov = &iov, .msg_iovlen = 1,
	};

	totals->datagrams++;
	if (d->len && sendmsg(l->fd, &m, 0) != (ssize_t)d->len)
		complain(number, NULL, "cannot send %zu bytes: %m", d->len);
}

/*
 * @patience: seconds after which what still runs is interrupted. A dump is
 * sometimes left for later.
 */
void link_send(struct link *l, const struct datagram *d, uint64_t number,
	       double patience)
{
	const struct nlmsghdr *nlh;
	size_t at = 0;
	bool later;

	while (l->count < MAX_PENDING && (nlh = next_message(d, &at)))
		add_pending(l, nlh, number, patience);
	send_datagram(l, d, number);
	later = l->count == 1 && l->pending[0].verdict.dump && number % 4 == 0;
	if (later)
		return;
	receive(l);
	settle(l, number);
}

static void ask_to_end(struct link *l)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
	} m = {
		.nlh = { sizeof(m), family, NLM_F_REQUEST | NLM_F_ACK, next_seq(), 0 },
		.genl = { NFLUA_CMD_INTERRUPT, NFLUA_GENL_VERSION, 0 },
	};
	const struct datagram d = { (uint8_t *)&m, sizeof(m) };

	if (l->count < MAX_PENDING)
		link_send(l, &d, UINT64_MAX, 0);
}

/* Interrupts what takes long, and finds what was never answered. */
static void look_at_clock(struct link *l)
{
	double t = now();
	bool ask = false;
	size_t i = 0;

	while (i < l->count) {
		struct pending *p = &l->pending[i++];

		if (p->verdict.job && !p->asked && t > p->interrupt_at) {
			p->asked = ask = true;
			p->deadline = t + LIMIT;
		} else if (t > p->deadline) {
			link_end(l, p, is_quiet(p) ? 0 : -1, NULL);
			i--;
		}
	}
	if (ask)
		ask_to_end(l);
}

void links_poll(int milliseconds)
{
	struct pollfd fds[LINKS];
	int i;

	for (i = 0; i < LINKS; i++)
		fds[i] = (struct pollfd){ .fd = links[i].fd, .events = POLLIN };
	poll(fds, LINKS, milliseconds);
	for (i = 0; i < LINKS; i++) {
		if (fds[i].revents)
			receive(&links[i]);
		look_at_clock(&links[i]);
	}
}
