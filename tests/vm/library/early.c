// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded: raises a signal in the moment before a call waits, which a test could
 * otherwise hit only by luck. EARLY="FUNCTION N SIGNAL" raises the signal just before
 * the N-th call of a function below, in the calling thread. "poll" stands for all
 * functions that wait for a time or a descriptor. With "sigaction" the signal comes
 * just after the N-th call that sets a handler with SA_SIGINFO, such as the rock's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char wanted[32];
static int at, sig;
static atomic_int calls;

__attribute__((constructor)) static void read_early(void)
{
	const char *early = getenv("EARLY");

	if (early && sscanf(early, "%31s %d %d", wanted, &at, &sig) != 3)
		abort();
}

static void comes(const char *function)
{
	if (strcmp(function, wanted) == 0 && ++calls == at)
		raise(sig);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	comes("poll");
	return REAL(poll)(fds, n, timeout);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
	  const sigset_t *mask)
{
	comes("poll");
	return REAL(ppoll)(fds, n, timeout, mask);
}

int nanosleep(const struct timespec *wanted_time, struct timespec *left)
{
	comes("poll");
	return REAL(nanosleep)(wanted_time, left);
}

ssize_t read(int fd, void *buf, size_t n)
{
	comes("read");
	return REAL(read)(fd, buf, n);
}

ssize_t sendto(int fd, const void *buf, size_t n, int flags,
	       const struct sockaddr *to, socklen_t len)
{
	comes("sendto");
	return REAL(sendto)(fd, buf, n, flags, to, len);
}

int sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	int err = REAL(sigaction)(number, new, old);

	if (new && new->sa_flags & SA_SIGINFO)
		comes("sigaction");
	return err;
}
