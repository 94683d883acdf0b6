// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests completion, dry runs and watches of the library; see watching.test.sh. */
#include <errno.h>
#include <nflua/nflua.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static void load(const char *name, unsigned int flags, const char *code)
{
	if (nflua_load(ctx, name, flags, code, strlen(code), NULL, NULL))
		printf("# %s\n", nflua_errmsg(ctx));
}

/* Returns whether @prefix is completed to these names, which are separated by blanks. */
static int names_are(const char *prefix, const char *want)
{
	struct nflua_result *result = NULL;
	char got[1000] = "";
	size_t i;

	if (nflua_complete(ctx, "w", prefix, &result))
		return 0;
	for (i = 0; i < nflua_result_count(result); i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
			 i ? " " : "", nflua_result_string(result, i, NULL));
	nflua_result_free(result);
	if (strcmp(got, want) != 0)
		printf("# got '%s'\n", got);
	return strcmp(got, want) == 0;
}

static void completion(void)
{
	struct nflua_result *result = NULL;
	char prefix[1025];

	load("w", 0, "t = setmetatable({zeta = 1, alpha = 1, both = 1}, "
		     "{__index = {both = 2, mu = print}})");
	ok(names_are("t.", "alpha both mu zeta"),
	   "nflua_complete() returns each name once, sorted");
	ok(names_are("t:", "mu"), "nflua_complete() returns only functions after a colon");
	ok(names_are("t.nothing", ""), "nflua_complete() returns nothing when no name fits");
	memset(prefix, 'x', 1024);
	prefix[1024] = '\0';
	ok(nflua_complete(ctx, "w", prefix, &result) == -E2BIG && !result,
	   "nflua_complete() of a prefix of 1024 bytes returns -E2BIG");
	ok(nflua_complete(ctx, "w", NULL, &result) == -EINVAL,
	   "nflua_complete() without a prefix is refused");
	ok(nflua_complete(ctx, "w", "", NULL) == -EINVAL,
	   "nflua_complete() without a place for the result is refused");
	ok(nflua_complete(ctx, "none", "", &result) == -ENOENT && !result,
	   "nflua_complete() in a state that does not exist returns -ENOENT");
}

/* UDP from 192.0.2.1 to 192.0.2.2, port 53, with "hello". */
static const unsigned char datagram[] = {
	0x45, 0, 0, 33, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
	4, 87, 0, 53, 0, 13, 0, 0, 'h', 'e', 'l', 'l', 'o',
};

static const struct nflua_packet packet = { .data = datagram, .len = sizeof(datagram) };

static void *interrupt_soon(void *arg)
{
	usleep(200000);
	nflua_interrupt(arg);
	return NULL;
}

static void trials(void)
{
	static const unsigned char frame[14] = { [12] = 8 };
	struct nflua_packet whole = packet, bad = packet;
	struct nflua_trial *trial = NULL;
	pthread_t thread;
	char name[65];
	size_t len;

	load("w", 0, "n = 0 function f(frame, packet) n = n + 1 print(#frame, packet.hook) "
		     "nf.reply('udp', 'answer') nf.netlink(0, 1, 'note') "
		     "return tostring(packet.payload) == 'hello' end "
		     "function endless() for i = 1, 100 do end end "
		     "function fails() error('on purpose') end");
	ok(!nflua_run(ctx, "w", "f", &packet, NFLUA_HOOK_FORWARD, 3, &trial),
	   "nflua_run() makes a dry run of three calls");
	ok(nflua_trial_calls(trial) == 3 &&
	   nflua_trial_count(trial, NFLUA_VERDICT_MATCH) == 3 &&
	   nflua_trial_count(trial, NFLUA_VERDICT_NO_MATCH) == 0,
	   "a dry run counts its calls and their verdicts");
	ok(nflua_trial_time_ns(trial) > 0, "a dry run returns the time of its calls");
	ok(!strcmp(nflua_result_output(nflua_trial_result(trial), NULL),
		   "0\tFORWARD\n0\tFORWARD\n0\tFORWARD\n"),
	   "a dry run returns the output of its calls");
	ok(nflua_trial_packets(trial) == 3 && nflua_trial_packet(trial, 2, &len) &&
	   len == 34 && !nflua_trial_packet(trial, 3, NULL),
	   "a dry run returns the packets that its calls send");
	ok(nflua_trial_messages(trial) == 3 &&
	   !memcmp(nflua_trial_message(trial, 0, &len), "note", 4) && len == 4,
	   "a dry run returns the messages that its calls send");
	nflua_trial_free(trial);
	whole.frame = frame;
	whole.frame_len = sizeof(frame);
	ok(!nflua_run(ctx, "w", "f", &whole, NFLUA_HOOK_INPUT, 1, &trial) &&
	   !strcmp(nflua_result_output(nflua_trial_result(trial), NULL), "14\tINPUT\n"),
	   "a dry run gives the frame to the function");
	nflua_trial_free(trial);
	ok(!nflua_run(ctx, "w", "fails", &packet, NFLUA_HOOK_INPUT, 2, &trial) &&
	   nflua_trial_count(trial, NFLUA_VERDICT_ERROR) == 2 &&
	   nflua_result_kind(nflua_trial_result(trial)) == NFLUA_KIND_RUNTIME &&
	   strstr(nflua_result_error(nflua_trial_result(trial)), "on purpose"),
	   "a dry run counts calls that fail and returns their error");
	nflua_trial_free(trial);
	pthread_create(&thread, NULL, interrupt_soon, ctx);
	ok(nflua_run(ctx, "w", "endless", &packet, NFLUA_HOOK_INPUT, 10000000, &trial) ==
	   -EINTR && !trial, "nflua_interrupt() ends a dry run with -EINTR");
	pthread_join(thread, NULL);
	memset(name, 'f', 64);
	name[64] = '\0';
	ok(nflua_run(ctx, "w", name, &packet, 0, 1, &trial) == -E2BIG,
	   "nflua_run() of a function name of 64 bytes returns -E2BIG");
	ok(nflua_run(ctx, "w", NULL, &packet, 0, 1, &trial) == -EINVAL,
	   "nflua_run() without a function is refused");
	ok(nflua_run(ctx, "w", "f", NULL, 0, 1, &trial) == -EINVAL,
	   "nflua_run() without a packet is refused");
	ok(nflua_run(ctx, "w", "f", &packet, 0, 0, &trial) == -EINVAL,
	   "nflua_run() of 0 calls is refused");
	ok(nflua_run(ctx, "w", "f", &packet, 9, 1, &trial) == -EINVAL,
	   "nflua_run() at a hook that does not exist is refused");
	ok(nflua_run(ctx, "none", "f", &packet, 0, 1, &trial) == -ENOENT,
	   "nflua_run() in a state that does not exist returns -ENOENT");
	bad.len--;
	ok(nflua_run(ctx, "w", "f", &bad, 0, 1, &trial) == -EINVAL &&
	   strstr(nflua_errmsg(ctx), "not a complete, valid"),
	   "nflua_run() with a packet cut short is refused");
	bad.len = 70000;
	ok(nflua_run(ctx, "w", "f", &bad, 0, 1, &trial) == -E2BIG,
	   "nflua_run() with a packet of 70000 bytes returns -E2BIG");
	ok(!strcmp(nflua_verdict_name(NFLUA_VERDICT_NO_MATCH), "no match") &&
	   !nflua_verdict_name(NFLUA_VERDICTS) && !nflua_verdict_name(-1),
	   "nflua_verdict_name() returns the name of a verdict, and NULL for other numbers");
}

static int is_event(struct nflua_watch *watch, enum nflua_event_type type,
		    const struct nflua_event **out)
{
	int err = nflua_watch_receive(watch, 20000, out);

	if (err)
		printf("# %s\n", nflua_watch_errmsg(watch));
	else if (nflua_event_type(*out) != type)
		printf("# an event of type %d\n", nflua_event_type(*out));
	return !err && nflua_event_type(*out) == type;
}

static void watching(void)
{
	const struct nflua_event *event = NULL;
	struct nflua_watch *watch = NULL;
	uint32_t seq;

	ok(!nflua_watch_open(ctx, &watch), "nflua_watch_open() opens a watch");
	ok(nflua_watch_receive(watch, 0, &event) == -EAGAIN && !event,
	   "nflua_watch_receive() returns -EAGAIN when there is no event");
	ok(nflua_watch_receive(watch, 50, &event) == -EAGAIN,
	   "nflua_watch_receive() returns -EAGAIN after 50 ms without an event");
	ok(!nflua_create(ctx, "e", NULL, NULL, 0, NULL, NULL),
	   "nflua_create() creates the state e");
	ok(is_event(watch, NFLUA_EVENT_CREATED, &event) &&
	   !strcmp(nflua_event_state(event), "e") &&
	   nflua_state_maxalloc(nflua_event_figures(event)) == 32 << 20 &&
	   !nflua_event_result(event), "creating a state is an event with its figures");
	seq = nflua_event_seq(event);
	load("e", NFLUA_LOAD_REPLACE, "");
	ok(is_event(watch, NFLUA_EVENT_REPLACED, &event) &&
	   nflua_event_seq(event) == seq + 1 && !nflua_event_lost(event),
	   "replacing a state is an event with the next number");
	load("e", 0, "timer.create(0, function() print('tick') error('tock') end)");
	ok(is_event(watch, NFLUA_EVENT_PRINT, &event) &&
	   !strcmp(nflua_result_output(nflua_event_result(event), NULL), "tick\n") &&
	   !nflua_event_figures(event), "print in a timer is an event with the output");
	ok(is_event(watch, NFLUA_EVENT_ERROR, &event) &&
	   !strcmp(nflua_event_function(event), "timer") &&
	   nflua_result_kind(nflua_event_result(event)) == NFLUA_KIND_RUNTIME &&
	   nflua_result_traceback(nflua_event_result(event)) &&
	   !nflua_event_endpoints(event), "an error in a timer is an event without endpoints");
	load("e", 0, "function f() error('bad') end");
	(void)!system("iptables -A OUTPUT -p udp --dport 5399 -m lua --state e --function f");
	(void)!system("bash -c 'echo x >/dev/udp/127.0.0.1/5399'");
	ok(is_event(watch, NFLUA_EVENT_ERROR, &event) && nflua_event_endpoints(event) &&
	   nflua_event_endpoints(event)->protocol == 17 &&
	   !strcmp(nflua_event_endpoints(event)->source, "127.0.0.1") &&
	   nflua_event_endpoints(event)->destination_port == 5399,
	   "an error in a packet's call is an event with the packet's endpoints");
	(void)!system("iptables -F OUTPUT");
	ok(!nflua_destroy(ctx, "e", false), "nflua_destroy() destroys the state e");
	ok(is_event(watch, NFLUA_EVENT_DESTROYED, &event) &&
	   nflua_state_errors(nflua_event_figures(event)) == 2,
	   "destroying a state is an event with its last figures");
	nflua_watch_close(watch);
	nflua_watch_close(NULL);
	ok(nflua_watch_open(ctx, NULL) == -EINVAL,
	   "nflua_watch_open() without a place for the watch is refused");
}

/* Causes more events than the buffer holds. The loss is reported, and its count is right. */
static void overrun(void)
{
	const struct nflua_event *event;
	struct nflua_watch *watch = NULL;
	struct pollfd p = { .events = POLLIN };
	uint64_t got = 0, lost = 0;
	int i, err = 0, told = 0, small = 4096;

	nflua_watch_open(ctx, &watch);
	setsockopt(nflua_watch_fd(watch), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (i = 0; i < 100; i++) {
		nflua_create(ctx, "o", NULL, NULL, 0, NULL, NULL);
		nflua_destroy(ctx, "o", false);
	}
	p.fd = nflua_watch_fd(watch);
	ok(poll(&p, 1, 0) == 1, "a watch with a full buffer is readable");
	while (!err || err == -ENOBUFS) {
		err = nflua_watch_receive(watch, 0, &event);
		got += !err;
		lost += err ? 0 : nflua_event_lost(event);
		told += err == -ENOBUFS;
	}
	ok(err == -EAGAIN && told == 1 && got < 200,
	   "a watch with a full buffer reports -ENOBUFS once");
	nflua_create(ctx, "o", NULL, NULL, 0, NULL, NULL);
	err = nflua_watch_receive(watch, 20000, &event);
	lost += err ? 0 : nflua_event_lost(event);
	ok(got + lost == 200, "the event after a loss says how many were lost");
	nflua_destroy(ctx, "o", false);
	nflua_watch_close(watch);
}

/* Calls that wait for a module that is gone return an error instead of waiting on. */
static void unloaded(void)
{
	const struct nflua_message *message;
	const struct nflua_event *event;
	struct nflua_channel *channel = NULL;
	struct nflua_watch *watch = NULL;
	struct nflua_list *list = NULL;
	int err, last = 0;

	ok(!nflua_watch_open(ctx, &watch) && !nflua_channel_open(ctx, &channel) &&
	   !nflua_channel_join(channel, 0), "a watch and a channel are opened before the reload");
	ok(!nflua_create(ctx, "w", NULL, NULL, 0, NULL, NULL) &&
	   !nflua_destroy(ctx, "w", false), "two events are caused before the reload");
	ok(!system("tests/vm/common/rmmod-nflua && modprobe nflua"),
	   "the module is reloaded while a watch and a channel are open");
	for (err = 0; !err; last += !err)
		err = nflua_watch_receive(watch, 10000, &event);
	ok(err == -ENOPKG && last == 2,
	   "a watch receives the events before the reload, then -ENOPKG");
	ok(nflua_watch_receive(watch, 10000, &event) == -ENOPKG,
	   "nflua_watch_receive() returns -ENOPKG again after a reload");
	ok(nflua_channel_receive(channel, 10000, &message) == -ENOPKG,
	   "nflua_channel_receive() returns -ENOPKG after a reload");
	ok(nflua_channel_send(channel, "w", "", 0, NULL) == -ENOPKG,
	   "nflua_channel_send() returns -ENOPKG after a reload");
	ok(nflua_list(ctx, &list) == -ENOPKG &&
	   nflua_eval(ctx, "w", "1", NULL, NULL) == -ENOPKG,
	   "nflua_list() and nflua_eval() return -ENOPKG after a reload");
	nflua_list_free(list);
	nflua_channel_close(channel);
	nflua_watch_close(watch);
	nflua_close(ctx);
	ok(!nflua_open(&ctx, NULL) && !nflua_list(ctx, &list),
	   "a new context works after a reload");
	nflua_list_free(list);
}

int main(void)
{
	ok(!nflua_open(&ctx, NULL), "nflua_open() opens a context");
	ok(!nflua_create(ctx, "w", NULL, NULL, 0, NULL, NULL),
	   "nflua_create() creates the state w");
	completion();
	trials();
	watching();
	overrun();
	ok(!nflua_destroy(ctx, "w", false), "nflua_destroy() destroys the state w");
	unloaded();
	nflua_close(ctx);
	printf("1..%d\n", count);
	return failures != 0;
}
