/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a state, if anything. */
#ifndef NFLUACTL_HEALTH_H
#define NFLUACTL_HEALTH_H

#include <json-c/json.h>
#include <nflua/nflua.h>
#include <stdbool.h>
#include <stdio.h>

const char *state_users(const struct nflua_state *s, bool one);
bool is_troubled(const struct nflua_state *s);
void print_last_error(FILE *f, const struct nflua_state *s);
void print_last_failure(const struct nflua_state *s, const char *indent);
void print_health(const struct nflua_state *s, bool in_full);
void json_add_health(struct json_object *object, const struct nflua_state *s);

#endif
