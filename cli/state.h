/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States as rows of a table, and as JSON. */
#ifndef NFLUACTL_STATE_H
#define NFLUACTL_STATE_H

#include <json-c/json.h>
#include <nflua/nflua.h>

struct json_object *json_state(const struct nflua_state *s);
void print_state_header(void);
void print_state(const struct nflua_state *s);

#endif
