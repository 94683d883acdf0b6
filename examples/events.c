/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for messages from scripts and for events of states in one epoll loop, as a
 * daemon with other things to wait for would:
 *
 *	cc -o events events.c $(pkg-config --cflags --libs libnflua) && ./events
 */
#include <errno.h>
#include <nflua/nflua.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static struct nflua_channel *channel;
static struct nflua_watch *watch;

/* Takes all messages that are there; a level-triggered epoll would report the rest again. */
static int take_messages(void)
{
	const struct nflua_message *message;
	const char *payload;
	size_t len;
	int err;

	while (!(err = nflua_channel_receive(channel, 0, &message)) || err == -ENOBUFS) {
		if (err) {
			puts("messages were lost");
			continue;
		}
		payload = nflua_message_payload(message, &len);
		printf("%s says: %.*s\n", nflua_message_state(message), (int)len, payload);
	}
	return err == -EAGAIN ? 0 : err;
}

static int take_events(void)
{
	const struct nflua_event *event;
	int err;

	while (!(err = nflua_watch_receive(watch, 0, &event)) || err == -ENOBUFS) {
		if (err)
			puts("events were lost");
		else if (nflua_event_type(event) == NFLUA_EVENT_ERROR)
			printf("%s failed in %s: %s\n", nflua_event_state(event),
			       nflua_event_function(event),
			       nflua_result_error(nflua_event_result(event)));
		else if (nflua_event_type(event) == NFLUA_EVENT_REPLACED)
			printf("%s was replaced\n", nflua_event_state(event));
	}
	return err == -EAGAIN ? 0 : err;
}

static int add(int epoll, int fd)
{
	struct epoll_event wanted = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted) ? -errno : 0;
}

/* Runs until a signal arrives. */
static int serve(int signals)
{
	struct epoll_event ready;
	int epoll = epoll_create1(EPOLL_CLOEXEC), err;

	err = add(epoll, nflua_channel_fd(channel)) || add(epoll, nflua_watch_fd(watch)) ||
	      add(epoll, signals) ? -EIO : 0;
	puts("listening");
	while (!err && fflush(stdout) == 0 && epoll_wait(epoll, &ready, 1, -1) == 1) {
		if (ready.data.fd == signals)
			break;
		err = ready.data.fd == nflua_watch_fd(watch) ? take_events() :
							       take_messages();
	}
	close(epoll);
	return err;
}

int main(void)
{
	struct nflua_ctx *ctx;
	sigset_t set;
	int err = nflua_open(&ctx, NULL);

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!err)
		err = nflua_channel_open(ctx, &channel);
	if (!err)
		err = nflua_channel_join(channel, 0);
	if (!err)
		err = nflua_watch_open(ctx, &watch);
	if (err)
		fprintf(stderr, "events: %s\n", nflua_errmsg(ctx));
	else
		err = serve(signalfd(-1, &set, SFD_CLOEXEC));
	nflua_watch_close(watch);
	nflua_channel_close(channel);
	nflua_close(ctx);
	return err ? 1 : 0;
}
