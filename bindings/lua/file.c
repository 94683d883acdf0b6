// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Scripts from files. nflua_read_script() goes on after a signal, and so what has no
 * end, such as a FIFO that nobody writes to, could not be left: this reads instead.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rock.h"

#define CHUNK_NAME_MAX 255	/* bytes; as the module has it */

/** rock_push_chunk_name - what errors call a script from a file, as far as it fits */
const char *rock_push_chunk_name(lua_State *L, const char *path)
{
	const char *name = lua_pushfstring(L, "@%s", path);

	return strlen(name) > CHUNK_NAME_MAX ?
	       lua_pushlstring(L, name, CHUNK_NAME_MAX) : name;
}

/* As read(2), but any signal with a handler ends the wait. */
static ssize_t read_some(int fd, char *to, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t n;

	do {
		if (poll(&ready, 1, -1) < 0)
			return -errno;
		n = read(fd, to, size);
	} while (n < 0 && errno == EAGAIN);
	return n < 0 ? -errno : n;
}

/* To the end; *@text is freed by the caller. */
static int read_all(int fd, char **text, size_t *len)
{
	size_t size = 0;
	ssize_t got;
	char *more;

	do {
		if (size == *len) {
			size = size ? 2 * size : 16384;
			more = realloc(*text, size);
			if (!more)
				return -ENOMEM;
			*text = more;
		}
		got = read_some(fd, *text + *len, size - *len);
		if (got < 0)
			return got;
		*len += got;
	} while (got && *len <= NFLUA_SCRIPT_MAX);
	return *len > NFLUA_SCRIPT_MAX ? -E2BIG : 0;
}

/* Lines keep their numbers. */
static void blank_first_comment(char *text, size_t len)
{
	size_t i;

	if (len == 0 || text[0] != '#')
		return;
	for (i = 0; i < len && text[i] != '\n'; i++)
		text[i] = ' ';
}

/**
 * rock_read_script - as nflua_read_script(), but a signal ends it with -EINTR
 * @text: free() it
 *
 * Calls no function of Lua.
 */
int rock_read_script(const char *path, char **text, size_t *len)
{
	/* Else it would wait here for somebody who writes to a FIFO. */
	int err, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*text = NULL;
	*len = 0;
	if (fd < 0)
		return -errno;
	err = read_all(fd, text, len);
	close(fd);
	if (!err) {
		blank_first_comment(*text, *len);
		return 0;
	}
	free(*text);
	*text = NULL;
	return err;
}

/** rock_fail_read - rock_fail() for rock_read_script() */
int rock_fail_read(lua_State *L, int err, const char *path)
{
	const char *why = err == -E2BIG ? "a script has at most 8 MiB" : strerror(-err);

	return rock_fail(L, err, lua_pushfstring(L, "%s: %s", path, why), NULL);
}
