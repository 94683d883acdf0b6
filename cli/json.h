/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON. */
#ifndef NFLUACTL_JSON_H
#define NFLUACTL_JSON_H

#include <json-c/json.h>
#include <nflua/nflua.h>
#include <stddef.h>

const char *kind_name(enum nflua_kind kind);
struct json_object *json_text(const char *text, size_t len);
struct json_object *json_string(const char *text);
struct json_object *json_result(const struct nflua_result *result);
void json_add_truncated(struct json_object *object,
			const struct nflua_result *result);
void print_json_line(struct json_object *object);

#endif
