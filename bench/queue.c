// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * queue NUMBER: receives the packets of an NFQUEUE with their payload, and accepts
 * them. Prints "ready" when it listens.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <libnetfilter_queue/libnetfilter_queue.h>

static int accept_packet(struct nfq_q_handle *queue, struct nfgenmsg *msg,
			 struct nfq_data *data, void *ud)
{
	struct nfqnl_msg_packet_hdr *header = nfq_get_msg_packet_hdr(data);

	(void)msg;
	(void)ud;
	if (!header)
		return -1;
	return nfq_set_verdict(queue, ntohl(header->packet_id), NF_ACCEPT, 0, NULL);
}

static void serve(struct nfq_handle *handle)
{
	static char buf[65536] __attribute__((aligned));
	int fd = nfq_fd(handle);
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		nfq_handle_packet(handle, buf, n);
	err(1, "recv");
}

int main(int argc, char **argv)
{
	struct nfq_q_handle *queue;
	struct nfq_handle *handle;

	if (argc != 2)
		errx(2, "usage: queue NUMBER");
	handle = nfq_open();
	if (!handle)
		err(1, "nfq_open");
	queue = nfq_create_queue(handle, atoi(argv[1]), accept_packet, NULL);
	if (!queue)
		err(1, "nfq_create_queue");
	if (nfq_set_mode(queue, NFQNL_COPY_PACKET, 0xffff) < 0)
		err(1, "nfq_set_mode");
	puts("ready");
	fflush(stdout);
	serve(handle);
	return 1;
}
