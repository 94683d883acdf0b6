// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that look at states and end them: list, clear, destroy. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct json_object *json_state(const struct nflua_state *s)
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
	json_add_health(object, s);
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
	char matches[24], errors[24], time[32] = "-", age[32];

	format_size(used, sizeof(used), nflua_state_curralloc(s));
	format_size(peak, sizeof(peak), nflua_state_peakalloc(s));
	format_size(limit, sizeof(limit), nflua_state_maxalloc(s));
	format_time(budget, sizeof(budget), nflua_state_budget(s) * 1000ull);
	number(refs, sizeof(refs), nflua_state_refs(s));
	number(calls, sizeof(calls), nflua_state_calls(s));
	number(matches, sizeof(matches), nflua_state_matches(s));
	number(errors, sizeof(errors), nflua_state_errors(s));
	if (nflua_state_calls(s))
		format_time(time, sizeof(time), nflua_state_time_ns(s));
	format_time(age, sizeof(age), nflua_state_age_ns(s));
	printf(ROW, nflua_state_name(s), used, peak, limit, budget, refs, calls,
	       matches, errors, time, age);
}

/* As a table. */
void print_states(const struct nflua_list *list)
{
	const struct nflua_state *state;
	size_t i;

	print_header();
	for (i = 0; (state = nflua_list_state(list, i)); i++) {
		print_state(state);
		print_health(state, false);
	}
}

/* What list was asked for. */
struct listing {
	size_t names;		/* of states; 0: all of them */
	bool check;		/* the status tells of trouble */
	bool quiet;		/* rows only, for programs */
};

/* The status: EXIT_DONE unless a state that is to be checked has troubles. */
static int show(const struct nflua_list *list, const struct listing *listing,
		struct json_object *array)
{
	const struct nflua_state *state;
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; (state = nflua_list_state(list, i)); i++) {
		if (listing->check && is_troubled(state))
			status = EXIT_FAILED;
		if (array) {
			json_object_array_add(array, json_state(state));
		} else {
			print_state(state);
			if (!listing->quiet)
				print_health(state, listing->names);
		}
	}
	return status;
}

/* With -j a list begins, else a table. */
static void begin_list(struct run *run)
{
	if (run->globals.json)
		run->document = json_object_new_array();
	else if (!run->globals.quiet)
		print_header();
}

/* Names that are not there are told, and the others shown. */
static int show_named(struct run *run, const struct listing *listing)
{
	bool begun = run->globals.json;
	struct nflua_list *list;
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; i < run->count; i++) {
		if (run->args[i].letter)
			continue;
		if (nflua_get(run->ctx, run->args[i].value, &list)) {
			status = failed(run, run->args[i].value, NULL);
			continue;
		}
		if (!begun)
			begin_list(run);
		begun = true;
		if (show(list, listing, run->document))
			status = EXIT_FAILED;
		nflua_list_free(list);
	}
	return status;
}

static int show_all(struct run *run, const struct listing *listing)
{
	struct nflua_list *list;
	int status;

	if (nflua_list(run->ctx, &list))
		return failed(run, NULL, NULL);
	if (!run->globals.json)
		begin_list(run);
	status = show(list, listing, run->document);
	nflua_list_free(list);
	return status;
}

int cmd_list(struct run *run)
{
	struct listing listing = { .quiet = run->globals.quiet };
	int status = open_module(run);
	size_t i;

	if (status)
		return status;
	for (i = 0; i < run->count; i++) {
		listing.check |= run->args[i].letter == 'c';
		listing.names += !run->args[i].letter;
	}
	if (run->globals.json)
		begin_list(run);
	return listing.names ? show_named(run, &listing) : show_all(run, &listing);
}

/* Names that are not there are told, and the others cleared. */
int cmd_clear(struct run *run)
{
	int status;
	size_t i;

	if (!run->count)
		return usage_error(run, "no name of a state");
	status = open_module(run);
	if (status)
		return status;
	if (run->globals.json)
		run->document = json_object_new_array();
	for (i = 0; i < run->count; i++) {
		if (nflua_clear(run->ctx, run->args[i].value))
			status = failed(run, run->args[i].value, NULL);
		else if (run->document)
			json_object_array_add(run->document,
					      json_object_new_string(run->args[i].value));
	}
	return status;
}

struct destroy {
	size_t names;
	bool force;
	bool all;
};

/* How many rules, and what can be done. */
static int refused(struct run *run, const char *name)
{
	struct nflua_list *list;
	uint32_t refs = 0;
	char text[128];

	if (!nflua_get(run->ctx, name, &list)) {
		refs = nflua_state_refs(nflua_list_state(list, 0));
		nflua_list_free(list);
	}
	if (!refs)
		return failed_with(run, name, "a chunk is running in the state; -f ends it");
	snprintf(text, sizeof(text),
		 "%u rule%s to the state; with -f %s for another one of its name",
		 refs, refs == 1 ? " refers" : "s refer", refs == 1 ? "it waits" : "they wait");
	return failed_with(run, name, text);
}

/* Tries one; with JSON what was destroyed goes into the document. */
static int destroy_one(struct run *run, const char *name, bool force)
{
	int err = nflua_destroy(run->ctx, name, force);

	if (err == -EBUSY)
		return refused(run, name);
	if (err)
		return failed(run, name, NULL);
	if (run->document)
		json_object_array_add(run->document,
				      json_object_new_string(name));
	return EXIT_DONE;
}

static int destroy_all(struct run *run, bool force)
{
	const struct nflua_state *state;
	struct nflua_list *list;
	int status = EXIT_DONE;
	size_t i;

	if (nflua_list(run->ctx, &list))
		return failed(run, NULL, NULL);
	for (i = 0; (state = nflua_list_state(list, i)); i++)
		if (!nflua_state_is_gone(state) &&
		    destroy_one(run, nflua_state_name(state), force))
			status = EXIT_FAILED;
	nflua_list_free(list);
	return status;
}

static int destroy_named(struct run *run, bool force)
{
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; i < run->count; i++)
		if (!run->args[i].letter &&
		    destroy_one(run, run->args[i].value, force))
			status = EXIT_FAILED;
	return status;
}

static int read_destroy(struct run *run, struct destroy *d)
{
	size_t i;

	for (i = 0; i < run->count; i++) {
		d->force |= run->args[i].letter == 'f';
		d->all |= run->args[i].letter == 'a';
		d->names += !run->args[i].letter;
	}
	if (d->all && d->names)
		return usage_error(run, "names and --all exclude each other");
	if (!d->all && !d->names)
		return usage_error(run, "no name of a state");
	return 0;
}

int cmd_destroy(struct run *run)
{
	struct destroy d = { 0 };
	int status = read_destroy(run, &d);

	if (!status)
		status = open_module(run);
	if (status)
		return status;
	if (run->globals.json)
		run->document = json_object_new_array();
	return d.all ? destroy_all(run, d.force) : destroy_named(run, d.force);
}
