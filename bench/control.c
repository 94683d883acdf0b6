// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control load FILE ROUNDS: prints the median time of loading a script, each time
 * into a new state, in nanoseconds.
 *
 * control states COUNT: prints the time of creating COUNT states, of listing them,
 * and of destroying them, in nanoseconds.
 *
 * control messages SIZE ROUNDS: prints the median time of sending a message from a
 * script to a port, with the loop around it, in nanoseconds. The messages are read
 * between rounds, so that none wakes a process.
 *
 * A real-time priority keeps the kernel's own work out of the figures, such as
 * freeing what was destroyed.
 */
#include <err.h>
#include <nflua/nflua.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

#define ROUNDS_MAX	1000

/* Messages in a round: fewer than an exec sends in its turn, and than a buffer holds. */
#define MESSAGES	100

static struct nflua_ctx *ctx;

static void check(int ret)
{
	if (ret)
		errx(1, "%s", nflua_errmsg(ctx));
}

static int64_t load_once(const char *script, size_t len)
{
	int64_t begun, spent;

	check(nflua_create(ctx, "bench", NULL, NULL, 0, NULL, NULL));
	begun = now();
	check(nflua_load(ctx, "bench", 0, script, len, NULL, NULL));
	spent = now() - begun;
	check(nflua_destroy(ctx, "bench", false));
	return spent;
}

static void measure_load(const char *path, int rounds)
{
	static int64_t times[ROUNDS_MAX];
	char *script;
	size_t len;
	int i;

	check(nflua_read_script(ctx, path, -1, &script, &len));
	load_once(script, len);
	for (i = 0; i < rounds; i++)
		times[i] = load_once(script, len);
	free(script);
	sort_times(times, rounds);
	printf("%lld\n", (long long)times[rounds / 2]);
}

static void create_all(int count)
{
	char name[32];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "state-%d", i);
		check(nflua_create(ctx, name, NULL, NULL, 0, NULL, NULL));
	}
}

static void destroy_all(const struct nflua_list *list)
{
	size_t i, count = nflua_list_count(list);
	const struct nflua_state *state;

	for (i = 0; i < count; i++) {
		state = nflua_list_state(list, i);
		check(nflua_destroy(ctx, nflua_state_name(state), false));
	}
}

static void measure_states(int count)
{
	struct nflua_list *list;
	int64_t t[4];

	t[0] = now();
	create_all(count);
	t[1] = now();
	check(nflua_list(ctx, &list));
	t[2] = now();
	if (nflua_list_count(list) != (size_t)count)
		errx(1, "%zu states are listed", nflua_list_count(list));
	destroy_all(list);
	t[3] = now();
	nflua_list_free(list);
	printf("%lld %lld %lld\n", (long long)(t[1] - t[0]),
	       (long long)(t[2] - t[1]), (long long)(t[3] - t[2]));
}

/* Returns the time of running the loop @count times, in nanoseconds. */
static int64_t send_once(int count)
{
	char code[32];
	int64_t begun;

	snprintf(code, sizeof(code), "send(%d)", count);
	begun = now();
	check(nflua_eval(ctx, "bench", code, NULL, NULL));
	return now() - begun;
}

static void read_all(struct nflua_channel *channel, int count)
{
	const struct nflua_message *message;

	for (; count; count--)
		if (nflua_channel_receive(channel, 1000, &message))
			errx(1, "%s", nflua_channel_errmsg(channel));
}

static void measure_messages(int size, int rounds)
{
	static int64_t times[ROUNDS_MAX];
	struct nflua_channel *channel;
	char script[256];
	int64_t empty;
	int i;

	check(nflua_channel_open(ctx, &channel));
	snprintf(script, sizeof(script), "local text = ('x'):rep(%d) "
		 "function send(n) for i = 1, n do "
		 "assert(nf.netlink(%u, 0, text)) end end", size,
		 nflua_channel_port(channel));
	check(nflua_create(ctx, "bench", NULL, script, strlen(script), NULL, NULL));
	for (i = 0; i < rounds; i++) {
		empty = send_once(0);
		times[i] = (send_once(MESSAGES) - empty) / MESSAGES;
		read_all(channel, MESSAGES);
	}
	check(nflua_destroy(ctx, "bench", false));
	nflua_channel_close(channel);
	sort_times(times, rounds);
	printf("%lld\n", (long long)times[rounds / 2]);
}

static void take_priority(void)
{
	struct sched_param param = { .sched_priority = 10 };

	if (sched_setscheduler(0, SCHED_FIFO, &param) < 0)
		err(1, "sched_setscheduler");
}

int main(int argc, char **argv)
{
	int rounds = argc == 4 ? atoi(argv[3]) : 0;
	int count = argc == 3 ? atoi(argv[2]) : 0;

	take_priority();
	check(nflua_open(&ctx, NULL));
	if (rounds > 0 && rounds <= ROUNDS_MAX && strcmp(argv[1], "load") == 0)
		measure_load(argv[2], rounds);
	else if (rounds > 0 && rounds <= ROUNDS_MAX && strcmp(argv[1], "messages") == 0)
		measure_messages(atoi(argv[2]), rounds);
	else if (count > 0 && strcmp(argv[1], "states") == 0)
		measure_states(count);
	else
		errx(2, "usage: control load FILE ROUNDS | control states COUNT | control messages SIZE ROUNDS");
	nflua_close(ctx);
	return 0;
}
