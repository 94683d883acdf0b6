// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: shows events as they happen. */
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "health.h"
#include "hook.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "signals.h"
#include "size.h"
#include "state.h"
#include "text.h"

/* How many events are taken before signals are checked again. */
#define BATCH 64

struct monitor {
	bool stamps;
	uint32_t count;		/* 0: without end */
	uint32_t got;
	int signals;
	struct nflua_watch *watch;
};

static const char *type_name(enum nflua_event_type type)
{
	static const char *const names[] = {
		[NFLUA_EVENT_CREATED] = "created",
		[NFLUA_EVENT_DESTROYED] = "destroyed",
		[NFLUA_EVENT_REPLACED] = "replaced",
		[NFLUA_EVENT_ERROR] = "error",
		[NFLUA_EVENT_PRINT] = "print",
		[NFLUA_EVENT_ATTACHED] = "attached",
		[NFLUA_EVENT_DETACHED] = "detached",
		[NFLUA_EVENT_CHANGED] = "changed",
		[NFLUA_EVENT_CONFIRMED] = "confirmed",
		[NFLUA_EVENT_ROLLED_BACK] = "rolled_back",
	};

	return names[type];
}

static const char *reason_name(enum nflua_rollback_reason reason)
{
	switch (reason) {
	case NFLUA_ROLLBACK_TIME:
		return "not confirmed in time";
	case NFLUA_ROLLBACK_ERRORS:
		return "too many errors";
	default:
		return "on request";
	}
}

/* Writes the time of day, UTC, with milliseconds. */
static void format_now(char *buf, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + len, size - len, ".%03ldZ", now.tv_nsec / 1000000);
}

static struct json_object *json_port(int port)
{
	return port < 0 ? NULL : json_object_new_int(port);
}

static void add_ends(struct json_object *o, const struct nflua_endpoints *ends)
{
	json_object_object_add(o, "protocol", ends ?
			       json_object_new_int(ends->protocol) : NULL);
	json_object_object_add(o, "source", json_string(ends ? ends->source : NULL));
	json_object_object_add(o, "source_port",
			       json_port(ends ? ends->source_port : -1));
	json_object_object_add(o, "destination",
			       json_string(ends ? ends->destination : NULL));
	json_object_object_add(o, "destination_port",
			       json_port(ends ? ends->destination_port : -1));
}

/* Prints a line of JSON. All have the same keys. @event: NULL for the type "lost" */
static void print_json(const struct nflua_event *event)
{
	const struct nflua_state *stats = nflua_event_figures(event);
	bool rolled_back = event && nflua_event_type(event) == NFLUA_EVENT_ROLLED_BACK;
	const struct nflua_attachment *hook = nflua_event_attachment(event);
	const struct nflua_result *result = nflua_event_result(event);
	enum nflua_kind kind = nflua_result_kind(result);
	struct json_object *o = json_object_new_object();
	char now[40];
	size_t len;
	const char *output = nflua_result_output(result, &len);

	format_now(now, sizeof(now));
	json_object_object_add(o, "time", json_object_new_string(now));
	json_object_object_add(o, "type", json_object_new_string(
			       event ? type_name(nflua_event_type(event)) : "lost"));
	json_object_object_add(o, "state", event ?
			       json_string(nflua_event_state(event)) : NULL);
	json_object_object_add(o, "seq", event ?
			       json_object_new_int64(nflua_event_seq(event)) : NULL);
	json_object_object_add(o, "lost", event ?
			       json_object_new_uint64(nflua_event_lost(event)) : NULL);
	json_object_object_add(o, "dropped", event ?
			       json_object_new_int64(nflua_event_dropped(event)) : NULL);
	json_object_object_add(o, "function", json_string(nflua_event_function(event)));
	json_object_object_add(o, "kind", kind ?
			       json_object_new_string(kind_name(kind)) : NULL);
	json_object_object_add(o, "error", json_string(nflua_result_error(result)));
	json_object_object_add(o, "traceback",
			       json_string(nflua_result_traceback(result)));
	add_ends(o, nflua_event_endpoints(event));
	json_object_object_add(o, "output", len ? json_text(output, len) : NULL);
	json_add_truncated(o, result);
	json_object_object_add(o, "hook", hook ? json_hook(hook) : NULL);
	json_object_object_add(o, "reason", rolled_back ? json_object_new_string(
			       reason_name(nflua_event_reason(event))) : NULL);
	json_object_object_add(o, "figures", stats ? json_state(stats) : NULL);
	print_json_line(o);
}

static void print_ends(const struct nflua_endpoints *ends)
{
	struct protoent *protocol = getprotobynumber(ends->protocol);

	if (protocol)
		printf(" (%s ", protocol->p_name);
	else
		printf(" (protocol %d ", ends->protocol);
	fputs(ends->source, stdout);
	if (ends->source_port >= 0)
		printf(" port %d", ends->source_port);
	printf(" to %s", ends->destination);
	if (ends->destination_port >= 0)
		printf(" port %d", ends->destination_port);
	putchar(')');
}

static void print_error(const struct nflua_event *event)
{
	const struct nflua_result *result = nflua_event_result(event);
	const char *error = nflua_result_error(result), *function;

	function = nflua_event_function(event);
	putchar(' ');
	print_reason(stdout, function ? function : "?");
	fputs(": ", stdout);
	print_reason(stdout, error ? error : "(no text)");
	if (nflua_result_truncated(result) & NFLUA_CUT_ERROR)
		fputs(" ...", stdout);
	if (nflua_event_endpoints(event))
		print_ends(nflua_event_endpoints(event));
	putchar('\n');
	print_indented(stdout, nflua_result_traceback(result));
}

/* Prints what a script printed, each line after @head. */
static void print_output_lines(const char *head, const struct nflua_event *event)
{
	const struct nflua_result *result = nflua_event_result(event);
	size_t len;
	const char *text = nflua_result_output(result, &len);
	const char *end = text + len, *newline;

	do {
		newline = memchr(text, '\n', end - text);
		if (!newline)
			newline = end;
		printf("%s print ", head);
		print_text(stdout, text, newline - text, "");
		putchar('\n');
		text = newline + 1;
	} while (text < end);
	if (nflua_result_truncated(result) & NFLUA_CUT_OUTPUT)
		printf("%s print ...\n", head);
}

static void print_limits(const struct nflua_event *event)
{
	const struct nflua_state *s = nflua_event_figures(event);
	char limit[16], budget[32], left[32];
	uint32_t ms;

	format_size(limit, sizeof(limit), nflua_state_maxalloc(s));
	format_time(budget, sizeof(budget), nflua_state_budget(s) * 1000ull);
	printf(" (memory %s, budget %s", limit, budget);
	if (nflua_event_type(event) == NFLUA_EVENT_ROLLED_BACK)
		printf(", %s", reason_name(nflua_event_reason(event)));
	if (nflua_state_confirm_ms(s, &ms)) {
		format_time(left, sizeof(left), ms * 1000000ull);
		printf(", to be confirmed in %s", left);
	}
	puts(")");
}

static void print_attachment(const struct nflua_attachment *hook)
{
	putchar(' ');
	print_reason(stdout, hook->function);
	fputs(" (", stdout);
	print_hook_place(stdout, hook);
	puts(")");
}

static void tell_gaps(const struct nflua_event *event)
{
	if (nflua_event_lost(event))
		complain("nfluactl: monitor: lost %" PRIu64 " events",
			 nflua_event_lost(event));
	if (nflua_event_dropped(event))
		complain("nfluactl: monitor: %" PRIu32
			 " events were suppressed by the rate limit",
			 nflua_event_dropped(event));
}

static void print_plain(const struct monitor *monitor, const struct nflua_event *event)
{
	char head[128], now[40] = "";

	if (monitor->stamps)
		format_now(now, sizeof(now));
	snprintf(head, sizeof(head), "%s%s%s", now, *now ? " " : "",
		 nflua_event_state(event));
	tell_gaps(event);
	if (nflua_event_type(event) == NFLUA_EVENT_PRINT) {
		print_output_lines(head, event);
		return;
	}
	printf("%s %s", head, type_name(nflua_event_type(event)));
	if (nflua_event_type(event) == NFLUA_EVENT_ERROR)
		print_error(event);
	else if (nflua_event_attachment(event))
		print_attachment(nflua_event_attachment(event));
	else
		print_limits(event);
}

static void print_event(const struct cli *cli, const struct monitor *monitor,
			const struct nflua_event *event)
{
	if (cli->globals.json)
		print_json(event);
	else
		print_plain(monitor, event);
	fflush(stdout);
}

static void print_loss(const struct cli *cli, const struct monitor *monitor)
{
	if (cli->globals.json)
		print_json(NULL);
	else
		complain("nfluactl: monitor: %s",
			 nflua_watch_errmsg(monitor->watch));
	fflush(stdout);
}

/* Returns whether a state is among those that were named, if any were. */
static bool is_wanted(const struct cli *cli, const char *name)
{
	bool named = false;
	size_t i;

	for (i = 0; i < cli->count; i++) {
		if (cli->args[i].letter)
			continue;
		if (strcmp(cli->args[i].value, name) == 0)
			return true;
		named = true;
	}
	return !named;
}

static bool is_complete(const struct monitor *monitor)
{
	return monitor->count && monitor->got == monitor->count;
}

/* Takes a batch of events. Returns 0 to go on, or a negative errno. */
static int take_some(const struct cli *cli, struct monitor *monitor)
{
	const struct nflua_event *event;
	int err, i;

	for (i = 0; i < BATCH && !is_complete(monitor) && !ferror(stdout); i++) {
		err = nflua_watch_receive(monitor->watch, 0, &event);
		if (err == -EAGAIN)
			return 0;
		if (err == -ENOBUFS)
			print_loss(cli, monitor);
		else if (err)
			return err;
		else if (is_wanted(cli, nflua_event_state(event))) {
			print_event(cli, monitor, event);
			monitor->got++;
		}
	}
	return 0;
}

/* Tells the last errors that states have already, as no event will come for them. */
static void tell_last_errors(const struct cli *cli)
{
	const struct nflua_state *state;
	struct nflua_list *list;
	size_t i;

	if (nflua_list(cli->ctx, &list))
		return;
	for (i = 0; (state = nflua_list_state(list, i)); i++) {
		if (!nflua_state_last_error(state) ||
		    !is_wanted(cli, nflua_state_name(state)))
			continue;
		fprintf(stderr, "nfluactl: monitor: %s: ", nflua_state_name(state));
		print_last_error(stderr, state);
	}
	nflua_list_free(list);
}

static int do_monitor(struct cli *cli, struct monitor *monitor)
{
	bool interrupted = false;

	monitor->signals = catch_signals(0);
	while (!interrupted && !ferror(stdout)) {
		if (take_some(cli, monitor))
			return failed_with(cli, NULL,
					   nflua_watch_errmsg(monitor->watch));
		if (is_complete(monitor))
			break;
		wait_readable(nflua_watch_fd(monitor->watch), monitor->signals, -1,
			      &interrupted);
	}
	return EXIT_DONE;
}

static int read_monitor(struct cli *cli, struct monitor *monitor)
{
	size_t i;

	for (i = 0; i < cli->count; i++) {
		monitor->stamps |= cli->args[i].letter == 't';
		if (cli->args[i].letter == 'c' &&
		    (parse_u32(cli->args[i].value, &monitor->count) ||
		     !monitor->count))
			return usage_error(cli, "'%s' is not a number of events",
					   cli->args[i].value);
	}
	return 0;
}

int cmd_monitor(struct cli *cli)
{
	struct monitor monitor = { .signals = -1 };
	int status = read_monitor(cli, &monitor);

	if (!status)
		status = open_module(cli);
	if (!status && nflua_watch_open(cli->ctx, &monitor.watch))
		status = failed(cli, NULL, NULL);
	if (!status) {
		tell_last_errors(cli);
		status = do_monitor(cli, &monitor);
	}
	nflua_watch_close(monitor.watch);
	if (monitor.signals >= 0)
		close(monitor.signals);
	return status;
}
