// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a state, if anything. */
#include "health.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "size.h"
#include "text.h"

/* Bytes of a digest as text. */
#define DIGEST_TEXT (2 * NFLUA_STATE_DIGEST_SIZE + 1)

/* Writes the digest of a state's scripts in hexadecimal. Returns false if it has none. */
static bool format_digest(char *text, const struct nflua_state *s)
{
	const unsigned char *digest = nflua_state_digest(s);
	size_t i;

	for (i = 0; digest && i < NFLUA_STATE_DIGEST_SIZE; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	return digest;
}

static size_t count_missing(const struct nflua_state *s)
{
	size_t i, n = 0;

	for (i = 0; i < nflua_state_function_count(s); i++)
		n += nflua_state_is_missing(s, i);
	return n;
}

/* Returns whether something is wrong with a state. */
bool is_troubled(const struct nflua_state *s)
{
	return nflua_state_is_gone(s) || count_missing(s) || nflua_state_last_error(s);
}

/* Returns what refers to the state. @one: in the singular */
const char *state_users(const struct nflua_state *s, bool one)
{
	if (!nflua_state_hooks(s))
		return one ? "rule" : "rules";
	if (nflua_state_hooks(s) == nflua_state_refs(s))
		return one ? "hook" : "hooks";
	return "rules and hooks";
}

/* Prints the functions that rules and hooks call, or only those that are missing. */
static void print_functions(const struct nflua_state *s, bool missing)
{
	const char *between = "";
	size_t i;

	for (i = 0; i < nflua_state_function_count(s); i++) {
		if (missing && !nflua_state_is_missing(s, i))
			continue;
		fputs(between, stdout);
		print_reason(stdout, nflua_state_function(s, i));
		between = ", ";
	}
	if (!missing && nflua_state_has_more_functions(s))
		fputs(", and more", stdout);
}

static void print_rules(const struct nflua_state *s, bool in_full)
{
	if (nflua_state_is_gone(s)) {
		printf("  destroyed; %u %s %s for a new state of this name, to call ",
		       nflua_state_refs(s), state_users(s, nflua_state_refs(s) == 1),
		       nflua_state_refs(s) == 1 ? "waits" : "wait");
		print_functions(s, false);
		putchar('\n');
		return;
	}
	if (in_full && nflua_state_function_count(s)) {
		printf("  %s call ", state_users(s, false));
		print_functions(s, false);
		putchar('\n');
	}
	if (count_missing(s)) {
		printf("  %s call missing functions: ", state_users(s, false));
		print_functions(s, true);
		putchar('\n');
	}
}

/* Prints " 12s ago in dns, 3 times in a row", unless the module does not know. */
static void print_when(FILE *f, const struct nflua_state *s)
{
	const char *function = nflua_state_failed_function(s);
	char age[32];

	if (!nflua_state_failure(s))
		return;
	format_time(age, sizeof(age), nflua_state_failure_age_ns(s));
	fprintf(f, " %s ago in ", age);
	print_reason(f, function ? function : "a function");
	if (nflua_state_failure_count(s) > 1)
		fprintf(f, ", %llu times in a row",
			(unsigned long long)nflua_state_failure_count(s));
}

static const char *last_text(const struct nflua_state *s)
{
	const char *text = nflua_result_error(nflua_state_failure(s));

	return text ? text : nflua_state_last_error(s);
}

/* Prints the last error on one line. There must be one. */
void print_last_error(FILE *f, const struct nflua_state *s)
{
	const char *text = last_text(s);

	fputs("last error", f);
	print_when(f, s);
	fputs(": ", f);
	print_text(f, text, strcspn(text, "\n"), "");
	fputs(strchr(text, '\n') ? " ...\n" : "\n", f);
}

/* Prints the last error with its traceback. There must be one. */
void print_last_failure(const struct nflua_state *s, const char *indent)
{
	const struct nflua_result *failure = nflua_state_failure(s);

	printf("%slast error", indent);
	print_when(stdout, s);
	if (failure)
		printf(" (%s)", kind_name(nflua_result_kind(failure)));
	puts(":");
	print_indented(stdout, last_text(s));
	print_indented(stdout, nflua_result_traceback(failure));
}

/* Prints what the state can go back to. */
static void print_way_back(const struct nflua_state *s)
{
	char left[32], size[16];
	uint32_t ms;

	if (nflua_state_confirm_ms(s, &ms)) {
		format_time(left, sizeof(left), ms * 1000000ull);
		printf("  its last change is taken back in %s, unless it is confirmed\n", left);
	} else if (nflua_state_keptalloc(s)) {
		format_size(size, sizeof(size), nflua_state_keptalloc(s));
		printf("  its last change can be taken back (which takes %s of memory)\n", size);
	}
}

/* Prints which scripts run in the state, and what it belongs to. */
static void print_code(const struct nflua_state *s)
{
	const char *script = nflua_state_script(s);
	char age[32], digest[DIGEST_TEXT];

	if (script && format_digest(digest, s)) {
		format_time(age, sizeof(age), nflua_state_script_age_ns(s));
		fputs("  script ", stdout);
		print_reason(stdout, script + (*script == '@' || *script == '='));
		printf(", %s ago, SHA-256 %s\n", age, digest);
	}
	if (nflua_state_owner(s)) {
		fputs("  belongs to ", stdout);
		print_reason(stdout, nflua_state_owner(s));
		putchar('\n');
	}
}

/* Prints what is wrong with a state. @in_full: also what rules call, and tracebacks */
void print_health(const struct nflua_state *s, bool in_full)
{
	print_way_back(s);
	if (in_full)
		print_code(s);
	if (in_full && nflua_state_drops_on_error(s))
		puts("  packets are dropped if their call fails");
	print_rules(s, in_full);
	if (!nflua_state_last_error(s))
		return;
	if (in_full) {
		print_last_failure(s, "  ");
		return;
	}
	fputs("  ", stdout);
	print_last_error(stdout, s);
}

static struct json_object *json_last_error(const struct nflua_state *s)
{
	const struct nflua_result *failure = nflua_state_failure(s);
	struct json_object *o;

	if (!nflua_state_last_error(s))
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "error", json_string(last_text(s)));
	if (!failure)
		return o;
	json_object_object_add(o, "kind", json_object_new_string(
			       kind_name(nflua_result_kind(failure))));
	json_object_object_add(o, "traceback",
			       json_string(nflua_result_traceback(failure)));
	json_object_object_add(o, "function",
			       json_string(nflua_state_failed_function(s)));
	json_object_object_add(o, "age_ns", json_object_new_uint64(
			       nflua_state_failure_age_ns(s)));
	json_object_object_add(o, "count", json_object_new_uint64(
			       nflua_state_failure_count(s)));
	json_add_truncated(o, failure);
	return o;
}

/* Adds what print_health() prints. */
void json_add_health(struct json_object *object, const struct nflua_state *s)
{
	struct json_object *functions = json_object_new_array();
	struct json_object *missing = json_object_new_array();
	bool has_code = nflua_state_digest(s);
	uint32_t ms;
	char digest[DIGEST_TEXT] = "";
	size_t i;

	for (i = 0; i < nflua_state_function_count(s); i++) {
		json_object_array_add(functions, json_string(nflua_state_function(s, i)));
		if (nflua_state_is_missing(s, i))
			json_object_array_add(missing,
					      json_string(nflua_state_function(s, i)));
	}
	json_object_object_add(object, "on_error", json_object_new_string(
			       nflua_state_drops_on_error(s) ? "drop" : "accept"));
	json_object_object_add(object, "gone",
			       json_object_new_boolean(nflua_state_is_gone(s)));
	json_object_object_add(object, "confirm_ms", nflua_state_confirm_ms(s, &ms) ?
			       json_object_new_int64(ms) : NULL);
	json_object_object_add(object, "keptalloc",
			       json_object_new_uint64(nflua_state_keptalloc(s)));
	format_digest(digest, s);
	json_object_object_add(object, "owner", json_string(nflua_state_owner(s)));
	json_object_object_add(object, "script", json_string(nflua_state_script(s)));
	json_object_object_add(object, "script_age_ns", has_code ? json_object_new_uint64(
			       nflua_state_script_age_ns(s)) : NULL);
	json_object_object_add(object, "digest", json_string(has_code ? digest : NULL));
	json_object_object_add(object, "functions", functions);
	json_object_object_add(object, "missing", missing);
	json_object_object_add(object, "last_error", json_last_error(s));
}
