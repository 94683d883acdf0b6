// SPDX-License-Identifier: LGPL-2.1-or-later
/* Scripts from files. */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "interrupt.h"
#include "pause.h"

static int too_long(struct nflua_ctx *ctx, const char *what)
{
	return nflua_fail(ctx, -E2BIG, "%s: script too long (at most 8 MiB)", what);
}

/* read(2) that waits even if @fd is nonblocking, and returns a negative errno. */
static ssize_t read_some(struct nflua_ctx *ctx, int fd, char *to, size_t size)
{
	ssize_t n;

	do {
		n = nflua_pause(ctx, fd, -1);
		if (n < 0)
			return n;
		n = read(fd, to, size);
	} while (n < 0 && errno == EAGAIN);
	return n < 0 ? -errno : n;
}

static int cannot_read(struct nflua_ctx *ctx, int err, const char *what)
{
	return nflua_fail(ctx, err, "%s: %s", what,
			  err == -EINTR ? "interrupted" : strerror(-err));
}

/* Reads to the end of @fd, but no further than one byte past the limit. */
static int read_all(struct nflua_ctx *ctx, int fd, const char *what, char **out,
		    size_t *len)
{
	size_t size = 0, n = 0;
	char *buf = NULL, *more;
	ssize_t got;

	for (;;) {
		if (size - n < 2) {
			size = size ? 2 * size : 16384;
			more = realloc(buf, size);
			if (!more) {
				free(buf);
				return nflua_fail_nomem(ctx);
			}
			buf = more;
		}
		got = read_some(ctx, fd, buf + n, size - n - 1);
		if (got <= 0 || (n += got) > NFLUA_SCRIPT_MAX)
			break;
	}
	if (got >= 0 && n <= NFLUA_SCRIPT_MAX) {
		buf[n] = '\0';
		*out = buf;
		*len = n;
		return 0;
	}
	got = got < 0 ? cannot_read(ctx, got, what) : too_long(ctx, what);
	free(buf);
	return got;
}

/* Blanks the first line if it begins with '#', so that the others keep their numbers. */
static void blank_first_comment(char *script, size_t len)
{
	size_t i;

	if (len == 0 || script[0] != '#')
		return;
	for (i = 0; i < len && script[i] != '\n'; i++)
		script[i] = ' ';
}

int nflua_script_read(struct nflua_ctx *ctx, const char *path, int fd, char **script,
		      size_t *len)
{
	int err;

	if (path) {
		/* Otherwise opening a FIFO would block, and could not be interrupted. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			return cannot_read(ctx, -errno, path);
	}
	err = read_all(ctx, fd, path ? path : "the script", script, len);
	if (path)
		close(fd);
	if (!err)
		blank_first_comment(*script, *len);
	return err;
}

NFLUA_PUBLIC int nflua_read_script(struct nflua_ctx *ctx, const char *path,
				   int fd, char **script, size_t *len)
{
	if (!ctx)
		return -EINVAL;
	if (!script || !len)
		return nflua_fail(ctx, -EINVAL, "%s is NULL", script ? "len" : "script");
	nflua_interrupt_begin(ctx);
	return nflua_script_read(ctx, path, fd, script, len);
}
