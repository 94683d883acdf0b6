// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program as users write it, built with pkg-config by libnflua.test.sh. It creates,
 * lists and destroys 1,000 states and prints how long that took.
 */
#include <errno.h>
#include <nflua/nflua.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define STATES 1000

static int failures, count;

static void ok(int good, const char *name, struct nflua_ctx *ctx)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++count, name);
	if (!good) {
		printf("# %s\n", nflua_errmsg(ctx));
		failures++;
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void many(struct nflua_ctx *ctx)
{
	struct nflua_list *list = NULL;
	char name[32];
	int i, bad = 0;
	double begun = now();

	for (i = 0; i < STATES; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		bad += nflua_create(ctx, name, NULL, NULL, 0, NULL, NULL) != 0;
	}
	ok(!bad, "nflua_create() creates 1,000 states", ctx);
	ok(!nflua_list(ctx, &list) && nflua_list_count(list) == STATES,
	   "nflua_list() lists 1,000 states", ctx);
	for (i = 0; i < STATES; i++)
		bad += nflua_destroy(ctx, nflua_state_name(nflua_list_state(list, i)),
				     false) != 0;
	ok(!bad, "nflua_destroy() destroys 1,000 states", ctx);
	nflua_list_free(list);
	printf("# in %.3f s\n", now() - begun);
}

static void errors(struct nflua_ctx *ctx)
{
	struct nflua_result *result = NULL;

	ok(nflua_load(ctx, "none", 0, "x", 1, NULL, NULL) == -ENOENT,
	   "nflua_load() into a state that does not exist returns -ENOENT", ctx);
	ok(!nflua_create(ctx, "e", NULL, NULL, 0, NULL, NULL), "nflua_create() creates a state",
	   ctx);
	ok(nflua_create(ctx, "e", NULL, NULL, 0, NULL, NULL) == -EEXIST,
	   "nflua_create() with the name of an existing state returns -EEXIST", ctx);
	ok(nflua_eval(ctx, "e", "error('x')", "=c", &result) == -ECANCELED &&
	   nflua_result_kind(result) == NFLUA_KIND_RUNTIME &&
	   !strcmp(nflua_errmsg(ctx), "c:1: x"),
	   "nflua_eval() returns the kind and the text of a Lua error", ctx);
	nflua_result_free(result);
	ok(nflua_load(ctx, "e", 0, "for", 3, NULL, &result) == -ENOEXEC &&
	   nflua_result_kind(result) == NFLUA_KIND_INCOMPLETE,
	   "nflua_load() of an incomplete script returns NFLUA_KIND_INCOMPLETE", ctx);
	nflua_result_free(result);
	ok(!nflua_eval(ctx, "e", "6 * 7", NULL, &result) &&
	   nflua_result_integer(result, 0) == 42, "nflua_eval() returns an integer", ctx);
	nflua_result_free(result);
	ok(!nflua_destroy(ctx, "e", false), "nflua_destroy() destroys a state", ctx);
}

int main(void)
{
	struct nflua_ctx *ctx;

	ok(!nflua_open(&ctx, NULL), "nflua_open() opens a context", ctx);
	ok(nflua_family_version(ctx) == 2, "nflua_family_version() returns 2", ctx);
	errors(ctx);
	many(ctx);
	nflua_close(ctx);
	printf("1..%d\n", count);
	return failures != 0;
}
