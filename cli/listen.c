// SPDX-License-Identifier: GPL-2.0-or-later
/* listen: shows messages of scripts. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "signals.h"
#include "size.h"
#include "text.h"

/* How many messages are taken before time and signals are checked again. */
#define BATCH 64

struct listen {
	uint32_t groups;	/* bits */
	uint32_t count;		/* 0: without end */
	uint32_t seconds;	/* 0: without end */
	uint32_t got;
	int64_t end;		/* of now_ns() */
	int signals;
	bool interrupted;
	struct nflua_channel *channel;
};

static int listen_option(struct cli *cli, struct listen *listen,
			 const struct arg *arg)
{
	uint32_t n;

	if (!arg->letter)
		return unexpected_argument(cli, arg);
	if (parse_u32(arg->value, &n))
		return usage_error(cli, "'%s' is not a number", arg->value);
	if (arg->letter == 'g') {
		if (n >= NFLUA_GROUPS)
			return usage_error(cli, "group %u out of range (0 to %d)", n,
					   NFLUA_GROUPS - 1);
		listen->groups |= 1u << n;
		return 0;
	}
	if (!n)
		return usage_error(cli, "'%s' is too small", arg->value);
	if (arg->letter == 'c')
		listen->count = n;
	else
		listen->seconds = n;
	return 0;
}

static int read_listen(struct cli *cli, struct listen *listen)
{
	int status = 0;
	size_t i;

	for (i = 0; i < cli->count && !status; i++)
		status = listen_option(cli, listen, &cli->args[i]);
	if (!listen->groups)
		listen->groups = UINT32_MAX;
	return status;
}

static int channel_failed(struct cli *cli, const struct listen *listen)
{
	return failed_with(cli, NULL, nflua_channel_errmsg(listen->channel));
}

static int open_channel(struct cli *cli, struct listen *listen)
{
	unsigned int i;

	if (nflua_channel_open(cli->ctx, &listen->channel))
		return failed(cli, NULL, NULL);
	for (i = 0; i < NFLUA_GROUPS; i++)
		if (listen->groups & 1u << i &&
		    nflua_channel_join(listen->channel, i))
			return channel_failed(cli, listen);
	return 0;
}

/*
 * Prints a line of JSON. All lines have the same keys; unknown values are null.
 * @message: NULL for a line of another type than "message"
 */
static void print_line(const struct listen *listen, const char *type,
		       const struct nflua_message *message)
{
	const char *state = nflua_message_state(message), *payload;
	struct json_object *o = json_object_new_object();
	int group = nflua_message_group(message);
	uint32_t seq = nflua_message_seq(message);
	size_t len;

	payload = nflua_message_payload(message, &len);
	json_object_object_add(o, "type", json_object_new_string(type));
	json_object_object_add(o, "port", json_object_new_int64(
			       nflua_channel_port(listen->channel)));
	json_object_object_add(o, "state",
			       state ? json_object_new_string(state) : NULL);
	json_object_object_add(o, "group",
			       group < 0 ? NULL : json_object_new_int(group));
	json_object_object_add(o, "seq", seq ? json_object_new_int64(seq) : NULL);
	json_object_object_add(o, "lost", message ? json_object_new_uint64(
			       nflua_message_lost(message)) : NULL);
	json_object_object_add(o, "payload",
			       message ? json_text(payload, len) : NULL);
	print_json_line(o);
}

static void tell_loss(const struct nflua_message *message)
{
	const char *state = nflua_message_state(message);
	int group = nflua_message_group(message);
	char to[32];

	if (group < 0)
		snprintf(to, sizeof(to), "this port");
	else
		snprintf(to, sizeof(to), "group %d", group);
	complain("nfluactl: listen: lost %" PRIu64 " messages of %s to %s",
		 nflua_message_lost(message), state ? state : "a state", to);
}

static void print_port(const struct cli *cli, const struct listen *listen)
{
	if (cli->globals.json)
		print_line(listen, "port", NULL);
	else if (!cli->globals.quiet)
		printf("port %" PRIu32 "\n", nflua_channel_port(listen->channel));
	fflush(stdout);
}

static void print_message(const struct cli *cli, const struct listen *listen,
			  const struct nflua_message *message)
{
	const char *payload;
	size_t len;

	if (cli->globals.json) {
		print_line(listen, "message", message);
	} else {
		if (nflua_message_lost(message))
			tell_loss(message);
		payload = nflua_message_payload(message, &len);
		print_bytes(payload, len, "  ");
		putchar('\n');
	}
	fflush(stdout);
}

/* Reports lost messages that no other message has followed yet. */
static void print_overrun(const struct cli *cli, const struct listen *listen)
{
	if (cli->globals.json)
		print_line(listen, "lost", NULL);
	else
		complain("nfluactl: listen: %s",
			 nflua_channel_errmsg(listen->channel));
	fflush(stdout);
}

/* Returns the milliseconds that are left, rounded up; -1: no end. */
static int time_left(const struct listen *listen)
{
	int64_t left = (listen->end - now_ns() + 999999) / 1000000;

	if (!listen->seconds)
		return -1;
	return left < 0 ? 0 : left < INT_MAX ? left : INT_MAX;
}

/* Waits for messages. Returns false when the time is up, or a signal came. */
static bool wait_for_more(struct listen *listen)
{
	int left = time_left(listen);

	return wait_readable(nflua_channel_fd(listen->channel), listen->signals,
			     left, &listen->interrupted) && left != 0;
}

static bool is_complete(const struct listen *listen)
{
	return listen->count && listen->got == listen->count;
}

/* Takes a batch of messages. Returns 0 to go on, or a negative errno. */
static int take_some(const struct cli *cli, struct listen *listen)
{
	const struct nflua_message *message;
	int err, i;

	for (i = 0; i < BATCH && !is_complete(listen) && !ferror(stdout); i++) {
		err = nflua_channel_receive(listen->channel, 0, &message);
		if (err == -EAGAIN)
			return 0;
		if (err == -ENOBUFS)
			print_overrun(cli, listen);
		else if (err)
			return err;
		else
			print_message(cli, listen, message);
		listen->got += !err;
	}
	return 0;
}

static int do_listen(struct cli *cli, struct listen *listen)
{
	bool more = true;

	listen->signals = catch_signals(0);
	listen->end = now_ns() + listen->seconds * 1000000000LL;
	print_port(cli, listen);
	while (more && !ferror(stdout)) {
		if (take_some(cli, listen))
			return channel_failed(cli, listen);
		if (is_complete(listen))
			return EXIT_DONE;
		more = wait_for_more(listen);
	}
	if (listen->count && !listen->interrupted && !ferror(stdout))
		return failed_with(cli, NULL,
				   "timed out before all messages arrived");
	return EXIT_DONE;
}

int cmd_listen(struct cli *cli)
{
	struct listen listen = { .signals = -1 };
	int status = read_listen(cli, &listen);

	if (!status)
		status = open_module(cli);
	if (!status)
		status = open_channel(cli, &listen);
	if (!status)
		status = do_listen(cli, &listen);
	nflua_channel_close(listen.channel);
	if (listen.signals >= 0)
		close(listen.signals);
	return status;
}
