// SPDX-License-Identifier: GPL-2.0-or-later
/* Channels and messages as users of the library have them; see channels.test.sh. */
#include <errno.h>
#include <nflua/nflua.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int failures, count;
static struct nflua_ctx *ctx;

static void ok(int good, const char *name)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, name);
	if (!good) {
		printf("# %s\n", nflua_errmsg(ctx));
		failures++;
	}
}

/* Runs a chunk, made as by printf(); the integer that it returns, or -1. */
static long long __attribute__((format(printf, 1, 2))) lua(const char *fmt, ...)
{
	struct nflua_result *result = NULL;
	long long n = -1;
	char code[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(code, sizeof(code), fmt, ap);
	va_end(ap);
	if (nflua_eval(ctx, "ch", code, NULL, &result))
		printf("# %s\n", nflua_errmsg(ctx));
	else if (nflua_result_type(result, 0) == NFLUA_TYPE_INTEGER)
		n = nflua_result_integer(result, 0);
	nflua_result_free(result);
	return n;
}

static int is_message(const struct nflua_message *m, const char *payload,
		      int group, uint32_t seq, uint64_t lost)
{
	size_t len = 0;
	const char *got = nflua_message_payload(m, &len);

	if (m && len == strlen(payload) && !memcmp(got, payload, len) &&
	    nflua_message_group(m) == group && nflua_message_seq(m) == seq &&
	    nflua_message_lost(m) == lost &&
	    !strcmp(nflua_message_state(m), "ch"))
		return 1;
	printf("# got '%.*s', group %d, number %u, lost %llu\n", (int)len, got,
	       nflua_message_group(m), nflua_message_seq(m),
	       (unsigned long long)nflua_message_lost(m));
	return 0;
}

static const struct nflua_message *next(struct nflua_channel *ch, int timeout)
{
	const struct nflua_message *m;
	int err = nflua_channel_receive(ch, timeout, &m);

	if (err)
		printf("# %d: %s\n", err, nflua_channel_errmsg(ch));
	return m;
}

static int is_ready(struct nflua_channel *ch)
{
	struct pollfd p = { .fd = nflua_channel_fd(ch), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static struct nflua_channel *open_channel(void)
{
	struct nflua_channel *ch = NULL;

	ok(!nflua_channel_open(ctx, &ch) && ch, "a channel");
	return ch;
}

static void arguments(void)
{
	struct nflua_channel *ch = open_channel();
	const struct nflua_message *m;
	static char most[NFLUA_MESSAGE_MAX + 1];

	ok(nflua_channel_open(NULL, &ch) == -EINVAL, "no context");
	ok(nflua_channel_open(ctx, NULL) == -EINVAL, "nowhere to put it");
	ok(nflua_channel_join(ch, 32) == -EINVAL &&
	   strstr(nflua_channel_errmsg(ch), "0 to 31"), "group 32");
	ok(nflua_channel_leave(ch, 32) == -EINVAL, "nor can it be left");
	ok(nflua_channel_receive(ch, 0, NULL) == -EINVAL, "no place for a message");
	ok(nflua_channel_receive(ch, 0, &m) == -EAGAIN && !m, "there is none");
	ok(nflua_channel_receive(ch, 30, &m) == -EAGAIN && !m, "nor in 30 ms");
	ok(nflua_channel_set_buffer(ch, 1ull << 31) == -EINVAL, "too large a buffer");
	ok(nflua_channel_buffer(ch) >= 32 << 20, "a large one by default");
	ok(!nflua_channel_set_buffer(ch, 64 << 10) &&
	   nflua_channel_buffer(ch) == 64 << 10, "a small one");
	ok(nflua_channel_send(ch, NULL, "x", 1, NULL) == -EINVAL, "no name");
	ok(nflua_channel_send(ch, "ch", NULL, 1, NULL) == -EINVAL, "no payload");
	ok(nflua_channel_send(ch, "ch", most, sizeof(most), NULL) == -E2BIG,
	   "too long");
	ok(nflua_send(ctx, "ch", most, sizeof(most), NULL) == -E2BIG, "also there");
	ok(nflua_send(ctx, "none", "x", 1, NULL) == -ENOENT, "no such state");
	ok(nflua_send(ctx, "ch", "x", 1, NULL) == -ENOTCONN &&
	   strstr(nflua_errmsg(ctx), "no message handler"), "no handler");
	nflua_channel_close(ch);
	nflua_channel_close(NULL);
	ok(nflua_channel_port(NULL) == 0 && !nflua_message_state(NULL), "NULL");
}

static void receiving(void)
{
	struct nflua_channel *ch = open_channel(), *other = open_channel();
	uint32_t port = nflua_channel_port(ch);

	ok(port && port != nflua_channel_port(other), "ports differ");
	ok(!is_ready(ch), "nothing to read");
	ok(lua("nf.netlink(%u, 0, 'hello')", port) == 5 && is_ready(ch), "a message");
	ok(is_message(next(ch, -1), "hello", -1, 1, 0), "to the port");
	ok(!is_ready(ch), "was all");
	ok(!nflua_channel_join(ch, 0) && !nflua_channel_join(ch, 31) &&
	   !nflua_channel_join(ch, 31), "groups");
	ok(lua("nf.netlink(0, 1 << 31 | 1, '')") == 0, "an empty message");
	ok(is_message(next(ch, 1000), "", 0, 1, 0), "to the first");
	ok(is_message(next(ch, 0), "", 31, 1, 0), "and to the last");
	ok(!nflua_channel_leave(ch, 0), "leave one");
	lua("nf.netlink(0, 1, 'x')");
	lua("nf.netlink(0, 1 << 31, 'y')");
	ok(is_message(next(ch, 1000), "y", 31, 2, 0), "the other goes on");
	lua("timer.create(50, function() nf.netlink(%u, 0, 'later') end)", port);
	ok(is_message(next(ch, 10000), "later", -1, 2, 0), "one that is waited for");
	nflua_channel_close(other);
	nflua_channel_close(ch);
}

static void *alarm_soon(void *thread)
{
	usleep(200000);
	pthread_kill(*(pthread_t *)thread, SIGUSR1);
	return NULL;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct nflua_channel *ch = open_channel();
	pthread_t self = pthread_self(), other;
	const struct nflua_message *m;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&other, NULL, alarm_soon, &self);
	ok(nflua_channel_receive(ch, -1, &m) == -EINTR, "a signal ends the waiting");
	pthread_join(other, NULL);
	nflua_channel_close(ch);
}

/* Reads all there is; the sum of what is missing, or -1 for a wrong number. */
static long long drain(struct nflua_channel *ch, uint32_t *last, int *overruns)
{
	const struct nflua_message *m;
	long long lost = 0;
	int err;

	while ((err = nflua_channel_receive(ch, 0, &m)) != -EAGAIN) {
		if (err == -ENOBUFS) {
			++*overruns;
			continue;
		}
		if (err || nflua_message_seq(m) != *last + 1 + nflua_message_lost(m))
			return -1;
		*last = nflua_message_seq(m);
		lost += nflua_message_lost(m);
	}
	return lost;
}

static void losing(void)
{
	struct nflua_channel *ch = open_channel();
	uint32_t last = 0, got;
	int overruns = 0;

	nflua_channel_set_buffer(ch, 32 << 10);
	nflua_channel_join(ch, 4);
	lua("for i = 1, 500 do nf.netlink(0, 16, ('x'):rep(100)) end");
	ok(drain(ch, &last, &overruns) == 0 && last > 1 && last < 500,
	   "some arrive");
	ok(overruns == 1, "that others do not is told, once");
	got = last;
	lua("nf.netlink(0, 16, 'x')");
	ok(drain(ch, &last, &overruns) == 500 - got, "the next one says how many");
	ok(last == 501 && overruns == 1, "and is the last");
	lua("for i = 1, 500 do nf.netlink(0, 16, ('x'):rep(100)) end");
	ok(drain(ch, &last, &overruns) == 0 && overruns == 2, "again");
	nflua_channel_close(ch);
}

/* A script answers, and sends much besides, before the acknowledgement. */
static void asking(void)
{
	struct nflua_channel *ch = open_channel();
	struct nflua_result *result = NULL;
	char want[64];
	int i, good = 1;

	nflua_channel_join(ch, 2);
	lua("nf.receive(function(port, payload) "
	    "for i = 1, 100 do nf.netlink(0, 4, 'beside') end "
	    "nf.netlink(port, 0, port .. ' ' .. payload) end)");
	ok(!nflua_channel_send(ch, "ch", "ask", 3, &result) && result &&
	   nflua_result_kind(result) == NFLUA_KIND_NONE, "send");
	nflua_result_free(result);
	ok(is_ready(ch), "what came meanwhile can be read");
	for (i = 1; i <= 100; i++)
		good &= is_message(next(ch, 0), "beside", 2, i, 0);
	ok(good, "in order");
	snprintf(want, sizeof(want), "%u ask", nflua_channel_port(ch));
	ok(is_message(next(ch, 0), want, -1, 1, 0), "and the answer");
	ok(!is_ready(ch), "no more");
	for (i = 0; i < 20; i++)
		good &= !nflua_channel_send(ch, "ch", "", 0, NULL);
	for (i = 0; i < 20 * 101; i++)
		good &= !!next(ch, 0);
	ok(good && !next(ch, 0), "twenty times");
	ok(!nflua_send(ctx, "ch", "x", 1, NULL), "a context does not mind");
	ok(lua("6 * 7") == 42, "what comes to it");
	nflua_channel_close(ch);
}

static void failing(void)
{
	struct nflua_channel *ch = open_channel();
	struct nflua_result *result = NULL;

	lua("nf.receive(function(_, p) if p == 'loop' then while true do end end error(p) end)");
	ok(nflua_channel_send(ch, "ch", "why", 3, &result) == -ECANCELED &&
	   nflua_result_kind(result) == NFLUA_KIND_RUNTIME &&
	   strstr(nflua_result_error(result), "why") &&
	   nflua_result_traceback(result) &&
	   strstr(nflua_channel_errmsg(ch), "why"), "an error of the handler");
	nflua_result_free(result);
	ok(nflua_send(ctx, "ch", "loop", 4, &result) == -ETIME &&
	   nflua_result_kind(result) == NFLUA_KIND_BUDGET, "one that does not end");
	nflua_result_free(result);
	nflua_channel_close(ch);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* A request on a socket that is full, or was: it would keep out the answer, too. */
static void full(void)
{
	struct nflua_channel *ch = open_channel();
	const struct nflua_message *m;
	int i, good = 1;

	nflua_channel_set_buffer(ch, 256 << 10);
	nflua_channel_join(ch, 5);
	lua("nf.receive(function() end) "
	    "for i = 1, 500 do nf.netlink(0, 32, ('x'):rep(10000)) end");
	ok(next(ch, 0) && !nflua_channel_send(ch, "ch", "x", 1, NULL),
	   "a channel that was full can send");
	for (i = 2; (m = next(ch, 0)) && nflua_message_seq(m) == (unsigned int)i; i++)
		;
	ok(i > 2 && !m, "what it had is there");
	nflua_channel_close(ch);
	for (i = 0; i < 20000; i++)
		nflua_interrupt(ctx);
	ok(lua("1") == 1 && lua("2") == 2, "interrupts of nothing are nothing");
	lua("port = nil nf.receive(function(p) port = p end)");
	nflua_send(ctx, "ch", "x", 1, NULL);
	lua("for i = 1, 400 do nf.netlink(port, 0, ('x'):rep(65000)) end");
	for (i = 0; i < 4; i++)
		good &= lua("6 * 7") == 42;
	ok(good, "what scripts send to a context keeps no answer out");
}

/* Keeps the reader from reading. */
static void on_alarm(int sig)
{
	(void)sig;
	usleep(290000);
}

/* The answer itself is lost: that is told in the end, signals or not. */
static void unanswered(void)
{
	const struct itimerval often = { { 0, 300000 }, { 0, 1000 } }, never = { 0 };
	struct sigaction action = { .sa_handler = on_alarm }, old;
	double begun;
	int err;

	lua("nf.receive(function(p) "
	    "for i = 1, 60 do nf.netlink(p, 0, ('x'):rep(65000)) end done = 1 end)");
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	begun = now();
	err = nflua_send(ctx, "ch", "x", 1, NULL);
	begun = now() - begun;
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	printf("# %d after %.1f s\n", err, begun);
	ok(err == -ENOBUFS && begun > 5 && begun < 30, "that an answer is lost is told");
	ok(lua("done") == 1 && lua("3") == 3, "the handler has run, and all goes on");
}

/* The channel is where the context is, wherever the thread is. */
static void elsewhere(const char *netns)
{
	struct nflua_ctx *here = ctx;
	struct nflua_channel *ch = NULL;

	ok(!nflua_open(&ctx, netns), "a context elsewhere");
	ok(!nflua_create(ctx, "ch", NULL, NULL, 0, NULL, NULL), "its state");
	ok(!nflua_channel_open(ctx, &ch) && !nflua_channel_join(ch, 0), "its channel");
	ok(lua("nf.netlink(0, 1, 'there')") == 5, "a message there");
	ok(is_message(next(ch, 1000), "there", 0, 1, 0), "arrives");
	nflua_close(ctx);
	ctx = here;
	lua("nf.netlink(0, 1, 'here')");
	ok(!next(ch, 0), "one of here does not");
	nflua_channel_close(ch);
}

int main(int argc, char **argv)
{
	struct nflua_options *options = nflua_options_new();

	/* A kernel that checks everything is slow. */
	nflua_options_set_budget(options, 1000000);
	ok(!nflua_open(&ctx, NULL), "open");
	ok(!nflua_create(ctx, "ch", options, NULL, 0, NULL, NULL), "create");
	nflua_options_free(options);
	arguments();
	receiving();
	interrupted();
	losing();
	asking();
	failing();
	full();
	unanswered();
	if (argc > 1)
		elsewhere(argv[1]);
	ok(!nflua_destroy(ctx, "ch", false), "destroy");
	nflua_close(ctx);
	printf("1..%d\n", count);
	return failures != 0;
}
