// SPDX-License-Identifier: GPL-2.0-or-later
/* top: what states are doing, sorted by the time that they take. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "signals.h"
#include "size.h"
#include "state.h"

struct top {
	uint32_t count;		/* of tables; 0: without end */
	uint32_t seconds;	/* between two of them */
	int signals;
	struct nflua_list *before;	/* NULL: none yet */
	uint64_t before_ns;
};

/* What a state did during an interval. */
struct row {
	const struct nflua_state *state;
	uint64_t ns, calls, matches, errors, time_ns;
};

static const struct nflua_state *find_state(const struct nflua_list *list,
					    const char *name)
{
	const struct nflua_state *state;
	size_t i;

	for (i = 0; (state = nflua_list_state(list, i)); i++)
		if (strcmp(nflua_state_name(state), name) == 0)
			return state;
	return NULL;
}

/* Fills in what a state did since the last look, or since it was created. */
static void fill_row(struct row *row, const struct nflua_state *now,
		     const struct nflua_state *before, uint64_t ns)
{
	if (before && nflua_state_age_ns(now) < ns)
		before = NULL;
	row->state = now;
	row->ns = before ? ns : nflua_state_age_ns(now);
	row->calls = nflua_state_calls(now) - nflua_state_calls(before);
	row->matches = nflua_state_matches(now) - nflua_state_matches(before);
	row->errors = nflua_state_errors(now) - nflua_state_errors(before);
	/* This time is estimated from a sample, and may seem to go back. */
	row->time_ns = nflua_state_time_ns(now) > nflua_state_time_ns(before) ?
		       nflua_state_time_ns(now) - nflua_state_time_ns(before) : 0;
}

static double rate(const struct row *row, uint64_t n)
{
	return row->ns ? n * 1e9 / row->ns : 0;
}

/* Returns the share of one CPU, in percent. */
static double percent(const struct row *row)
{
	return row->ns ? row->time_ns * 100.0 / row->ns : 0;
}

static uint64_t call_ns(const struct row *row)
{
	return row->calls ? row->time_ns / row->calls : 0;
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double more = percent(y) - percent(x);

	if (more)
		return more > 0 ? 1 : -1;
	return strcmp(nflua_state_name(x->state), nflua_state_name(y->state));
}

/* The size of the terminal; 0: unlimited. */
struct screen {
	size_t rows, columns;
};

static struct screen find_screen(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return (struct screen) { 0 };
	return (struct screen) { size.ws_row, size.ws_col };
}

/* Prints a line, cut off at the width of the screen. */
static void __attribute__((format(printf, 2, 3)))
print_line(const struct screen *screen, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	printf("%.*s\n", screen->columns ? (int)screen->columns : -1, line);
}

static void print_row(const struct screen *screen, const struct row *row, int width)
{
	char used[16], limit[16], call[32] = "-", error[32] = "-";

	format_size(used, sizeof(used), nflua_state_curralloc(row->state));
	format_size(limit, sizeof(limit), nflua_state_maxalloc(row->state));
	if (row->calls)
		format_time(call, sizeof(call), call_ns(row));
	if (nflua_state_failure(row->state))
		format_time(error, sizeof(error),
			    nflua_state_failure_age_ns(row->state));
	print_line(screen, "%-*s %6.1f %10.1f %10.1f %9.1f %8s %8s %8s %8s", width,
		   nflua_state_name(row->state), percent(row),
		   rate(row, row->calls), rate(row, row->matches),
		   rate(row, row->errors), call, used, limit, error);
}

static int longest_name(const struct row *rows, size_t count)
{
	size_t i, longest = strlen("NAME"), len;

	for (i = 0; i < count; i++) {
		len = strlen(nflua_state_name(rows[i].state));
		longest = len > longest ? len : longest;
	}
	return longest;
}

/* Returns how many rows fit: the cursor has the last line, the header the first. */
static size_t find_room(const struct screen *screen, size_t count, bool head)
{
	size_t used = 1 + head, room;

	if (!screen->rows || screen->rows >= used + count)
		return count;
	room = screen->rows > used ? screen->rows - used : 0;
	/* One line says how many do not fit. */
	return room ? room - 1 : 0;
}

static void print_table(const struct row *rows, size_t count, bool head)
{
	const struct screen screen = find_screen();
	size_t i, seen = find_room(&screen, count, head);
	int width = longest_name(rows, seen);

	/* Moves to the top left and clears the screen. */
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	if (head)
		print_line(&screen, "%-*s %6s %10s %10s %9s %8s %8s %8s %8s", width,
			   "NAME", "%CPU", "CALLS/S", "MATCHES/S", "ERRORS/S",
			   "CALL", "MEMORY", "LIMIT", "LAST ERR");
	for (i = 0; i < seen; i++)
		print_row(&screen, &rows[i], width);
	if (seen < count)
		print_line(&screen, "and %zu more", count - seen);
}

static struct json_object *json_row(const struct row *row)
{
	struct json_object *o = json_state(row->state);

	json_object_object_add(o, "interval_ns", json_object_new_uint64(row->ns));
	json_object_object_add(o, "cpu_percent", json_object_new_double(percent(row)));
	json_object_object_add(o, "calls_per_s",
			       json_object_new_double(rate(row, row->calls)));
	json_object_object_add(o, "matches_per_s",
			       json_object_new_double(rate(row, row->matches)));
	json_object_object_add(o, "errors_per_s",
			       json_object_new_double(rate(row, row->errors)));
	json_object_object_add(o, "ns_per_call", json_object_new_uint64(call_ns(row)));
	return o;
}

static void print_rows(const struct cli *cli, const struct row *rows, size_t count)
{
	struct json_object *array;
	size_t i;

	if (cli->globals.json) {
		array = json_object_new_array();
		for (i = 0; i < count; i++)
			json_object_array_add(array, json_row(&rows[i]));
		print_json_line(array);
		return;
	}
	print_table(rows, count, !cli->globals.quiet);
}

static int show(struct cli *cli, struct top *top, const struct nflua_list *list,
		uint64_t ns)
{
	size_t i, count = nflua_list_count(list);
	struct row *rows = calloc(count + 1, sizeof(*rows));
	const struct nflua_state *state;

	if (!rows)
		return failed_with(cli, NULL, strerror(ENOMEM));
	for (i = 0; i < count; i++) {
		state = nflua_list_state(list, i);
		fill_row(&rows[i], state,
			 find_state(top->before, nflua_state_name(state)), ns);
	}
	qsort(rows, count, sizeof(*rows), compare);
	print_rows(cli, rows, count);
	fflush(stdout);
	free(rows);
	return EXIT_DONE;
}

static int look(struct cli *cli, struct top *top)
{
	struct nflua_list *list;
	uint64_t now;
	int status;

	if (nflua_list(cli->ctx, &list))
		return failed(cli, NULL, NULL);
	now = now_ns();
	status = show(cli, top, list, now - top->before_ns);
	nflua_list_free(top->before);
	top->before = list;
	top->before_ns = now;
	return status;
}

/* A table that is printed because the terminal was resized does not count. */
static int do_top(struct cli *cli, struct top *top)
{
	bool interrupted = false, resized = false;
	uint32_t shown = 0;
	int status;

	top->signals = catch_signals(isatty(STDOUT_FILENO) ? SIGWINCH : 0);
	do {
		shown += !resized;
		status = look(cli, top);
		if (status || ferror(stdout) || shown == top->count)
			break;
		resized = wait_readable(-1, top->signals, top->seconds * 1000,
					&interrupted);
	} while (!interrupted);
	return status;
}

static int read_top(struct cli *cli, struct top *top)
{
	const struct arg *arg;
	uint32_t n;

	for (arg = cli->args; arg < cli->args + cli->count; arg++) {
		if (!arg->letter)
			return unexpected_argument(cli, arg);
		if (parse_u32(arg->value, &n) || !n || n > 1000000)
			return usage_error(cli, "'%s' is not a number from 1 to 1000000",
					   arg->value);
		if (arg->letter == 'n')
			top->count = n;
		else
			top->seconds = n;
	}
	return 0;
}

int cmd_top(struct cli *cli)
{
	struct top top = { .seconds = 2, .signals = -1 };
	int status = read_top(cli, &top);

	if (!status)
		status = open_module(cli);
	if (!status)
		status = do_top(cli, &top);
	nflua_list_free(top.before);
	if (top.signals >= 0)
		close(top.signals);
	return status;
}
