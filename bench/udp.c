// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * udp SIZE COUNT: sends COUNT datagrams of SIZE bytes over loopback, and receives
 * each before it sends the next. Prints the time of one in nanoseconds: the mean,
 * without the slowest hundredth, which is where the timer ticks are.
 *
 * udp clock: fails unless a nanosecond is an instruction.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"

#define PORT		9999
#define PAYLOAD_MAX	1400
#define COUNT_MAX	100000
#define WARM_UP		200
#define LOOPS		1000000

static char payload[PAYLOAD_MAX + 1];

/* Fills the payload with a browser's request, repeated. */
static void fill_payload(void)
{
	static const char text[] =
		"GET /articles/2024/index.html?page=7&sort=date HTTP/1.1\r\n"
		"Host: www.example.org\r\nAccept: text/html,image/webp,*/*\r\n"
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0)\r\n"
		"Accept-Language: en-GB,en;q=0.5\r\nConnection: keep-alive\r\n";
	size_t i;

	for (i = 0; i < PAYLOAD_MAX; i++)
		payload[i] = text[i % (sizeof(text) - 1)];
}

/* Returns a socket that is connected to itself. */
static int open_socket(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		err(1, "socket");
	return fd;
}

static int64_t one_datagram(int fd, size_t size)
{
	char answer[PAYLOAD_MAX];
	int64_t begun = now();

	if (send(fd, payload, size, 0) != (ssize_t)size)
		err(1, "send");
	if (recv(fd, answer, sizeof(answer), 0) != (ssize_t)size)
		err(1, "recv");
	return now() - begun;
}

static double trimmed_mean(int64_t *times, size_t n)
{
	size_t i, kept = n - n / 100;
	double sum = 0;

	sort_times(times, n);
	for (i = 0; i < kept; i++)
		sum += times[i];
	return sum / kept;
}

static void measure(size_t size, size_t count)
{
	static int64_t times[COUNT_MAX];
	int fd = open_socket();
	size_t i;

	fill_payload();
	memset(times, 0xff, sizeof(*times) * count);
	for (i = 0; i < WARM_UP; i++)
		one_datagram(fd, size);
	for (i = 0; i < count; i++)
		times[i] = one_datagram(fd, size);
	close(fd);
	printf("%.2f\n", trimmed_mean(times, count));
}

/* A loop of two instructions, the fastest of a few tries. */
static int64_t time_loop(void)
{
	int64_t best = INT64_MAX, begun, spent;
	long i, left;

	for (i = 0; i < 5; i++) {
		left = LOOPS;
		begun = now();
		__asm__ volatile("1: dec %0; jnz 1b" : "+r"(left));
		spent = now() - begun;
		if (spent < best)
			best = spent;
	}
	return best;
}

static void check_clock(void)
{
	int64_t spent = time_loop(), wanted = 2 * LOOPS;

	if (spent < wanted || spent > wanted + wanted / 1000)
		errx(1, "%lld instructions take %lld ns: no VM with -icount shift=0",
		     (long long)wanted, (long long)spent);
}

int main(int argc, char **argv)
{
	long size, count;

	if (argc == 2 && strcmp(argv[1], "clock") == 0) {
		check_clock();
		return 0;
	}
	size = argc == 3 ? atol(argv[1]) : 0;
	count = argc == 3 ? atol(argv[2]) : 0;
	if (size < 1 || size > PAYLOAD_MAX || count < 1 || count > COUNT_MAX)
		errx(2, "usage: udp SIZE COUNT | udp clock");
	measure(size, count);
	return 0;
}
