// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks what nflua/nflua.h promises for modules of version 1: scripts are loaded into
 * the state "default", messages are received, and all else is refused with a reason.
 */
#include <errno.h>
#include <nflua/nflua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES 2000

static int failures, count;
static struct nflua_ctx *ctx;
static struct nflua_channel *channel;

static void ok(int good, const char *name)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, name);
	if (!good) {
		printf("# context: %s; channel: %s\n", nflua_errmsg(ctx),
		       nflua_channel_errmsg(channel));
		failures++;
	}
}

/* Checks that the call @name was refused with these words. */
static void refused(int err, const char *name, const char *words)
{
	char title[200];

	snprintf(title, sizeof(title), "%s is refused: %s", name, words);
	ok(err == -EOPNOTSUPP && strstr(nflua_errmsg(ctx), words), title);
}

static int load(const char *script, size_t len, const char *chunk_name)
{
	return nflua_load(ctx, "default", 0, script, len, chunk_name, NULL);
}

/* Makes the module send the message that it keeps to the channel. */
static int ask(void)
{
	char script[40];

	snprintf(script, sizeof(script), "send %u", nflua_channel_port(channel));
	return load(script, strlen(script), NULL);
}

/* Returns whether the next message is this one, without what version 1 does not have. */
static int arrives(const char *payload, size_t len)
{
	const struct nflua_message *m;
	const char *got;
	size_t got_len;

	if (ask() || nflua_channel_receive(channel, 5000, &m))
		return 0;
	got = nflua_message_payload(m, &got_len);
	return got_len == len && !memcmp(got, payload, len) &&
	       !nflua_message_state(m) && nflua_message_group(m) == -1 &&
	       nflua_message_seq(m) == 0 && nflua_message_lost(m) == 0;
}

static void versions(void)
{
	ok(nflua_family_version(ctx) == 1, "nflua_family_version() returns 1");
	ok(nflua_module_version(ctx) == NULL, "nflua_module_version() returns NULL");
}

static void scripts(const char *file)
{
	static const char named[] = "one.lua\0x = 1", unnamed[] = "chunk\0y\0\xff";
	char want[300];
	int len;

	ok(!load("x = 1", 5, "@one.lua") && arrives(named, sizeof(named) - 1),
	   "nflua_load() sends a script with its name");
	ok(!load("y\0\xff", 3, NULL) && arrives(unnamed, sizeof(unnamed) - 1),
	   "nflua_load() sends any bytes, and a default name if none is given");
	/* Lua skips a first line with a '#', which the library replaces by blanks. */
	len = snprintf(want, sizeof(want), "%s%c%14s\nx = 1\n", file, '\0', "");
	ok(!nflua_load_file(ctx, "default", 0, file, NULL) &&
	   arrives(want, len), "nflua_load_file() sends a file with its path as the name");
	nflua_interrupt(ctx);
	ok(!load("x = 1", 5, "@one.lua"), "nflua_interrupt() does not stop a later nflua_load()");
}

static void longest(void)
{
	char *script = malloc(NFLUA_MESSAGE_MAX);
	size_t most = NFLUA_MESSAGE_MAX - sizeof("n");
	char *want = malloc(NFLUA_MESSAGE_MAX);

	memset(script, 'x', NFLUA_MESSAGE_MAX);
	memcpy(want, "n", sizeof("n"));
	memset(want + sizeof("n"), 'x', most);
	ok(!load(script, most, "@n") && arrives(want, NFLUA_MESSAGE_MAX),
	   "nflua_load() sends the longest script whole");
	ok(load(script, most + 1, "@n") == -E2BIG &&
	   strstr(nflua_errmsg(ctx), "too long for the loaded module (at most 65531 bytes"),
	   "nflua_load() refuses a script that is a byte too long");
	ok(arrives(want, NFLUA_MESSAGE_MAX), "a script that is too long is not sent");
	free(script);
	free(want);
}

/* The loss of messages is reported once. How many were lost is not known. */
static void overrun(void)
{
	const struct nflua_message *m;
	int i, err, got = 0, told = 0, counted = 0;

	ok(!nflua_channel_set_buffer(channel, 64 << 10),
	   "the channel's buffer can be set to 64 KiB");
	for (i = 0; i < MESSAGES; i++)
		if (ask())
			break;
	ok(i == MESSAGES, "the module sends more messages than the channel's buffer holds");
	while ((err = nflua_channel_receive(channel, 0, &m)) != -EAGAIN) {
		if (err && err != -ENOBUFS)
			break;
		told += err == -ENOBUFS;
		got += !err;
		counted += nflua_message_lost(m) != 0;
	}
	ok(err == -EAGAIN && got > 0 && got < MESSAGES,
	   "a channel with a full buffer receives some of the messages");
	ok(told == 1 && !counted, "a channel with a full buffer reports -ENOBUFS once");
}

static void the_rest(void)
{
	static const char name[] = "default";
	struct nflua_packet packet = { NULL, 0, "E", 1 };
	struct nflua_trial *trial;
	struct nflua_watch *watch;
	struct nflua_result *r;
	struct nflua_list *l;

#define REFUSED(call, words) refused(call, #call, "the loaded module does not " words)
	REFUSED(nflua_create(ctx, "a", NULL, "x = 1", 5, NULL, &r), "support named states");
	REFUSED(nflua_load(ctx, "a", 0, "x = 1", 5, NULL, &r), "support named states");
	REFUSED(nflua_load(ctx, name, NFLUA_LOAD_CHECK, "x", 1, NULL, &r),
		"support checking and replacing");
	REFUSED(nflua_load(ctx, name, NFLUA_LOAD_REPLACE, "x", 1, NULL, &r),
		"support checking and replacing");
	REFUSED(nflua_destroy(ctx, name, true), "support destroying states");
	REFUSED(nflua_eval(ctx, name, "1", NULL, &r), "support eval");
	REFUSED(nflua_show(ctx, name, "1", NULL, &r), "support eval");
	REFUSED(nflua_list(ctx, &l), "support listing states");
	REFUSED(nflua_get(ctx, name, &l), "support listing states");
	REFUSED(nflua_send(ctx, name, "x", 1, &r), "support messages to states");
	REFUSED(nflua_complete(ctx, name, "x", &r), "support completion");
	REFUSED(nflua_run(ctx, name, "f", &packet, NFLUA_HOOK_INPUT, 1, &trial),
		"support dry runs");
	REFUSED(nflua_watch_open(ctx, &watch), "support events");
#undef REFUSED
	ok(nflua_channel_send(channel, name, "x", 1, &r) == -EOPNOTSUPP &&
	   strstr(nflua_channel_errmsg(channel), "does not support"),
	   "nflua_channel_send() is refused");
	ok(nflua_channel_join(channel, 0) == -EOPNOTSUPP &&
	   strstr(nflua_channel_errmsg(channel), "has no group 0"),
	   "nflua_channel_join() is refused");
	ok(!load("x = 1", 5, NULL), "nflua_load() still works after refused calls");
}

int main(int argc, char **argv)
{
	ok(argc == 2 && !nflua_open(&ctx, NULL), "nflua_open() opens a context");
	ok(!nflua_channel_open(ctx, &channel), "nflua_channel_open() opens a channel");
	versions();
	scripts(argv[1]);
	longest();
	overrun();
	the_rest();
	nflua_channel_close(channel);
	nflua_close(ctx);
	printf("1..%d\n", count);
	return failures != 0;
}
