// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of it, and what was reached: a table and TAP. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nl.h"

static int tests, bad;

static bool __attribute__((format(printf, 2, 3)))
check(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%s %d - ", good ? "ok" : "not ok", ++tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	bad += !good;
	return good;
}

/* All fields of struct totals are of one type. */
static void add_up(void)
{
	uint64_t *sum = (uint64_t *)totals, *one;
	size_t i, n = sizeof(*totals) / sizeof(*sum);
	int p;

	for (p = 1; p < options.processes; p++) {
		one = (uint64_t *)&all[p];
		for (i = 0; i < n; i++)
			sum[i] += one[i];
	}
}

static bool is_seen(int code)
{
	int row;

	for (row = 0; row < CMD_ROWS; row++)
		if (totals->outcomes[row][code])
			return true;
	return false;
}

static void print_coverage(void)
{
	int row, code;

	printf("# %-17s", "command");
	for (code = 0; code < CODES_END; code++)
		if (is_seen(code))
			printf(" %*s", 10, code_name(code));
	for (row = 0; row < CMD_ROWS; row++) {
		printf("\n# %-17s", cmd_name(row));
		for (code = 0; code < CODES_END; code++)
			if (is_seen(code))
				printf(" %10llu", (unsigned long long)
				       totals->outcomes[row][code]);
	}
	putchar('\n');
}

#define COUNT(name) printf("# %s: %llu\n", #name, (unsigned long long)totals->name)

static void print_counts(void)
{
	int cmd;

	COUNT(datagrams);
	COUNT(requests);
	COUNT(hang_ups);
	COUNT(packets);
	COUNT(received);
	COUNT(rules);
	COUNT(rules_refused);
	COUNT(sweeps);
	COUNT(swept);
	for (cmd = 0; cmd <= NFLUA_CMD_MAX; cmd++)
		if (totals->events[cmd])
			printf("# %s: %llu\n", cmd_name(cmd),
			       (unsigned long long)totals->events[cmd]);
}

/* In fewer requests not everything can be expected to have happened. */
#define COVERAGE_REQUESTS 20000

/* A command of which something that is expected was not seen. */
static void check_row(int cmd)
{
	const int *code = cmd_rows[cmd].codes;
	char missing[200] = "";

	for (; *code >= 0; code++)
		if (!totals->outcomes[cmd][*code])
			strcat(strcat(missing, " "), code_name(*code));
	if (!check(!*missing, "every outcome of %s", cmd_name(cmd)))
		printf("# not reached:%s\n", missing);
}

static void check_coverage(void)
{
	int cmd;

	for (cmd = 0; cmd <= NFLUA_CMD_MAX; cmd++)
		check_row(cmd);
	check(totals->events[NFLUA_CMD_MSG], "messages of scripts");
	for (cmd = NFLUA_CMD_STATE_NEW_NTF; cmd <= NFLUA_CMD_MAX; cmd++)
		if (event_attrs(cmd))
			check(totals->events[cmd], "events %s", cmd_name(cmd));
	check(totals->hang_ups, "sockets closed while a script ran");
	check(totals->rules && totals->rules_refused, "rules, taken and refused");
	check(totals->packets && totals->received, "packets");
}

static bool unloads(void)
{
	int tries = 40;

	while (run("tests/vm/common/rmmod-nflua") && --tries)
		usleep(250000);
	return tries;
}

int report(bool processes_good)
{
	add_up();
	print_coverage();
	print_counts();
	check(processes_good && !totals->failures,
	      "%llu requests were answered as they may be",
	      (unsigned long long)totals->requests);
	if (options.count == UINT64_MAX && totals->requests >= COVERAGE_REQUESTS)
		check_coverage();
	else
		puts("# too few requests to expect every outcome");
	flush_rules();
	check(unloads(), "the module unloads");
	printf("1..%d\n", tests);
	return bad ? 1 : 0;
}

