// SPDX-License-Identifier: GPL-2.0-or-later
/* Completion, trials and watches of the library; see watching.test.sh. */
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

/* Whether the names for @prefix are these, with blanks between them. */
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
	ok(names_are("t.", "alpha both mu zeta"), "names: sorted, each once");
	ok(names_are("t:", "mu"), "methods");
	ok(names_are("t.nothing", ""), "none");
	memset(prefix, 'x', 1024);
	prefix[1024] = '\0';
	ok(nflua_complete(ctx, "w", prefix, &result) == -E2BIG && !result, "E2BIG");
	ok(nflua_complete(ctx, "w", NULL, &result) == -EINVAL, "no prefix");
	ok(nflua_complete(ctx, "w", "", NULL) == -EINVAL, "nowhere to put them");
	ok(nflua_complete(ctx, "none", "", &result) == -ENOENT && !result, "ENOENT");
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
	ok(!nflua_run(ctx, "w", "f", &packet, NFLUA_HOOK_FORWARD, 3, &trial), "a trial");
	ok(nflua_trial_calls(trial) == 3 &&
	   nflua_trial_count(trial, NFLUA_VERDICT_MATCH) == 3 &&
	   nflua_trial_count(trial, NFLUA_VERDICT_NO_MATCH) == 0, "verdicts");
	ok(nflua_trial_time_ns(trial) > 0, "time");
	ok(!strcmp(nflua_result_output(nflua_trial_result(trial), NULL),
		   "0\tFORWARD\n0\tFORWARD\n0\tFORWARD\n"), "output");
	ok(nflua_trial_packets(trial) == 3 && nflua_trial_packet(trial, 2, &len) &&
	   len == 34 && !nflua_trial_packet(trial, 3, NULL), "packets");
	ok(nflua_trial_messages(trial) == 3 &&
	   !memcmp(nflua_trial_message(trial, 0, &len), "note", 4) && len == 4,
	   "messages");
	nflua_trial_free(trial);
	whole.frame = frame;
	whole.frame_len = sizeof(frame);
	ok(!nflua_run(ctx, "w", "f", &whole, NFLUA_HOOK_INPUT, 1, &trial) &&
	   !strcmp(nflua_result_output(nflua_trial_result(trial), NULL), "14\tINPUT\n"),
	   "with a frame");
	nflua_trial_free(trial);
	ok(!nflua_run(ctx, "w", "fails", &packet, NFLUA_HOOK_INPUT, 2, &trial) &&
	   nflua_trial_count(trial, NFLUA_VERDICT_ERROR) == 2 &&
	   nflua_result_kind(nflua_trial_result(trial)) == NFLUA_KIND_RUNTIME &&
	   strstr(nflua_result_error(nflua_trial_result(trial)), "on purpose"),
	   "calls that fail");
	nflua_trial_free(trial);
	pthread_create(&thread, NULL, interrupt_soon, ctx);
	ok(nflua_run(ctx, "w", "endless", &packet, NFLUA_HOOK_INPUT, 10000000, &trial) ==
	   -EINTR && !trial, "EINTR");
	pthread_join(thread, NULL);
	memset(name, 'f', 64);
	name[64] = '\0';
	ok(nflua_run(ctx, "w", name, &packet, 0, 1, &trial) == -E2BIG, "a long name");
	ok(nflua_run(ctx, "w", NULL, &packet, 0, 1, &trial) == -EINVAL, "no function");
	ok(nflua_run(ctx, "w", "f", NULL, 0, 1, &trial) == -EINVAL, "no packet");
	ok(nflua_run(ctx, "w", "f", &packet, 0, 0, &trial) == -EINVAL, "no calls");
	ok(nflua_run(ctx, "w", "f", &packet, 9, 1, &trial) == -EINVAL, "no chain");
	ok(nflua_run(ctx, "none", "f", &packet, 0, 1, &trial) == -ENOENT, "no state");
	bad.len--;
	ok(nflua_run(ctx, "w", "f", &bad, 0, 1, &trial) == -EINVAL &&
	   strstr(nflua_errmsg(ctx), "not a complete, valid"), "a cut packet");
	bad.len = 70000;
	ok(nflua_run(ctx, "w", "f", &bad, 0, 1, &trial) == -E2BIG, "a long packet");
	ok(!strcmp(nflua_verdict_name(NFLUA_VERDICT_NO_MATCH), "no match") &&
	   !nflua_verdict_name(NFLUA_VERDICTS) && !nflua_verdict_name(-1), "names");
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

	ok(!nflua_watch_open(ctx, &watch), "a watch");
	ok(nflua_watch_receive(watch, 0, &event) == -EAGAIN && !event, "EAGAIN");
	ok(nflua_watch_receive(watch, 50, &event) == -EAGAIN, "and after a while");
	ok(!nflua_create(ctx, "e", NULL, NULL, 0, NULL, NULL), "create");
	ok(is_event(watch, NFLUA_EVENT_CREATED, &event) &&
	   !strcmp(nflua_event_state(event), "e") &&
	   nflua_state_maxalloc(nflua_event_figures(event)) == 32 << 20 &&
	   !nflua_event_result(event), "is an event");
	seq = nflua_event_seq(event);
	load("e", NFLUA_LOAD_REPLACE, "");
	ok(is_event(watch, NFLUA_EVENT_REPLACED, &event) &&
	   nflua_event_seq(event) == seq + 1 && !nflua_event_lost(event), "replace, too");
	load("e", 0, "timer.create(0, function() print('tick') error('tock') end)");
	ok(is_event(watch, NFLUA_EVENT_PRINT, &event) &&
	   !strcmp(nflua_result_output(nflua_event_result(event), NULL), "tick\n") &&
	   !nflua_event_figures(event), "print");
	ok(is_event(watch, NFLUA_EVENT_ERROR, &event) &&
	   !strcmp(nflua_event_function(event), "timer") &&
	   nflua_result_kind(nflua_event_result(event)) == NFLUA_KIND_RUNTIME &&
	   nflua_result_traceback(nflua_event_result(event)) &&
	   !nflua_event_endpoints(event), "an error, of no packet");
	load("e", 0, "function f() error('bad') end");
	(void)!system("iptables -A OUTPUT -p udp --dport 5399 -m lua --state e --function f");
	(void)!system("bash -c 'echo x >/dev/udp/127.0.0.1/5399'");
	ok(is_event(watch, NFLUA_EVENT_ERROR, &event) && nflua_event_endpoints(event) &&
	   nflua_event_endpoints(event)->protocol == 17 &&
	   !strcmp(nflua_event_endpoints(event)->source, "127.0.0.1") &&
	   nflua_event_endpoints(event)->destination_port == 5399,
	   "an error, of a packet");
	(void)!system("iptables -F OUTPUT");
	ok(!nflua_destroy(ctx, "e", false), "destroy");
	ok(is_event(watch, NFLUA_EVENT_DESTROYED, &event) &&
	   nflua_state_errors(nflua_event_figures(event)) == 2, "with the last figures");
	nflua_watch_close(watch);
	nflua_watch_close(NULL);
	ok(nflua_watch_open(ctx, NULL) == -EINVAL, "nowhere to put it");
}

/* More than the buffer holds: a gap is told, and adds up. */
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
	ok(poll(&p, 1, 0) == 1, "there is something to read");
	while (!err || err == -ENOBUFS) {
		err = nflua_watch_receive(watch, 0, &event);
		got += !err;
		lost += err ? 0 : nflua_event_lost(event);
		told += err == -ENOBUFS;
	}
	ok(err == -EAGAIN && told == 1 && got < 200, "ENOBUFS, once");
	nflua_create(ctx, "o", NULL, NULL, 0, NULL, NULL);
	err = nflua_watch_receive(watch, 20000, &event);
	lost += err ? 0 : nflua_event_lost(event);
	ok(got + lost == 200, "the next event tells how many");
	nflua_destroy(ctx, "o", false);
	nflua_watch_close(watch);
}

/* What waits for a module that is gone is told so, and not left to wait. */
static void unloaded(void)
{
	const struct nflua_message *message;
	const struct nflua_event *event;
	struct nflua_channel *channel = NULL;
	struct nflua_watch *watch = NULL;
	struct nflua_list *list = NULL;
	int err, last = 0;

	ok(!nflua_watch_open(ctx, &watch) && !nflua_channel_open(ctx, &channel) &&
	   !nflua_channel_join(channel, 0), "a watch and a channel");
	ok(!nflua_create(ctx, "w", NULL, NULL, 0, NULL, NULL) &&
	   !nflua_destroy(ctx, "w", false), "two events");
	ok(!system("rmmod nflua && modprobe nflua"), "the module comes anew");
	for (err = 0; !err; last += !err)
		err = nflua_watch_receive(watch, 10000, &event);
	ok(err == -ENOPKG && last == 2, "the watch has both, and is told");
	ok(nflua_watch_receive(watch, 10000, &event) == -ENOPKG, "and told again");
	ok(nflua_channel_receive(channel, 10000, &message) == -ENOPKG, "so is a channel");
	ok(nflua_channel_send(channel, "w", "", 0, NULL) == -ENOPKG, "which cannot send");
	ok(nflua_list(ctx, &list) == -ENOPKG &&
	   nflua_eval(ctx, "w", "1", NULL, NULL) == -ENOPKG, "and a context");
	nflua_list_free(list);
	nflua_channel_close(channel);
	nflua_watch_close(watch);
	nflua_close(ctx);
	ok(!nflua_open(&ctx, NULL) && !nflua_list(ctx, &list), "a new one works");
	nflua_list_free(list);
}

int main(void)
{
	ok(!nflua_open(&ctx, NULL), "open");
	ok(!nflua_create(ctx, "w", NULL, NULL, 0, NULL, NULL), "create");
	completion();
	trials();
	watching();
	overrun();
	ok(!nflua_destroy(ctx, "w", false), "destroy");
	unloaded();
	nflua_close(ctx);
	printf("1..%d\n", count);
	return failures != 0;
}
