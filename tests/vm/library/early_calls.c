// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes a call of the library that a signal interrupts. Prints how it ended, and
 * whether soon.
 *   early_calls pause|file|load|keep|timer STATE [FILE]
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <nflua/nflua.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct nflua_ctx *ctx;

static void on_signal(int number)
{
	(void)number;
	nflua_interrupt(ctx);
}

static void on_alarm(int number)
{
	(void)number;
}

static void catch_signal(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigaction(number, &action, NULL);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static int call(const char *what, const char *state, const char *file)
{
	const struct itimerval soon = { { 0, 0 }, { 0, 100000 } };
	const char *loop = "while true do end";
	int err;

	if (strcmp(what, "timer") == 0)
		setitimer(ITIMER_REAL, &soon, NULL);
	if (file)
		return nflua_load_file(ctx, state, 0, file, NULL);
	if (strcmp(what, "keep"))
		return nflua_destroy(ctx, state, false);
	nflua_keep_interrupt(ctx, true);
	raise(SIGUSR1);
	err = nflua_load(ctx, state, 0, loop, strlen(loop), NULL, NULL);
	nflua_keep_interrupt(ctx, false);
	return err;
}

int main(int argc, char **argv)
{
	long begun;
	int err;

	alarm(20);
	if (argc < 3 || nflua_open(&ctx, NULL))
		return 2;
	catch_signal(SIGUSR1, on_signal);
	if (strcmp(argv[1], "timer") == 0)
		catch_signal(SIGALRM, on_alarm);
	begun = now_ms();
	err = call(argv[1], argv[2], argv[3]);
	printf("%s%s\n", err == -EINTR ? "EINTR" : strerror(-err),
	       now_ms() - begun < 700 ? " soon" : "");
	/* The interrupt must not affect the next call. */
	err = nflua_load(ctx, argv[2], 0, "x = 1", 5, NULL, NULL);
	printf("%s\n", err ? nflua_errmsg(ctx) : "and on");
	nflua_close(ctx);
	return 0;
}
