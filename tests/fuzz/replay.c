// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs a target on the files of a corpus, without libFuzzer. */
#include <dirent.h>
#include <errno.h>

#include "target.h"

#define INPUT_MAX (1 << 20)

static int run_file(const char *path)
{
	static uint8_t buf[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t n;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	fprintf(stderr, "%s: %zu bytes\n", path, n);
	data = just(buf, n);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

/* The number of files, or -1. */
static int run_corpus(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[4096];
	int n = 0;

	if (!d) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return -1;
	}
	while (n >= 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		n = run_file(path) ? -1 : n + 1;
	}
	closedir(d);
	return n;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	return run_corpus(argv[1]) > 0 ? 0 : 1;
}
