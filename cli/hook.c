// SPDX-License-Identifier: GPL-2.0-or-later
/* Hooks as rows of a table, and as JSON. */
#include "hook.h"

#include <netdb.h>
#include <string.h>

#include "json.h"

static const char *on_error_name(enum nflua_hook_error on_error)
{
	switch (on_error) {
	case NFLUA_HOOK_ERROR_ACCEPT:
		return "accept";
	case NFLUA_HOOK_ERROR_DROP:
		return "drop";
	default:
		return NULL;
	}
}

struct json_object *json_hook(const struct nflua_attachment *hook)
{
	struct json_object *o = json_object_new_object();
	bool marked = hook->mark_mask;
	char priority[32], frames[64];

	json_object_object_add(o, "id", json_object_new_int64(hook->id));
	json_object_object_add(o, "state", json_string(hook->state));
	json_object_object_add(o, "function", json_string(hook->function));
	json_object_object_add(o, "family", json_string(nflua_family_name(hook->family)));
	json_object_object_add(o, "hook", json_string(nflua_hook_name(hook->hook)));
	json_object_object_add(o, "priority", json_object_new_int(hook->priority));
	nflua_priority_text(hook->family, hook->priority, priority, sizeof(priority));
	json_object_object_add(o, "priority_name", json_string(priority));
	json_object_object_add(o, "mark", marked ? json_object_new_int64(hook->mark) : NULL);
	json_object_object_add(o, "mask", marked ? json_object_new_int64(hook->mark_mask) :
						   NULL);
	json_object_object_add(o, "iif", json_string(hook->iif));
	json_object_object_add(o, "oif", json_string(hook->oif));
	json_object_object_add(o, "protocol", hook->protocol ?
			       json_object_new_int(hook->protocol) : NULL);
	nflua_frames_text(hook->frames, frames, sizeof(frames));
	json_object_object_add(o, "proto", json_string(*frames ? frames : NULL));
	json_object_object_add(o, "waits", json_object_new_boolean(hook->waits));
	json_object_object_add(o, "on_error", json_string(on_error_name(hook->on_error)));
	json_object_object_add(o, "owner", json_string(hook->owner));
	return o;
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

/* Returns whether two hooks differ at most in what can be changed. */
bool is_same_hook(const struct nflua_attachment *a, const struct nflua_attachment *b)
{
	return strcmp(a->state, b->state) == 0 && strcmp(a->function, b->function) == 0 &&
	       a->family == b->family && a->hook == b->hook && a->priority == b->priority &&
	       a->mark == b->mark && a->mark_mask == b->mark_mask &&
	       is_same_text(a->iif, b->iif) && is_same_text(a->oif, b->oif) &&
	       a->protocol == b->protocol && memcmp(a->frames, b->frames, sizeof(a->frames)) == 0;
}

#define ROW "%-6s %-16s %-16s %-6s %-11s %-14s %-8s %s\n"

void print_hook_header(void)
{
	printf(ROW, "ID", "STATE", "FUNCTION", "FAMILY", "HOOK", "PRIORITY", "ON-ERROR",
	       "ONLY");
}

/* Prints which packets the function is called for, as the options that say so. */
static void print_only(const struct nflua_attachment *hook)
{
	struct protoent *protocol = getprotobynumber(hook->protocol);
	const char *between = "";
	char frames[64];

	if (hook->mark_mask) {
		printf("mark 0x%x", hook->mark);
		if (hook->mark_mask != UINT32_MAX)
			printf("/0x%x", hook->mark_mask);
		between = ", ";
	}
	if (hook->iif)
		printf("%siif %s", between, hook->iif);
	between = hook->iif ? ", " : between;
	if (hook->oif)
		printf("%soif %s", between, hook->oif);
	between = hook->oif ? ", " : between;
	nflua_frames_text(hook->frames, frames, sizeof(frames));
	if (*frames)
		printf("%sproto %s", between, frames);
	between = *frames ? ", " : between;
	if (hook->protocol && protocol)
		printf("%sl4proto %s", between, protocol->p_name);
	else if (hook->protocol)
		printf("%sl4proto %d", between, hook->protocol);
	else if (!*between)
		putchar('-');
	puts(hook->waits ? " (waits for the device)" : "");
}

void print_hook(const struct nflua_attachment *hook)
{
	const char *on_error = on_error_name(hook->on_error);
	char priority[32];

	nflua_priority_text(hook->family, hook->priority, priority, sizeof(priority));
	printf("%-6u %-16s %-16s %-6s %-11s %-14s %-8s ", hook->id, hook->state,
	       hook->function, nflua_family_name(hook->family), nflua_hook_name(hook->hook),
	       priority, on_error ? on_error : "-");
	print_only(hook);
}

/*
 * Prints where a hook is: "inet forward, priority filter", or "netdev ingress eth0,
 * priority filter, waits for the device".
 */
void print_hook_place(FILE *f, const struct nflua_attachment *hook)
{
	bool egress = hook->hook == NFLUA_HOOK_EGRESS;
	const char *device = egress ? hook->oif : hook->iif;
	char priority[32];

	nflua_priority_text(hook->family, hook->priority, priority, sizeof(priority));
	fprintf(f, "%s %s", nflua_family_name(hook->family), nflua_hook_name(hook->hook));
	if ((egress || hook->hook == NFLUA_HOOK_INGRESS) && device)
		fprintf(f, " %s", device);
	fprintf(f, ", priority %s%s", priority, hook->waits ? ", waits for the device" : "");
}
