// SPDX-License-Identifier: GPL-2.0-or-later
/* What is done beside requests: rules, packets, and a clean slate. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"

#define PORT 5300

uint32_t events_group;

/* The exit status of a shell command that nobody wants to read. */
int run(const char *command)
{
	char line[600];
	int status;

	snprintf(line, sizeof(line), "{ %s; } >/dev/null 2>&1", command);
	status = system(line);
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *const tools[] = {
	"iptables-legacy", "iptables-nft", "ip6tables-legacy", "ip6tables-nft",
};

void flush_rules(void)
{
	char command[200];
	size_t i;

	for (i = 0; i < N_ROWS(tools); i++) {
		snprintf(command, sizeof(command), "%s -w -F INPUT; %s -w -F OUTPUT",
			 tools[i], tools[i]);
		run(command);
	}
}

/* One more rule, or none: a rule whose state is not there is refused. */
void change_rules(struct rng *r)
{
	static const char *const more[] = {
		"", "", "--mask 0x5", "--tcp-payload",
	};
	static const char *const ends[] = {
		"-j DROP", "-j ACCEPT", "-j RETURN",
	};
	const char *tool = tools[rnd(r, N_ROWS(tools))];
	const char *chain = one_in(r, 2) ? "INPUT" : "OUTPUT";
	char command[400];
	bool target = one_in(r, 2);

	if (one_in(r, 3)) {
		snprintf(command, sizeof(command), "%s -w -F %s", tool, chain);
		run(command);
		return;
	}
	snprintf(command, sizeof(command),
		 "%s -w -I %s -p udp --dport %d %s --state s%u --function f %s %s",
		 tool, chain, PORT, target ? "-j LUA" : "-m lua",
		 (unsigned int)rnd(r, NAMES), more[rnd(r, N_ROWS(more))],
		 target ? "" : ends[rnd(r, N_ROWS(ends))]);
	if (run(command))
		totals->rules_refused++;
	else
		totals->rules++;
}

static int udp_socket(int domain, struct sockaddr_storage *to, socklen_t *len)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	memset(to, 0, sizeof(*to));
	to->ss_family = domain;
	if (domain == AF_INET) {
		in->sin_port = htons(PORT);
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		*len = sizeof(*in);
	} else {
		in6->sin6_port = htons(PORT);
		in6->sin6_addr = in6addr_loopback;
		*len = sizeof(*in6);
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)to, *len))
		complain(0, NULL, "cannot bind port %d: %m", PORT);
	return fd;
}

/* To itself; rules may drop them, which the sender sees as an error. */
void send_packets(struct rng *r)
{
	static const size_t sizes[] = { 0, 1, 64, 500, 1400, 9000, 40000 };
	static struct sockaddr_storage to[2];
	static int fds[2] = { -1, -1 };
	static socklen_t lens[2];
	static char data[40000];
	size_t size = sizes[rnd(r, N_ROWS(sizes))];
	int which = rnd(r, 2), n = 1 + rnd(r, 4);

	if (fds[which] < 0)
		fds[which] = udp_socket(which ? AF_INET6 : AF_INET, &to[which],
					&lens[which]);
	memset(data, 'x', sizeof(data));
	if (one_in(r, 2))
		memcpy(data + size / 2, "needle", 6);
	while (n--)
		if (sendto(fds[which], data, size, 0,
			   (struct sockaddr *)&to[which], lens[which]) >= 0)
			totals->packets++;
	while (recv(fds[which], data, sizeof(data), MSG_DONTWAIT) >= 0)
		totals->received++;
}

static void request(int cmd, int flags, const char *name, uint64_t number)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		uint8_t attrs[2 * NLA_HDRLEN + NLA_ALIGN(NFLUA_NAME_SIZE)];
	} m = {
		.nlh = { 0, family, NLM_F_REQUEST | flags, next_seq(), 0 },
		.genl = { cmd, NFLUA_GENL_VERSION, 0 },
	};
	struct nlattr nla = { NLA_HDRLEN, NFLUA_A_FORCE };
	size_t len = NLMSG_HDRLEN + GENL_HDRLEN;

	if (name) {
		memcpy(m.attrs, &nla, sizeof(nla));
		nla.nla_type = NFLUA_A_NAME;
		nla.nla_len += strlen(name) + 1;
		memcpy(m.attrs + NLA_HDRLEN, &nla, sizeof(nla));
		memcpy(m.attrs + 2 * NLA_HDRLEN, name, strlen(name) + 1);
		len += NLA_HDRLEN + NLA_ALIGN(nla.nla_len);
	}
	m.nlh.nlmsg_len = len;
	link_send(&links[LINK_BIG], &(struct datagram){ (uint8_t *)&m, len },
		  number, 0);
}

/* Destroys all states, so that odd names do not pile up. */
void sweep(uint64_t number)
{
	size_t i;

	dumped_count = 0;
	/* A dump with an odd number is read at once. */
	request(NFLUA_CMD_STATE_GET, NLM_F_DUMP, NULL, number | 1);
	for (i = 0; i < dumped_count; i++)
		request(NFLUA_CMD_STATE_DEL, NLM_F_ACK, dumped[i], number);
	totals->sweeps++;
	totals->swept += dumped_count;
}

/* The first attribute of a type between @p and @end, without its header. */
static const char *find(const char *p, const char **end, int type)
{
	struct nlattr nla;

	for (; p < *end; p += NLA_ALIGN(nla.nla_len)) {
		memcpy(&nla, p, sizeof(nla));
		if (nla.nla_len < sizeof(nla))
			break;
		if ((nla.nla_type & NLA_TYPE_MASK) == type) {
			*end = p + nla.nla_len;
			return p + sizeof(nla);
		}
	}
	return NULL;
}

/* The groups are numbered in the order of the header; "events" is the first. */
static void read_family(const char *answer, size_t len)
{
	const char *end = answer + len, *id, *groups, *group;

	answer += NLMSG_HDRLEN + GENL_HDRLEN;
	id = find(answer, &end, CTRL_ATTR_FAMILY_ID);
	if (id)
		family = *(const uint16_t *)id;
	end = answer + len - NLMSG_HDRLEN - GENL_HDRLEN;
	groups = find(answer, &end, CTRL_ATTR_MCAST_GROUPS);
	group = groups ? find(groups, &end, 1) : NULL;
	id = group ? find(group, &end, CTRL_ATTR_MCAST_GRP_ID) : NULL;
	if (id)
		events_group = *(const uint32_t *)id;
}

int resolve_family(void)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		struct nlattr nla;
		char name[sizeof(NFLUA_GENL_NAME) + 2];
	} m = {
		.nlh = { sizeof(m), GENL_ID_CTRL, NLM_F_REQUEST, 1, 0 },
		.genl = { CTRL_CMD_GETFAMILY, 1, 0 },
		.nla = { NLA_HDRLEN + sizeof(NFLUA_GENL_NAME),
			 CTRL_ATTR_FAMILY_NAME },
		.name = NFLUA_GENL_NAME,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	static char buf[16384] __attribute__((aligned(4)));
	ssize_t n = -1;

	if (send(fd, &m, sizeof(m), 0) == sizeof(m))
		n = recv(fd, buf, sizeof(buf), 0);
	close(fd);
	if (n > (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN))
		read_family(buf, n);
	return family && events_group ? 0 : -1;
}
