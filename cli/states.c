// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that look at states and end them: list, destroy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nfluactl.h"

static struct json_object *json_state(const struct nflua_state *s)
{
	const struct {
		const char *key;
		uint64_t value;
	} before[] = {
		{ "maxalloc", nflua_state_maxalloc(s) },
		{ "curralloc", nflua_state_curralloc(s) },
		{ "peakalloc", nflua_state_peakalloc(s) },
		{ "budget", nflua_state_budget(s) },
	}, after[] = {
		{ "refs", nflua_state_refs(s) },
		{ "calls", nflua_state_calls(s) },
		{ "matches", nflua_state_matches(s) },
		{ "errors", nflua_state_errors(s) },
		{ "time_ns", nflua_state_time_ns(s) },
		{ "age_ns", nflua_state_age_ns(s) },
	};
	struct json_object *object = json_object_new_object();
	size_t i;

	json_object_object_add(object, "name",
			       json_object_new_string(nflua_state_name(s)));
	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		json_object_object_add(object, before[i].key,
				       json_object_new_uint64(before[i].value));
	json_object_object_add(object, "percpu",
			       json_object_new_boolean(nflua_state_percpu(s)));
	for (i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		json_object_object_add(object, after[i].key,
				       json_object_new_uint64(after[i].value));
	return object;
}

#define ROW "%-16s %8s %8s %8s %8s %5s %10s %10s %8s %7s %6s\n"

static void print_header(void)
{
	printf(ROW, "NAME", "MEMORY", "PEAK", "LIMIT", "BUDGET", "RULES",
	       "CALLS", "MATCHES", "ERRORS", "TIME", "AGE");
}

static void number(char *buf, size_t size, uint64_t n)
{
	snprintf(buf, size, "%llu", (unsigned long long)n);
}

static void print_state(const struct nflua_state *s)
{
	char used[16], peak[16], limit[16], budget[32], refs[24], calls[24];
	char matches[24], errors[24], time[32], age[32];

	format_size(used, sizeof(used), nflua_state_curralloc(s));
	format_size(peak, sizeof(peak), nflua_state_peakalloc(s));
	format_size(limit, sizeof(limit), nflua_state_maxalloc(s));
	format_time(budget, sizeof(budget), nflua_state_budget(s) * 1000ull);
	number(refs, sizeof(refs), nflua_state_refs(s));
	number(calls, sizeof(calls), nflua_state_calls(s));
	number(matches, sizeof(matches), nflua_state_matches(s));
	number(errors, sizeof(errors), nflua_state_errors(s));
	format_time(time, sizeof(time), nflua_state_time_ns(s));
	format_time(age, sizeof(age), nflua_state_age_ns(s));
	printf(ROW, nflua_state_name(s), used, peak, limit, budget, refs, calls,
	       matches, errors, time, age);
}

static void show(const struct nflua_list *list, struct json_object *array)
{
	const struct nflua_state *state;
	size_t i;

	for (i = 0; (state = nflua_list_state(list, i)); i++) {
		if (array)
			json_object_array_add(array, json_state(state));
		else
			print_state(state);
	}
}

/* Names that are not there are told after the others. */
static int show_named(struct run *run, char **names, size_t count,
		      struct json_object *array)
{
	struct nflua_list *list;
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; i < count; i++) {
		if (nflua_get(run->ctx, names[i], &list)) {
			fprintf(stderr, "nfluactl: list %s: %s\n", names[i],
				nflua_errmsg(run->ctx));
			status = EXIT_FAILED;
			continue;
		}
		show(list, array);
		nflua_list_free(list);
	}
	return status;
}

static int show_all(struct run *run, struct json_object *array)
{
	struct nflua_list *list;

	if (nflua_list(run->ctx, &list)) {
		fprintf(stderr, "nfluactl: list: %s\n", nflua_errmsg(run->ctx));
		return EXIT_FAILED;
	}
	show(list, array);
	nflua_list_free(list);
	return EXIT_DONE;
}

static int do_list(struct run *run, char **names, size_t count)
{
	struct json_object *array = NULL;
	int status;

	if (run->globals.json)
		array = json_object_new_array();
	else if (!run->globals.quiet)
		print_header();
	status = count ? show_named(run, names, count, array) :
			 show_all(run, array);
	if (array)
		finish_json(run, array);
	return status;
}

int cmd_list(struct run *run)
{
	char **names = calloc(run->argc + 1, sizeof(*names));
	int c, status = names ? 0 : EXIT_FAILED;
	size_t count = 0;

	while (!status && (c = next_option(run, "", NULL)) != -1) {
		if (c == '?')
			status = EXIT_USAGE;
		else
			names[count++] = optarg;
	}
	if (!status && run->ctx && !run->globals.help)
		status = do_list(run, names, count);
	free(names);
	return status;
}

struct destroy {
	char **names;
	size_t count;
	bool force;
	bool all;
};

/* Tries one; with JSON what was destroyed goes into @done. */
static int destroy_one(struct run *run, const char *name, bool force,
		       struct json_object *done)
{
	if (nflua_destroy(run->ctx, name, force)) {
		fprintf(stderr, "nfluactl: destroy %s: %s\n", name,
			nflua_errmsg(run->ctx));
		return EXIT_FAILED;
	}
	if (done)
		json_object_array_add(done, json_object_new_string(name));
	return EXIT_DONE;
}

static int destroy_all(struct run *run, bool force, struct json_object *done)
{
	const struct nflua_state *state;
	struct nflua_list *list;
	int status = EXIT_DONE;
	size_t i;

	if (nflua_list(run->ctx, &list)) {
		fprintf(stderr, "nfluactl: destroy: %s\n", nflua_errmsg(run->ctx));
		return EXIT_FAILED;
	}
	for (i = 0; (state = nflua_list_state(list, i)); i++)
		if (destroy_one(run, nflua_state_name(state), force, done))
			status = EXIT_FAILED;
	nflua_list_free(list);
	return status;
}

static int do_destroy(struct run *run, const struct destroy *d)
{
	struct json_object *done = NULL;
	int status = EXIT_DONE;
	size_t i;

	if (run->globals.json)
		done = json_object_new_array();
	if (d->all)
		status = destroy_all(run, d->force, done);
	for (i = 0; i < d->count; i++)
		if (destroy_one(run, d->names[i], d->force, done))
			status = EXIT_FAILED;
	if (done)
		finish_json(run, done);
	return status;
}

static int read_destroy(struct run *run, struct destroy *d)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ "all", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = next_option(run, "fa", options)) != -1) {
		if (c == 'f')
			d->force = true;
		else if (c == 'a')
			d->all = true;
		else if (c == 1)
			d->names[d->count++] = optarg;
		else
			return EXIT_USAGE;
	}
	if (run->globals.help)
		return 0;
	if (d->all && d->count)
		return usage_error(run, "names and --all exclude each other");
	if (!d->all && !d->count)
		return usage_error(run, "no name of a state");
	return 0;
}

int cmd_destroy(struct run *run)
{
	struct destroy d = { .names = calloc(run->argc + 1, sizeof(*d.names)) };
	int status = d.names ? read_destroy(run, &d) : EXIT_FAILED;

	if (!status && run->ctx && !run->globals.help)
		status = do_destroy(run, &d);
	free(d.names);
	return status;
}
