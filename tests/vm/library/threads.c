// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs threads at once, each with a context of its own, and interrupts a context from
 * another thread. Built with ThreadSanitizer, which ends the program with a status of
 * its own when it finds a data race.
 */
#include <errno.h>
#include <nflua/nflua.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS	4
#define ROUNDS	20

static int failures, count;

struct worker {
	pthread_t thread;
	int number;
	int rounds;		/* how many went well */
	char said[300];		/* the error of the one that failed */
};

static void ok(bool good, const char *name, const char *said)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, name);
	if (!good)
		printf("# %s\n", said);
	failures += !good;
}

static long long number_of(struct nflua_ctx *ctx, const char *name, const char *code)
{
	struct nflua_result *r;
	long long n = -1;

	if (!nflua_eval(ctx, name, code, NULL, &r))
		n = nflua_result_integer(r, 0);
	nflua_result_free(r);
	return n;
}

static bool listed(struct nflua_ctx *ctx, const char *name)
{
	struct nflua_list *list = NULL;
	bool found = false;
	size_t i;

	if (!nflua_list(ctx, &list))
		for (i = 0; i < nflua_list_count(list); i++)
			found |= !strcmp(nflua_state_name(nflua_list_state(list, i)), name);
	nflua_list_free(list);
	return found;
}

/* Returns whether the script answers to the channel that sends to it. */
static bool converse(struct nflua_ctx *ctx, const char *name)
{
	struct nflua_channel *channel = NULL;
	const struct nflua_message *m;
	size_t len;
	bool good;

	good = !nflua_channel_open(ctx, &channel) &&
	       !nflua_channel_send(channel, name, name, strlen(name), NULL) &&
	       !nflua_channel_receive(channel, 10000, &m) &&
	       !strncmp(nflua_message_payload(m, &len), name, strlen(name)) &&
	       len == strlen(name) && !strcmp(nflua_message_state(m), name);
	nflua_channel_close(channel);
	return good;
}

/* Returns whether a thread sees the results of its own requests, and no others. */
static bool go_round(struct nflua_ctx *ctx, const char *name, int n)
{
	static const char script[] =
		"nf.receive(function(port, text) nf.netlink(port, 0, text) end)\n"
		"function twice(n) return 2 * n end";
	char code[40];

	snprintf(code, sizeof(code), "twice(%d)", n);
	return !nflua_create(ctx, name, NULL, script, strlen(script), NULL, NULL) &&
	       number_of(ctx, name, code) == 2 * n && listed(ctx, name) &&
	       converse(ctx, name) &&
	       nflua_eval(ctx, name, "nothing.at.all", NULL, NULL) == -ECANCELED &&
	       !nflua_destroy(ctx, name, false) && !listed(ctx, name);
}

static void *work(void *ud)
{
	struct worker *w = ud;
	struct nflua_ctx *ctx = NULL;
	char name[16];
	int err = 0;

	snprintf(name, sizeof(name), "worker%d", w->number);
	for (w->rounds = 0; w->rounds < ROUNDS; w->rounds++) {
		err = nflua_open(&ctx, NULL);
		if (err || !go_round(ctx, name, 1000 * w->number + w->rounds))
			break;
		nflua_close(ctx);
		ctx = NULL;
	}
	snprintf(w->said, sizeof(w->said), "round %d: %s", w->rounds, nflua_errmsg(ctx));
	nflua_close(ctx);
	return NULL;
}

static void at_once(void)
{
	struct worker workers[THREADS] = { 0 };
	char name[60];
	int i;

	for (i = 0; i < THREADS; i++) {
		workers[i].number = i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		snprintf(name, sizeof(name), "all %d rounds of thread %d succeed", ROUNDS, i);
		ok(workers[i].rounds == ROUNDS, name, workers[i].said);
	}
}

struct loop {
	struct nflua_ctx *ctx;
	int err;
};

static void *run_on(void *ud)
{
	struct loop *loop = ud;

	loop->err = nflua_load(loop->ctx, "loop", 0, "while true do end", 17, NULL, NULL);
	return NULL;
}

/* Interrupts until the call ends: before the request is sent, there is none to interrupt. */
static void interrupted(struct nflua_ctx *ctx)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	struct loop loop = { .ctx = ctx, .err = 1 };
	pthread_t thread;
	int left;

	if (pthread_create(&thread, NULL, run_on, &loop))
		abort();
	for (left = 600; left > 0; left--) {
		nanosleep(&pause, NULL);
		nflua_interrupt(ctx);
		if (!pthread_tryjoin_np(thread, NULL))
			break;
	}
	ok(left > 0 && loop.err == -EINTR,
	   "nflua_interrupt() ends a call of another thread with -EINTR", nflua_errmsg(ctx));
	ok(number_of(ctx, "loop", "6 * 7") == 42,
	   "a context still works after another thread interrupted it", nflua_errmsg(ctx));
}

int main(void)
{
	struct nflua_ctx *ctx;
	int i;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	at_once();
	ok(!nflua_open(&ctx, NULL) &&
	   !nflua_create(ctx, "loop", NULL, NULL, 0, NULL, NULL),
	   "the state that will be interrupted is created", nflua_errmsg(ctx));
	for (i = 0; i < 3; i++)
		interrupted(ctx);
	ok(!nflua_destroy(ctx, "loop", false), "the state that was interrupted is destroyed",
	   nflua_errmsg(ctx));
	nflua_close(ctx);
	printf("1..%d\n", count);
	return failures != 0;
}
