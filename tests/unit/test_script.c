// SPDX-License-Identifier: GPL-2.0-or-later
/* libnflua/script.c: scripts from files, and what callers may get wrong. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "ctx.h"

static struct nflua_ctx *new_ctx(void)
{
	struct nflua_ctx *ctx = calloc(1, sizeof(*ctx));

	ctx->errmsg_static = "no error";
	ctx->version = 2;
	ctx->fd = -1;
	return ctx;
}

static int file_with(const char *data, size_t len)
{
	char path[] = "/tmp/nflua-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void scripts(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "" },
		{ "x = 1\n", 6, "x = 1\n" },
		{ "#!lua\nx", 7, "     \nx" },
		{ "#", 1, " " },
		{ "a\0b", 3, "a\0b" },
	};
	struct nflua_ctx *ctx = new_ctx();
	char *script;
	size_t i, len;
	int fd;

	(void)state;
	for (i = 0; i < N_ROWS(rows); i++) {
		fd = file_with(rows[i].data, rows[i].len);
		assert_int_equal(nflua_read_script(ctx, NULL, fd, &script, &len), 0);
		assert_int_equal(len, rows[i].len);
		assert_memory_equal(script, rows[i].want, len + 1);
		free(script);
		close(fd);
	}
	nflua_close(ctx);
}

static void script_limits(void **state)
{
	struct nflua_ctx *ctx = new_ctx();
	char *data = malloc(NFLUA_SCRIPT_MAX + 1), *script;
	size_t len;
	int fd;

	(void)state;
	memset(data, ' ', NFLUA_SCRIPT_MAX + 1);
	fd = file_with(data, NFLUA_SCRIPT_MAX);
	assert_int_equal(nflua_read_script(ctx, NULL, fd, &script, &len), 0);
	assert_int_equal(len, NFLUA_SCRIPT_MAX);
	free(script);
	close(fd);
	fd = file_with(data, NFLUA_SCRIPT_MAX + 1);
	assert_int_equal(nflua_read_script(ctx, NULL, fd, &script, &len), -E2BIG);
	assert_non_null(strstr(nflua_errmsg(ctx), "8 MiB"));
	close(fd);
	assert_int_equal(nflua_read_script(ctx, "/no/such/file", -1, &script, &len),
			 -ENOENT);
	assert_non_null(strstr(nflua_errmsg(ctx), "/no/such/file"));
	assert_int_equal(nflua_read_script(ctx, "/", -1, &script, &len), -EISDIR);
	free(data);
	nflua_close(ctx);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* What has no end yet is waited for; a signal ends that. */
static void waits(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval soon = { { 0, 10000 }, { 0, 10000 } }, never = { 0 };
	struct nflua_ctx *ctx = new_ctx();
	int flags, fds[2];
	char *script;
	size_t len;

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	for (flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		assert_int_equal(pipe2(fds, flags), 0);
		assert_int_equal(write(fds[1], "x = 1", 5), 5);
		setitimer(ITIMER_REAL, &soon, NULL);
		assert_int_equal(nflua_read_script(ctx, NULL, fds[0], &script, &len),
				 -EINTR);
		setitimer(ITIMER_REAL, &never, NULL);
		assert_string_equal(nflua_errmsg(ctx), "the script: interrupted");
		close(fds[1]);
		close(fds[0]);
	}
	signal(SIGALRM, SIG_DFL);
	nflua_close(ctx);
}

/* Wrong arguments are told, and never reach the socket (there is none). */
static void arguments(void **state)
{
	struct nflua_ctx *ctx = new_ctx();
	struct nflua_result *result = (void *)1;
	struct nflua_list *list;

	(void)state;
	assert_int_equal(nflua_open(NULL, NULL), -EINVAL);
	assert_int_equal(nflua_create(NULL, "x", NULL, NULL, 0, NULL, NULL), -EINVAL);
	assert_int_equal(nflua_create(ctx, NULL, NULL, NULL, 0, NULL, &result), -EINVAL);
	assert_null(result);
	assert_int_equal(nflua_load(ctx, "x", 0, NULL, 0, NULL, NULL), -EINVAL);
	assert_int_equal(nflua_load(ctx, "x", 3, "", 0, NULL, NULL), -EINVAL);
	assert_int_equal(nflua_load(ctx, "x", 4, "", 0, NULL, NULL), -EINVAL);
	assert_int_equal(nflua_load(ctx, "x", 0, "", NFLUA_SCRIPT_MAX + 1ul, NULL,
				    NULL), -E2BIG);
	assert_int_equal(nflua_eval(ctx, "x", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(nflua_load_file(ctx, "x", 0, NULL, NULL), -EINVAL);
	assert_int_equal(nflua_destroy(ctx, NULL, false), -EINVAL);
	assert_int_equal(nflua_list(NULL, &list), -EINVAL);
	assert_int_equal(nflua_list(ctx, NULL), -EINVAL);
	assert_int_equal(nflua_get(ctx, NULL, &list), -EINVAL);
	assert_int_equal(nflua_list(ctx, &list), -EIO);
	nflua_interrupt(ctx);
	nflua_interrupt(NULL);
	nflua_close(NULL);
	nflua_result_free(NULL);
	nflua_list_free(NULL);
	nflua_options_free(NULL);
	assert_string_equal(nflua_errmsg(NULL), "ctx is NULL");
	assert_int_equal(nflua_result_count(NULL), 0);
	assert_int_equal(nflua_list_count(NULL), 0);
	assert_null(nflua_list_state(NULL, 0));
	assert_string_equal(nflua_state_name(NULL), "");
	nflua_close(ctx);
}

/* A module of version 1 runs scripts in "default", and that is all. */
static void version_1(void **state)
{
	struct nflua_ctx *ctx = new_ctx();
	struct nflua_list *list;
	char *long_script = calloc(1, NFLUA_MSG_MAX);

	(void)state;
	ctx->version = 1;
	assert_int_equal(nflua_create(ctx, "x", NULL, NULL, 0, NULL, NULL),
			 -EOPNOTSUPP);
	assert_string_equal(nflua_errmsg(ctx), "the loaded module does not support "
			    "named states");
	assert_int_equal(nflua_load(ctx, "x", 0, "", 0, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(nflua_load(ctx, "default", NFLUA_LOAD_CHECK, "", 0, NULL,
				    NULL), -EOPNOTSUPP);
	assert_int_equal(nflua_eval(ctx, "default", "1", NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(nflua_destroy(ctx, "default", false), -EOPNOTSUPP);
	assert_int_equal(nflua_list(ctx, &list), -EOPNOTSUPP);
	assert_int_equal(nflua_load(ctx, "default", 0, long_script,
				    NFLUA_MSG_MAX - 1, "=s", NULL), -E2BIG);
	assert_int_equal(nflua_load(ctx, "default", 0, long_script,
				    NFLUA_MSG_MAX - 2, "=s", NULL), -EIO);
	free(long_script);
	nflua_close(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts),
		cmocka_unit_test(waits),
		cmocka_unit_test(script_limits),
		cmocka_unit_test(arguments),
		cmocka_unit_test(version_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
