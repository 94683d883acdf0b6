// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that send to scripts and listen to them: send, listen. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

/* One byte more than a message may have, so that the library says what is. */
#define INPUT_MAX (NFLUA_MESSAGE_MAX + 1)

/* Messages that are taken before we look at the time and for signals. */
#define BATCH 64

/* All of standard input, as far as it can be of use; 0, or an exit status. */
static int read_input(struct run *run, char *buf, size_t *len)
{
	*len = fread(buf, 1, INPUT_MAX, stdin);
	if (!ferror(stdin))
		return 0;
	return failed_with(run, run->args[0].value, "cannot read standard input");
}

static int do_send(struct run *run, const char *payload, size_t len)
{
	const char *name = run->args[0].value;
	struct nflua_result *result;
	int status = EXIT_DONE;

	if (nflua_send(run->ctx, name, payload, len, &result))
		status = failed(run, name, result);
	nflua_result_free(result);
	if (!run->globals.json || status)
		return status;
	run->document = json_object_new_object();
	json_object_object_add(run->document, "bytes", json_object_new_uint64(len));
	return status;
}

int cmd_send(struct run *run)
{
	const char *text = run->count > 1 ? run->args[1].value : "-";
	char input[INPUT_MAX];
	size_t len;
	int status;

	if (!run->count)
		return usage_error(run, "no name of a state");
	if (run->count > 2)
		return usage_error(run, "unexpected argument '%s'",
				   run->args[2].value);
	status = open_module(run);
	if (status)
		return status;
	if (strcmp(text, "-") != 0)
		return do_send(run, text, strlen(text));
	status = read_input(run, input, &len);
	return status ? status : do_send(run, input, len);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

struct listen {
	uint32_t groups;	/* bits */
	uint32_t count;		/* 0: without end */
	uint32_t seconds;	/* 0: without end */
	uint32_t got;
	int64_t end;		/* ms of the monotonic clock */
	int signals;
	bool interrupted;
	struct nflua_channel *channel;
};

static int listen_option(struct run *run, struct listen *listen,
			 const struct arg *arg)
{
	uint32_t n;

	if (!arg->letter)
		return usage_error(run, "unexpected argument '%s'", arg->value);
	if (parse_u32(arg->value, &n))
		return usage_error(run, "'%s' is no number", arg->value);
	if (arg->letter == 'g') {
		if (n >= NFLUA_GROUPS)
			return usage_error(run, "groups are 0 to %d",
					   NFLUA_GROUPS - 1);
		listen->groups |= 1u << n;
		return 0;
	}
	if (!n)
		return usage_error(run, "'%s' is too little", arg->value);
	if (arg->letter == 'c')
		listen->count = n;
	else
		listen->seconds = n;
	return 0;
}

static int read_listen(struct run *run, struct listen *listen)
{
	int status = 0;
	size_t i;

	for (i = 0; i < run->count && !status; i++)
		status = listen_option(run, listen, &run->args[i]);
	if (!listen->groups)
		listen->groups = UINT32_MAX;
	return status;
}

static int channel_failed(struct run *run, const struct listen *listen)
{
	return failed_with(run, NULL, nflua_channel_errmsg(listen->channel));
}

static int open_channel(struct run *run, struct listen *listen)
{
	unsigned int i;

	if (nflua_channel_open(run->ctx, &listen->channel))
		return failed(run, NULL, NULL);
	for (i = 0; i < NFLUA_GROUPS; i++)
		if (listen->groups & 1u << i &&
		    nflua_channel_join(listen->channel, i))
			return channel_failed(run, listen);
	return 0;
}

/*
 * A line of JSON; all have the same keys, null where there is nothing to say.
 * @message: NULL for a line that is of another type than "message"
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
	complain("nfluactl: listen: lost %" PRIu64 " of %s to %s",
		 nflua_message_lost(message), state ? state : "a state", to);
}

static void print_port(const struct run *run, const struct listen *listen)
{
	if (run->globals.json)
		print_line(listen, "port", NULL);
	else if (!run->globals.quiet)
		printf("port %" PRIu32 "\n", nflua_channel_port(listen->channel));
	fflush(stdout);
}

static void print_message(const struct run *run, const struct listen *listen,
			  const struct nflua_message *message)
{
	const char *payload;
	size_t len;

	if (run->globals.json) {
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

/* That messages were lost behind which none has come yet. */
static void print_overrun(const struct run *run, const struct listen *listen)
{
	if (run->globals.json)
		print_line(listen, "lost", NULL);
	else
		complain("nfluactl: listen: %s",
			 nflua_channel_errmsg(listen->channel));
	fflush(stdout);
}

/* Milliseconds that are left, rounded up; -1: there is no end. */
static int time_left(const struct listen *listen)
{
	int64_t left = listen->end - now_ms();

	if (!listen->seconds)
		return -1;
	return left < 0 ? 0 : left < INT_MAX ? left : INT_MAX;
}

/* False when the time is up, or a signal came. */
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

/* Takes some of what is there: 0 to go on, or a negative errno. */
static int take_some(const struct run *run, struct listen *listen)
{
	const struct nflua_message *message;
	int err, i;

	for (i = 0; i < BATCH && !is_complete(listen) && !ferror(stdout); i++) {
		err = nflua_channel_receive(listen->channel, 0, &message);
		if (err == -EAGAIN)
			return 0;
		if (err == -ENOBUFS)
			print_overrun(run, listen);
		else if (err)
			return err;
		else
			print_message(run, listen, message);
		listen->got += !err;
	}
	return 0;
}

static int do_listen(struct run *run, struct listen *listen)
{
	bool more = true;

	listen->signals = catch_signals(0);
	listen->end = now_ms() + listen->seconds * 1000LL;
	print_port(run, listen);
	while (more && !ferror(stdout)) {
		if (take_some(run, listen))
			return channel_failed(run, listen);
		if (is_complete(listen))
			return EXIT_DONE;
		more = wait_for_more(listen);
	}
	if (listen->count && !listen->interrupted && !ferror(stdout))
		return failed_with(run, NULL,
				   "the time is up before all messages came");
	return EXIT_DONE;
}

int cmd_listen(struct run *run)
{
	struct listen listen = { .signals = -1 };
	int status = read_listen(run, &listen);

	if (!status)
		status = open_module(run);
	if (!status)
		status = open_channel(run, &listen);
	if (!status)
		status = do_listen(run, &listen);
	nflua_channel_close(listen.channel);
	if (listen.signals >= 0)
		close(listen.signals);
	return status;
}
