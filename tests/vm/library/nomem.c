// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes every call of the library that allocates memory, with each of its allocations
 * failing in turn: the library's own, libnl's and the C library's. The call must
 * return -ENOMEM or do without. What it returns must be complete, nothing may be
 * leaked, and a request that was not sent may not have changed anything.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "nomem.h"

#define MOST	1000	/* allocations of one call */

static int failures, count;
struct nflua_ctx *admin;
const char *file;
static const char *why;
static int sent;

/* Replaces the C library's, also for libnl, to note whether a request was sent. */
ssize_t sendto(int fd, const void *buf, size_t len, int flags,
	       const struct sockaddr *to, socklen_t to_len)
{
	struct iovec iov = { (void *)buf, len };
	struct msghdr m = {
		.msg_name = (void *)to, .msg_namelen = to_len,
		.msg_iov = &iov, .msg_iovlen = 1,
	};

	sent++;
	return sendmsg(fd, &m, flags);
}

static void ok(bool good, const char *name, const char *mode, long n)
{
	printf("%s %d - %s copes with the failure of %s of its %ld allocations\n",
	       good ? "ok" : "not ok", ++count, name, mode, n);
	failures += !good;
}

/* Unless @good, notes @text, which says what is wrong. */
void whole(bool good, const char *text)
{
	if (!good)
		why = text;
}

long long lua(const char *code)
{
	struct nflua_result *r;
	long long n = -1;

	if (nflua_eval(admin, "n", code, NULL, &r))
		printf("# %s: %s\n", code, nflua_errmsg(admin));
	else
		n = nflua_result_integer(r, 0);
	nflua_result_free(r);
	return n;
}

bool there(const char *name)
{
	struct nflua_list *list = NULL;
	int err = nflua_get(admin, name, &list);

	nflua_list_free(list);
	return !err;
}

void open_ctx(struct scene *s)
{
	if (nflua_open(&s->ctx, NULL))
		printf("# open: %s\n", nflua_errmsg(s->ctx));
}

static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Checks what the caller is told, and what the request has done. */
static void judge(const struct act *act, const struct scene *s, int err, bool fired)
{
	bool asked = sent > 0;
	bool effect = act->done && act->done();

	whole(err == act->want || (fired && err == -ENOMEM), "what it returns");
	whole(!s->ctx || *nflua_errmsg(s->ctx), "it has no words for it");
	if (act->done && act->done != never) {
		whole(effect || err, "it has no effect");
		whole(effect == asked, "effect and request differ");
	}
}

/* Checks that the context still works. */
static void go_on(struct scene *s)
{
	struct nflua_list *list = NULL;

	if (!s->ctx || !nflua_family_version(s->ctx))
		return;
	whole(!nflua_list(s->ctx, &list), "the context is of no more use");
	nflua_list_free(list);
}

/* Makes the call once, with the n-th allocation failing. Returns whether there were n. */
static bool perform(const struct act *act, long n, bool on)
{
	struct scene s = { NULL, NULL, NULL };
	int err, fds = descriptors();
	bool fired;
	long live;

	why = NULL;
	live = alloc_live();
	if (act->before)
		act->before(&s);
	sent = 0;
	alloc_fail(n, on);
	err = act->call(&s);
	fired = alloc_relent();
	judge(act, &s, err, fired);
	if (act->want == 0 || err == -ENOMEM)
		go_on(&s);
	nflua_watch_close(s.watch);
	nflua_channel_close(s.channel);
	nflua_close(s.ctx);
	/* Frees what admin keeps of its last failure, which is no leak. */
	there("n");
	whole(alloc_live() <= live, "memory is leaked");
	whole(descriptors() == fds, "a descriptor is leaked");
	if (why && n < MOST)
		printf("# allocation %ld: %d, %s\n", n, err, why);
	return fired;
}

static void try_all(const struct act *act, bool on)
{
	bool good = true;
	long n;

	for (n = 1; n < MOST && perform(act, n, on); n++)
		good &= !why;
	ok(good && !why && n < MOST, act->name, on ? "any one and all later ones" : "any one",
	   n - 1);
}

static void set_up(void)
{
	static const char script[] =
		"function tell() nf.netlink(0, 1, 'told') return true end\n"
		"nf.receive(function(port, payload)\n"
		"  if payload == 'fail' then error('no') end\n"
		"  got = payload nf.netlink(port, 0, 'pong')\n"
		"end)";

	if (nflua_open(&admin, NULL) ||
	    nflua_create(admin, "n", NULL, script, strlen(script), NULL, NULL) ||
	    nflua_create(admin, "other", NULL, NULL, 0, NULL, NULL) ||
	    nflua_create(admin, "third", NULL, NULL, 0, NULL, NULL)) {
		printf("Bail out! %s\n", nflua_errmsg(admin));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	const struct act *act;

	if (argc != 2)
		return 2;
	file = argv[1];
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	set_up();
	for (act = acts; act->name; act++) {
		perform(act, MOST, false);	/* allocates what libraries keep */
		try_all(act, false);
		try_all(act, true);
	}
	nflua_close(admin);
	printf("1..%d\n", count);
	return failures != 0;
}
