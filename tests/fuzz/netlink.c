// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fuzzer of the netlink family, for a VM:
 *
 *	netlink [-t SECONDS] [-S SEED] [-j PROCESSES] [-n N [-c COUNT]] [-v]
 *
 * It makes requests by the tables of nl_table.c, mostly sound, and damages
 * some; judge() knows what may come of each. Request N of a seed and a process
 * is always the same, so -n N begins at one that went wrong. What else happens
 * at that time, it does not control: states come and go, scripts run,
 * sockets are closed, rules change and packets come in.
 *
 * Prints TAP and what was reached; an outcome in the table that was not is a
 * failure, too, after some more time.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nl.h"

/* Requests between two times that all states are destroyed. */
#define SWEEP 512

/* Seconds that are added where not all has been reached: on a slow machine. */
#define EXTRA 300

/* Seconds that a system call may take. */
#define HANG 120

struct options options = { .seconds = 60, .processes = 1, .count = UINT64_MAX };

struct totals *totals;		/* of this process */
struct totals *all;		/* of each */
static int stream;
static uint64_t current;

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void print_head(const struct pending *p)
{
	size_t i;

	printf("#   %s, %zu bytes:", cmd_name(p->verdict.row), p->len);
	for (i = 0; i < p->len && i < sizeof(p->head); i++)
		printf("%s%02x", i % 4 ? "" : " ", p->head[i]);
	puts(p->len > i ? " ..." : "");
}

/* A failure; @p: what it is about, if anything. */
void complain(uint64_t number, const struct pending *p, const char *fmt, ...)
{
	va_list ap;

	printf("# FAILURE: seed %llu, process %d, request %llu (now at %llu): ",
	       (unsigned long long)options.seed, stream,
	       (unsigned long long)number, (unsigned long long)current);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (p)
		print_head(p);
	if (++totals->failures >= MAX_FAILURES) {
		puts("# too many failures");
		exit(1);
	}
}

static void hung(int signal)
{
	static const char text[] = "# FAILURE: a system call does not return\n";

	(void)signal;
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
	totals->failures++;
	_exit(1);
}

static struct link *pick_link(struct rng *r, size_t len)
{
	struct link *l = &links[rnd(r, LINKS)];
	int tries = 3;

	while (tries-- && link_is_busy(l))
		l = &links[rnd(r, LINKS)];
	return len > 30000 && !l->cap_ack ? &links[LINK_BIG] : l;
}

/* Whatever it has running, and always before there is too much of it. */
static void hang_up(struct link *l, struct rng *r)
{
	link_close(l);
	link_open(l, r);
}

static void one_request(uint64_t number, struct rng *around)
{
	struct datagram d;
	struct link *l;
	struct rng r;

	rng_seed(&r, options.seed, stream, number);
	make_datagram(&r, &d);
	l = pick_link(around, d.len);
	if (l->count > MAX_PENDING / 2)
		hang_up(l, around);
	if (options.verbose)
		printf("# %llu: %zu bytes on link %td\n",
		       (unsigned long long)number, d.len, l - links);
	link_send(l, &d, number, rnd(around, 1000) / 1000.0);
}

static void step(uint64_t number)
{
	struct rng around;

	alarm(HANG);
	current = number;
	rng_seed(&around, ~options.seed, stream, number);
	if (number % SWEEP == 0)
		sweep(&around, number);
	if (one_in(&around, 200))
		change_rules(&around);
	if (one_in(&around, 40))
		hang_up(&links[rnd(&around, LINKS)], &around);
	if (one_in(&around, 5))
		send_packets(&around);
	one_request(number, &around);
	links_poll(one_in(&around, 3) ? rnd(&around, 6) : 0);
}

static bool any_pending(void)
{
	int i;

	for (i = 0; i < LINKS; i++)
		if (links[i].count)
			return true;
	return false;
}

/* Whether one of the processes has seen it. */
bool is_reached(int cmd, int code)
{
	int p;

	for (p = 0; p < options.processes; p++)
		if (code < 0 ? all[p].events[cmd] : all[p].outcomes[cmd][code])
			return true;
	return false;
}

static bool all_is_reached(void)
{
	const int *code;
	int cmd;

	for (cmd = 0; cmd <= NFLUA_CMD_MAX; cmd++) {
		for (code = cmd_rows[cmd].codes; *code >= 0; code++)
			if (!is_reached(cmd, *code))
				return false;
		if (event_attrs(cmd) && !is_reached(cmd, -1))
			return false;
	}
	return true;
}

static bool is_over(double end)
{
	double t = now();

	return t >= end + EXTRA || (t >= end && all_is_reached());
}

static void work(void)
{
	double end = now() + options.seconds;
	struct rng r = { options.seed };
	uint64_t n;
	int i;

	signal(SIGALRM, hung);
	for (i = 0; i < LINKS; i++)
		link_open(&links[i], &r);
	for (n = 0; n < options.count && !is_over(end); n++)
		step(options.first + n);
	while (any_pending()) {
		alarm(HANG);
		links_poll(100);
	}
	flush_hooks(options.first + n);
	alarm(0);
	for (i = 0; i < LINKS; i++)
		link_close(&links[i]);
}

static int usage(void)
{
	fprintf(stderr, "usage: netlink [-t SECONDS] [-S SEED] [-j PROCESSES] "
		"[-n FIRST] [-c COUNT] [-v]\n");
	return 2;
}

static int read_options(int argc, char **argv)
{
	int c;

	options.seed = time(NULL);
	while ((c = getopt(argc, argv, "t:S:j:n:c:v")) != -1) {
		if (c == 't')
			options.seconds = atof(optarg);
		else if (c == 'S')
			options.seed = strtoull(optarg, NULL, 0);
		else if (c == 'j')
			options.processes = atoi(optarg);
		else if (c == 'n')
			options.first = strtoull(optarg, NULL, 0);
		else if (c == 'c')
			options.count = strtoull(optarg, NULL, 0);
		else if (c == 'v')
			options.verbose = true;
		else
			return usage();
	}
	return optind < argc || options.processes < 1 ? usage() : 0;
}

static void start(pid_t *pids)
{
	for (stream = 0; stream < options.processes; stream++) {
		totals = &all[stream];
		pids[stream] = fork();
		if (pids[stream] == 0) {
			work();
			exit(0);
		}
	}
}

static bool finish(const pid_t *pids)
{
	bool good = true;
	int i, status;

	for (i = 0; i < options.processes; i++)
		if (waitpid(pids[i], &status, 0) < 0 || status != 0) {
			printf("# process %d ended with status %x\n", i, status);
			good = false;
		}
	return good;
}

int main(int argc, char **argv)
{
	pid_t *pids;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (read_options(argc, argv))
		return 2;
	if (!getenv("NFLUA_VM")) {
		fprintf(stderr, "netlink: run me in the VM: scripts/fuzz\n");
		return 2;
	}
	printf("# seed %llu, %g seconds\n", (unsigned long long)options.seed,
	       options.seconds);
	run("modprobe nflua; ip link set lo up");
	if (table_check() || resolve_family()) {
		printf("Bail out! the table or the module is not what it should be\n");
		return 1;
	}
	pids = calloc(options.processes, sizeof(*pids));
	all = mmap(NULL, options.processes * sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!pids || all == MAP_FAILED)
		return 1;
	start(pids);
	totals = all;
	return report(finish(pids));
}
