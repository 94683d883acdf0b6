// SPDX-License-Identifier: GPL-2.0-or-later
/* States as rows of a table, and as JSON. */
#include "state.h"

#include <stdio.h>

#include "health.h"
#include "size.h"

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
		{ "hooks", nflua_state_hooks(s) },
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

#define ROW "%-16s %8s %8s %8s %8s %5s %5s %10s %10s %8s %7s %6s\n"

void print_state_header(void)
{
	printf(ROW, "NAME", "MEMORY", "PEAK", "LIMIT", "BUDGET", "RULES",
	       "HOOKS", "CALLS", "MATCHES", "ERRORS", "TIME", "AGE");
}

static void number(char *buf, size_t size, uint64_t n)
{
	snprintf(buf, size, "%llu", (unsigned long long)n);
}

void print_state(const struct nflua_state *s)
{
	char used[16], peak[16], limit[16], budget[32], rules[24], hooks[24], calls[24];
	char matches[24], errors[24], time[32] = "-", age[32];

	format_size(used, sizeof(used), nflua_state_curralloc(s));
	format_size(peak, sizeof(peak), nflua_state_peakalloc(s));
	format_size(limit, sizeof(limit), nflua_state_maxalloc(s));
	format_time(budget, sizeof(budget), nflua_state_budget(s) * 1000ull);
	number(rules, sizeof(rules), nflua_state_refs(s) - nflua_state_hooks(s));
	number(hooks, sizeof(hooks), nflua_state_hooks(s));
	number(calls, sizeof(calls), nflua_state_calls(s));
	number(matches, sizeof(matches), nflua_state_matches(s));
	number(errors, sizeof(errors), nflua_state_errors(s));
	if (nflua_state_calls(s))
		format_time(time, sizeof(time), nflua_state_time_ns(s));
	format_time(age, sizeof(age), nflua_state_age_ns(s));
	printf(ROW, nflua_state_name(s), used, peak, limit, budget, rules, hooks,
	       calls, matches, errors, time, age);
}
