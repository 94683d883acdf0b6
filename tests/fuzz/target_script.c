// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts from files: nflua_read_script(). */
#include <sys/mman.h>
#include <unistd.h>

#include "ctx.h"
#include "target.h"

static void check_same(const char *script, const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	size_t first = line ? (size_t)(line - data) : size, i;

	if (size == 0 || data[0] != '#')
		first = 0;
	for (i = 0; i < size; i++)
		MUST(script[i] == (i < first ? ' ' : (char)data[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nflua_ctx ctx = { .fd = -1 };
	int fd = memfd_create("script", MFD_CLOEXEC);
	char *script;
	size_t len;

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	MUST(nflua_read_script(&ctx, NULL, fd, &script, &len) == 0);
	close(fd);
	MUST(len == size && script[len] == '\0');
	check_same(script, data, size);
	free(script);
	return 0;
}
