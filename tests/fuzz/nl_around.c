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

uint32_t events_group, data_group;

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

struct message {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	uint8_t attrs[256];
};

static void add_attr(struct message *m, int type, const char *text, size_t len)
{
	struct nlattr nla = { NLA_HDRLEN + len, type };
	uint8_t *to = (uint8_t *)m + m->nlh.nlmsg_len;

	memcpy(to, &nla, sizeof(nla));
	if (len)
		memcpy(to + sizeof(nla), text, len);
	m->nlh.nlmsg_len += NLA_ALIGN(nla.nla_len);
}

static void begin(struct message *m, int cmd, int flags)
{
	memset(m, 0, sizeof(*m));
	m->nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->nlh.nlmsg_type = family;
	m->nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	m->nlh.nlmsg_seq = next_seq();
	m->genl.cmd = cmd;
	m->genl.version = NFLUA_GENL_VERSION;
}

static void send_message(struct message *m, uint64_t number)
{
	const struct datagram d = { (uint8_t *)m, m->nlh.nlmsg_len };

	link_send(&links[LINK_BIG], &d, number, 1);
}

/* Removes all hooks, which each packet would meet, and which hold the module. */
void flush_hooks(uint64_t number)
{
	struct message m;
	size_t i;

	dumped_hook_count = 0;
	begin(&m, NFLUA_CMD_HOOK_GET, NLM_F_DUMP);
	send_message(&m, number | 1);
	for (i = 0; i < dumped_hook_count; i++) {
		begin(&m, NFLUA_CMD_HOOK_DEL, NLM_F_ACK);
		add_attr(&m, NFLUA_A_NAME, dumped_hooks[i].name,
			 strlen(dumped_hooks[i].name) + 1);
		add_attr(&m, NFLUA_A_HOOK_ID, (const char *)&dumped_hooks[i].id,
			 sizeof(dumped_hooks[i].id));
		send_message(&m, number);
	}
}

/* Destroys all states, so that odd names do not pile up. */
static void destroy_all(uint64_t number)
{
	struct message m;
	size_t i;

	dumped_count = 0;
	begin(&m, NFLUA_CMD_STATE_GET, NLM_F_DUMP);
	/* A dump with an odd number is read at once. */
	send_message(&m, number | 1);
	for (i = 0; i < dumped_count; i++) {
		begin(&m, NFLUA_CMD_STATE_DEL, NLM_F_ACK);
		add_attr(&m, NFLUA_A_NAME, dumped[i], strlen(dumped[i]) + 1);
		add_attr(&m, NFLUA_A_FORCE, NULL, 0);
		send_message(&m, number);
	}
	totals->swept += dumped_count;
}

static void wait_for_link(const struct link *l)
{
	double end = now() + 10;

	while (link_is_busy(l) && now() < end)
		links_poll(20);
}

/* A state with a filter, a rule that names it, and packets. */
static void set_up(struct rng *r, const char *name, const char *script,
		   uint64_t number)
{
	char command[300];
	struct message m;

	wait_for_link(&links[LINK_BIG]);
	begin(&m, NFLUA_CMD_STATE_NEW, NLM_F_ACK);
	add_attr(&m, NFLUA_A_NAME, name, strlen(name) + 1);
	add_attr(&m, NFLUA_A_CHUNK, script, strlen(script));
	send_message(&m, number);
	wait_for_link(&links[LINK_BIG]);
	snprintf(command, sizeof(command), "iptables-legacy -w -I OUTPUT -p udp "
		 "--dport %d -m lua --state %s --function f", PORT, name);
	if (!run(command))
		totals->rules++;
	send_packets(r);
	send_packets(r);
}

/* A clean slate, with two filters on it. */
void sweep(struct rng *r, uint64_t number)
{
	flush_hooks(number);
	destroy_all(number);
	set_up(r, "s0", "function f(frame, packet) print(#packet) return false end",
	       number);
	set_up(r, "s1", "function f(frame, packet) error('on purpose') end "
	       "nf.receive(function(p, s) nf.netlink(p, 1, s) end)", number);
	totals->sweeps++;
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

static uint32_t read_group(const char *groups, const char *end, int at)
{
	const char *group = find(groups, &end, at), *id;

	id = group ? find(group, &end, CTRL_ATTR_MCAST_GRP_ID) : NULL;
	return id ? *(const uint32_t *)id : 0;
}

/* Groups are numbered in the order of the header: "events", "data0", ... */
static void read_family(const char *answer, size_t len)
{
	const char *end = answer + len, *id, *groups;

	answer += NLMSG_HDRLEN + GENL_HDRLEN;
	id = find(answer, &end, CTRL_ATTR_FAMILY_ID);
	if (id)
		family = *(const uint16_t *)id;
	end = answer + len - NLMSG_HDRLEN - GENL_HDRLEN;
	groups = find(answer, &end, CTRL_ATTR_MCAST_GROUPS);
	if (!groups)
		return;
	events_group = read_group(groups, end, 1);
	data_group = read_group(groups, end, 2);
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
	return family && events_group && data_group ? 0 : -1;
}
