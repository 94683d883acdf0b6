// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON: texts, and results of scripts. */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

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

/*
 * Returns bytes as JSON: UTF-8 becomes a string, anything else an object with the bytes
 * in hexadecimal, {"hex": "00ff"}.
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

/* Returns a NUL-terminated string as JSON, or null for NULL. */
struct json_object *json_string(const char *text)
{
	return text ? json_text(text, strlen(text)) : NULL;
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

/* Adds a list of what was cut off. */
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

/* Returns what a script did as JSON: its values, and what it printed. */
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

/* Writes a document on a line of its own, and frees it. */
void print_json_line(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
