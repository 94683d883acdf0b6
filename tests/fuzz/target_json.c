// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as JSON, and back: json_text(). */
#include "json.h"
#include "target.h"

static void check_hex(const char *hex, const uint8_t *data, size_t size)
{
	char byte[3];
	size_t i;

	MUST(strlen(hex) == 2 * size);
	for (i = 0; i < size; i++) {
		snprintf(byte, sizeof(byte), "%02x", data[i]);
		MUST(memcmp(hex + 2 * i, byte, 2) == 0);
	}
}

static void check_same(struct json_object *o, const uint8_t *data, size_t size)
{
	struct json_object *hex;

	if (json_object_is_type(o, json_type_string)) {
		MUST((size_t)json_object_get_string_len(o) == size);
		MUST(!size || !memcmp(json_object_get_string(o), data, size));
		return;
	}
	MUST(json_object_object_get_ex(o, "hex", &hex));
	check_hex(json_object_get_string(hex), data, size);
}

/* A reader that is strict about UTF-8 has to take what is written. */
static struct json_object *parse(const char *text)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, text, strlen(text) + 1);
	json_tokener_free(tok);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = just(data, size);
	struct json_object *o = json_text(text, size), *again;

	MUST(o);
	check_same(o, data, size);
	again = parse(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE));
	MUST(again);
	check_same(again, data, size);
	json_object_put(again);
	json_object_put(o);
	free(text);
	return 0;
}
