/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks as rows of a table, and as JSON. */
#ifndef NFLUACTL_HOOK_H
#define NFLUACTL_HOOK_H

#include <json-c/json.h>
#include <nflua/nflua.h>
#include <stdio.h>

struct json_object *json_hook(const struct nflua_attachment *hook);
bool is_same_hook(const struct nflua_attachment *a, const struct nflua_attachment *b);
void print_hook_header(void);
void print_hook(const struct nflua_attachment *hook);
void print_hook_place(FILE *f, const struct nflua_attachment *hook);

#endif
