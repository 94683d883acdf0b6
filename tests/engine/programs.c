// SPDX-License-Identifier: GPL-2.0-or-later
/* Random programs in the engine, or those that a fuzzer kept. */
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trial.h"

#define BYTES_MAX	2048

static unsigned char data[BYTES_MAX];
static size_t size;

static const char usage[] =
	"usage: %s [-t SECONDS] [-n PROGRAMS] [-S SEED] [-p]\n"
	"       %s FILE|DIRECTORY...\n"
	"Runs random programs in the engine, in user space, or those of files\n"
	"(as a fuzzer keeps them). -p prints them instead. What ends in a failure\n"
	"is left in the file engine-found.\n";

static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static void randomize(uint64_t seed)
{
	size_t i;

	size = 16 + next(&seed) % (BYTES_MAX - 16);
	for (i = 0; i < size; i++)
		data[i] = next(&seed);
}

/* What sanitizers find ends as assertions do. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "abort_on_error=1:detect_stack_use_after_return=0";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

static void keep_input(int sig)
{
	FILE *f = fopen("engine-found", "wb");

	if (f) {
		fwrite(data, 1, size, f);
		fclose(f);
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

static void print_counts(void)
{
	const struct trial_counts *c = &trial_counts;

	printf("# %lu programs, %lu compared, %lu killed, %lu out of memory, %lu errors, "
	       "%lu refused, %lu packets; %lu universes without memory\n",
	       c->programs, c->compared, c->killed, c->out_of_memory, c->errors,
	       c->refused, c->packets, c->unopened);
}

/* Runs the program that the data makes, or prints it. */
static void take(int print)
{
	if (print)
		trial_print(data, size, stdout);
	else
		trial(data, size);
}

/* 0 when the file could be read. */
static int take_file(const char *path, int print)
{
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		return -1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	take(print);
	return 0;
}

static int take_directory(DIR *d, const char *path, int print)
{
	struct dirent *e;
	char name[PATH_MAX];
	int err = 0;

	while (!err && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		err = take_file(name, print);
	}
	closedir(d);
	return err;
}

static int take_paths(char **paths, int print)
{
	int err = 0;
	DIR *d;

	for (; *paths && !err; paths++) {
		d = opendir(*paths);
		err = d ? take_directory(d, *paths, print) : take_file(*paths, print);
	}
	return err;
}

/* Ends after so many programs, or seconds; 0: no such end. */
static void take_random(uint64_t seed, unsigned long most, time_t seconds, int print)
{
	time_t end = time(NULL) + seconds;
	unsigned long n;

	if (!print)
		printf("# seed %llu\n", (unsigned long long)seed);
	for (n = 0; (!most || n < most) && (!seconds || time(NULL) < end); n++) {
		randomize(seed + n);
		if (print)
			printf("-- seed %llu\n", (unsigned long long)(seed + n));
		take(print);
	}
}

int main(int argc, char **argv)
{
	uint64_t seed = time(NULL);
	unsigned long most = 0;
	time_t seconds = 0;
	int c, print = 0;

	while ((c = getopt(argc, argv, "t:n:S:p")) != -1) {
		switch (c) {
		case 't':
			seconds = atol(optarg);
			break;
		case 'n':
			most = strtoul(optarg, NULL, 0);
			break;
		case 'S':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			print = 1;
			break;
		default:
			fprintf(stderr, usage, argv[0], argv[0]);
			return 2;
		}
	}
	signal(SIGABRT, keep_input);
	if (optind < argc) {
		if (take_paths(argv + optind, print))
			return 1;
	} else {
		take_random(seed, most || seconds ? most : 1000, seconds, print);
	}
	if (print)
		return 0;
	print_counts();
	/* A good part of those that are random has to be comparable. */
	return optind == argc && trial_counts.programs >= 50 &&
	       trial_counts.compared < trial_counts.programs / 5;
}
