// SPDX-License-Identifier: GPL-2.0-or-later
/* Uses channels and messages as programs of users do; see channels.test.sh. */
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

/* Runs a script that is formatted as by printf(). Returns its integer result, or -1. */
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

	ok(!nflua_channel_open(ctx, &ch) && ch, "nflua_channel_open() opens a channel");
	return ch;
}

static void arguments(void)
{
	struct nflua_channel *ch = open_channel();
	const struct nflua_message *m;
	static char most[NFLUA_MESSAGE_MAX + 1];

	ok(nflua_channel_open(NULL, &ch) == -EINVAL,
	   "nflua_channel_open() without a context is refused");
	ok(nflua_channel_open(ctx, NULL) == -EINVAL,
	   "nflua_channel_open() without a place for the channel is refused");
	ok(nflua_channel_join(ch, 32) == -EINVAL &&
	   strstr(nflua_channel_errmsg(ch), "0 to 31"), "joining group 32 is refused");
	ok(nflua_channel_leave(ch, 32) == -EINVAL, "leaving group 32 is refused");
	ok(nflua_channel_receive(ch, 0, NULL) == -EINVAL,
	   "nflua_channel_receive() without a place for the message is refused");
	ok(nflua_channel_receive(ch, 0, &m) == -EAGAIN && !m,
	   "nflua_channel_receive() returns -EAGAIN when there is no message");
	ok(nflua_channel_receive(ch, 30, &m) == -EAGAIN && !m,
	   "nflua_channel_receive() returns -EAGAIN after 30 ms without a message");
	ok(nflua_channel_set_buffer(ch, 1ull << 31) == -EINVAL,
	   "a channel's buffer of 2 GiB is refused");
	ok(nflua_channel_buffer(ch) >= 32 << 20,
	   "a channel's buffer has at least 32 MiB by default");
	ok(!nflua_channel_set_buffer(ch, 64 << 10) &&
	   nflua_channel_buffer(ch) == 64 << 10, "a channel's buffer can be set to 64 KiB");
	ok(nflua_channel_send(ch, NULL, "x", 1, NULL) == -EINVAL,
	   "nflua_channel_send() without a state's name is refused");
	ok(nflua_channel_send(ch, "ch", NULL, 1, NULL) == -EINVAL,
	   "nflua_channel_send() without a payload is refused");
	ok(nflua_channel_send(ch, "ch", most, sizeof(most), NULL) == -E2BIG,
	   "nflua_channel_send() of too long a message is refused");
	ok(nflua_send(ctx, "ch", most, sizeof(most), NULL) == -E2BIG,
	   "nflua_send() of too long a message is refused");
	ok(nflua_send(ctx, "none", "x", 1, NULL) == -ENOENT,
	   "nflua_send() to a state that does not exist is refused");
	ok(nflua_send(ctx, "ch", "x", 1, NULL) == -ENOTCONN &&
	   strstr(nflua_errmsg(ctx), "no message handler"),
	   "nflua_send() to a state without a handler is refused");
	nflua_channel_close(ch);
	nflua_channel_close(NULL);
	ok(nflua_channel_port(NULL) == 0 && !nflua_message_state(NULL),
	   "nflua_channel_port() and nflua_message_state() accept NULL");
}

static void receiving(void)
{
	struct nflua_channel *ch = open_channel(), *other = open_channel();
	uint32_t port = nflua_channel_port(ch);

	ok(port && port != nflua_channel_port(other), "two channels have different ports");
	ok(!is_ready(ch), "a new channel is not readable");
	ok(lua("nf.netlink(%u, 0, 'hello')", port) == 5 && is_ready(ch),
	   "a message to its port makes a channel readable");
	ok(is_message(next(ch, -1), "hello", -1, 1, 0),
	   "a channel receives the message to its port");
	ok(!is_ready(ch), "a channel is not readable after its only message was received");
	ok(!nflua_channel_join(ch, 0) && !nflua_channel_join(ch, 31) &&
	   !nflua_channel_join(ch, 31), "a channel joins two groups, one of them twice");
	ok(lua("nf.netlink(0, 1 << 31 | 1, '')") == 0,
	   "a script sends an empty message to two groups");
	ok(is_message(next(ch, 1000), "", 0, 1, 0), "a channel receives the message to group 0");
	ok(is_message(next(ch, 0), "", 31, 1, 0), "a channel receives the message to group 31");
	ok(!nflua_channel_leave(ch, 0), "a channel leaves group 0");
	lua("nf.netlink(0, 1, 'x')");
	lua("nf.netlink(0, 1 << 31, 'y')");
	ok(is_message(next(ch, 1000), "y", 31, 2, 0),
	   "a channel that left group 0 receives only messages to group 31");
	lua("timer.create(50, function() nf.netlink(%u, 0, 'later') end)", port);
	ok(is_message(next(ch, 10000), "later", -1, 2, 0),
	   "nflua_channel_receive() waits for a message");
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
	ok(nflua_channel_receive(ch, -1, &m) == -EINTR,
	   "a signal ends nflua_channel_receive() with -EINTR");
	pthread_join(other, NULL);
	nflua_channel_close(ch);
}

/* Reads all messages. Returns how many were lost, or -1 if one has a wrong number. */
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
	   "a channel with a full buffer keeps the first messages");
	ok(overruns == 1, "a channel with a full buffer reports -ENOBUFS once");
	got = last;
	lua("nf.netlink(0, 16, 'x')");
	ok(drain(ch, &last, &overruns) == 500 - got,
	   "the message after a loss says how many were lost");
	ok(last == 501 && overruns == 1, "a loss is not reported again after the next message");
	lua("for i = 1, 500 do nf.netlink(0, 16, ('x'):rep(100)) end");
	ok(drain(ch, &last, &overruns) == 0 && overruns == 2,
	   "a channel reports -ENOBUFS again when its buffer is full again");
	nflua_channel_close(ch);
}

/* The script sends an answer and many other messages before the acknowledgement. */
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
	   nflua_result_kind(result) == NFLUA_KIND_NONE,
	   "nflua_channel_send() succeeds when the handler sends messages");
	nflua_result_free(result);
	ok(is_ready(ch), "a channel is readable when messages came during nflua_channel_send()");
	for (i = 1; i <= 100; i++)
		good &= is_message(next(ch, 0), "beside", 2, i, 0);
	ok(good, "messages that came during nflua_channel_send() are received in order");
	snprintf(want, sizeof(want), "%u ask", nflua_channel_port(ch));
	ok(is_message(next(ch, 0), want, -1, 1, 0), "the handler's answer is received after them");
	ok(!is_ready(ch), "a channel is not readable after the handler's answer");
	for (i = 0; i < 20; i++)
		good &= !nflua_channel_send(ch, "ch", "", 0, NULL);
	for (i = 0; i < 20 * 101; i++)
		good &= !!next(ch, 0);
	ok(good && !next(ch, 0), "all messages of 20 calls of nflua_channel_send() are received");
	ok(!nflua_send(ctx, "ch", "x", 1, NULL),
	   "nflua_send() succeeds when the handler answers to the context");
	ok(lua("6 * 7") == 42, "a context still works after messages came to it");
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
	   strstr(nflua_channel_errmsg(ch), "why"),
	   "nflua_channel_send() returns the error of the handler");
	nflua_result_free(result);
	ok(nflua_send(ctx, "ch", "loop", 4, &result) == -ETIME &&
	   nflua_result_kind(result) == NFLUA_KIND_BUDGET,
	   "nflua_send() returns -ETIME when the handler exceeds its budget");
	nflua_result_free(result);
	nflua_channel_close(ch);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Sends requests on a socket that is or was full. It must still have room for the answer. */
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
	   "a channel whose buffer was full can send");
	for (i = 2; (m = next(ch, 0)) && nflua_message_seq(m) == (unsigned int)i; i++)
		;
	ok(i > 2 && !m, "a channel whose buffer was full still has its first messages");
	nflua_channel_close(ch);
	for (i = 0; i < 20000; i++)
		nflua_interrupt(ctx);
	ok(lua("1") == 1 && lua("2") == 2,
	   "a context works after 20000 calls of nflua_interrupt() without a request");
	lua("port = nil nf.receive(function(p) port = p end)");
	nflua_send(ctx, "ch", "x", 1, NULL);
	lua("for i = 1, 400 do nf.netlink(port, 0, ('x'):rep(65000)) end");
	for (i = 0; i < 4; i++)
		good &= lua("6 * 7") == 42;
	ok(good, "messages to a context do not keep out the answers to its requests");
}

/* Keeps the reader from reading. */
static void on_alarm(int sig)
{
	(void)sig;
	usleep(290000);
}

/* The answer itself is lost. The caller is told in the end, even when signals arrive. */
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
	ok(err == -ENOBUFS && begun > 5 && begun < 30,
	   "nflua_send() returns -ENOBUFS when its answer is lost");
	ok(lua("done") == 1 && lua("3") == 3,
	   "a context still works after an answer was lost, and the handler has run");
}

/* A channel is in the namespace of its context, not in that of the thread. */
static void elsewhere(const char *netns)
{
	struct nflua_ctx *here = ctx;
	struct nflua_channel *ch = NULL;

	ok(!nflua_open(&ctx, netns), "nflua_open() opens a context in another namespace");
	ok(!nflua_create(ctx, "ch", NULL, NULL, 0, NULL, NULL),
	   "a context in another namespace creates a state");
	ok(!nflua_channel_open(ctx, &ch) && !nflua_channel_join(ch, 0),
	   "a context in another namespace opens a channel");
	ok(lua("nf.netlink(0, 1, 'there')") == 5, "a script in another namespace sends a message");
	ok(is_message(next(ch, 1000), "there", 0, 1, 0),
	   "a channel receives a message from its own namespace");
	nflua_close(ctx);
	ctx = here;
	lua("nf.netlink(0, 1, 'here')");
	ok(!next(ch, 0), "a channel receives no message from the thread's namespace");
	nflua_channel_close(ch);
}

int main(int argc, char **argv)
{
	struct nflua_options *options = nflua_options_new();

	/* A debug kernel is slow. */
	nflua_options_set_budget(options, 1000000);
	ok(!nflua_open(&ctx, NULL), "nflua_open() opens a context");
	ok(!nflua_create(ctx, "ch", options, NULL, 0, NULL, NULL),
	   "nflua_create() creates the state ch");
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
	ok(!nflua_destroy(ctx, "ch", false), "nflua_destroy() destroys the state ch");
	nflua_close(ctx);
	printf("1..%d\n", count);
	return failures != 0;
}
