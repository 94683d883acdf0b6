// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written: errors, what scripts printed, JSON. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

/*
 * JSON has no bytes: UTF-8 becomes a string, anything else an object that
 * gives the bytes in hexadecimal, {"hex": "00ff"}.
 */
struct json_object *json_text(const char *text, size_t len)
{
	struct json_object *object, *hex;
	size_t i, n;
	char *buf;

	for (i = 0; i < len; i += n) {
		n = utf8_length(text + i, len - i);
		if (n == 0)
			break;
	}
	if (i >= len)
		return json_object_new_string_len(text, len);
	buf = malloc(2 * len + 1);
	if (!buf)
		return NULL;
	for (i = 0; i < len; i++)
		sprintf(buf + 2 * i, "%02x", (unsigned char)text[i]);
	hex = json_object_new_string_len(buf, 2 * len);
	free(buf);
	object = json_object_new_object();
	json_object_object_add(object, "hex", hex);
	return object;
}

static struct json_object *json_value(const struct nflua_result *result,
				      size_t i)
{
	const char *text;
	size_t len;

	switch (nflua_result_type(result, i)) {
	case NFLUA_TYPE_BOOLEAN:
		return json_object_new_boolean(nflua_result_boolean(result, i));
	case NFLUA_TYPE_INTEGER:
		return json_object_new_int64(nflua_result_integer(result, i));
	case NFLUA_TYPE_STRING:
	case NFLUA_TYPE_OTHER:
		text = nflua_result_string(result, i, &len);
		return json_text(text, len);
	default:
		return NULL;	/* null */
	}
}

void json_add_truncated(struct json_object *object,
			  const struct nflua_result *result)
{
	static const char *const names[] = {
		"values", "output", "error", "traceback", "sent",
	};
	unsigned int cut = nflua_result_truncated(result);
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (cut & 1u << i)
			json_object_array_add(list,
					      json_object_new_string(names[i]));
	json_object_object_add(object, "truncated", list);
}

/* What a script did: its values and what it printed. */
struct json_object *json_result(const struct nflua_result *result)
{
	struct json_object *object = json_object_new_object();
	struct json_object *values = json_object_new_array();
	const char *output;
	size_t i, len;

	for (i = 0; i < nflua_result_count(result); i++)
		json_object_array_add(values, json_value(result, i));
	json_object_object_add(object, "values", values);
	output = nflua_result_output(result, &len);
	json_object_object_add(object, "output", json_text(output, len));
	json_add_truncated(object, result);
	return object;
}

/* What a script printed; JSON has it elsewhere. */
void print_output(const struct run *run, const struct nflua_result *result)
{
	const char *output;
	size_t len;

	if (run->globals.json)
		return;
	output = nflua_result_output(result, &len);
	print_bytes(output, len, "");
	if (nflua_result_truncated(result) & NFLUA_CUT_OUTPUT)
		puts("...");
	fflush(stdout);
}

const char *kind_name(enum nflua_kind kind)
{
	static const char *const names[] = {
		[NFLUA_KIND_NONE] = "request",
		[NFLUA_KIND_SYNTAX] = "syntax",
		[NFLUA_KIND_INCOMPLETE] = "incomplete",
		[NFLUA_KIND_RUNTIME] = "runtime",
		[NFLUA_KIND_MEMORY] = "memory",
		[NFLUA_KIND_BUDGET] = "budget",
		[NFLUA_KIND_INTERRUPTED] = "interrupted",
	};

	return names[kind];
}

/* With -j the first failure is kept for the document. */
static void keep_error(struct run *run, const char *message,
		       const struct nflua_result *result)
{
	const char *traceback = nflua_result_traceback(result);
	struct json_object *error;

	if (!run->globals.json || run->error)
		return;
	run->error = error = json_object_new_object();
	json_object_object_add(error, "message",
			       json_text(message, strlen(message)));
	json_object_object_add(error, "kind", json_object_new_string(
			       kind_name(nflua_result_kind(result))));
	json_object_object_add(error, "traceback", traceback ?
			       json_text(traceback, strlen(traceback)) : NULL);
}

/**
 * failed - reports the last failure of the library
 * @name: the state, or NULL
 * @result: what came of a script, or NULL
 *
 * Returns the exit status.
 */
int failed(struct run *run, const char *name, const struct nflua_result *result)
{
	const char *message = nflua_result_error(result);
	const char *traceback = nflua_result_traceback(result);

	if (!message)
		message = nflua_errmsg(run->ctx);
	complain("nfluactl: %s%s%s: %s", run->command->name, name ? " " : "",
		 name ? name : "", message);
	print_indented(stderr, traceback);
	keep_error(run, message, result);
	return EXIT_FAILED;
}

/* Reports a failure that is not the library's; returns the exit status. */
int failed_with(struct run *run, const char *name, const char *message)
{
	complain("nfluactl: %s%s%s: %s", run->command->name, name ? " " : "",
		 name ? name : "", message);
	keep_error(run, message, NULL);
	return EXIT_FAILED;
}

/* Says why there is no connection to the module; returns the exit status. */
int open_failed(struct run *run)
{
	const char *message = nflua_errmsg(run->ctx);

	complain("nfluactl: %s", message);
	keep_error(run, message, NULL);
	return EXIT_FAILED;
}

/* Connects to the module: 0, or an exit status after saying what is wrong. */
int open_module(struct run *run)
{
	return nflua_open(&run->ctx, run->globals.netns) ? open_failed(run) : 0;
}

/* Writes a document on a line of its own, and frees it. */
void print_json_line(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/*
 * Writes the command's one document and frees it. That of a command that
 * failed is an object with an error, whatever it is else.
 */
void print_document(struct run *run)
{
	struct json_object *document = run->document;

	if (run->error) {
		if (!document || run->command->list_key)
			document = json_object_new_object();
		if (run->document && document != run->document)
			json_object_object_add(document, run->command->list_key,
					       run->document);
		json_object_object_add(document, "error", run->error);
	}
	if (document)
		print_json_line(document);
}
