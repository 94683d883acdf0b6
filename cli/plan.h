/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration differs in from what is there: the steps from here to there. */
#ifndef NFLUACTL_PLAN_H
#define NFLUACTL_PLAN_H

#include <json-c/json.h>

#include "conf.h"
#include "script.h"

enum action {
	ACTION_CREATE,
	ACTION_REPLACE,
	ACTION_SET,
	ACTION_ATTACH,
	ACTION_SET_HOOK,
	ACTION_DETACH,
	ACTION_DESTROY,
};

/* A step. Its pointers are into the configuration and the lists. */
struct step {
	enum action action;
	const char *state;			/* name */
	struct wanted *wanted;			/* NULL for DETACH and DESTROY */
	struct nflua_attachment hook;		/* of the last four but DESTROY */
};

/* A state of the configuration, with its scripts. */
struct wanted {
	const struct conf_state *conf;
	struct scripts scripts;
	struct nflua_options *options;
	bool broken;		/* its scripts cannot be used */
	bool exists;		/* there is such a state already */
};

struct plan {
	struct wanted *wanted;	/* one for each state of the configuration */
	size_t wanted_count;
	struct step *steps;
	size_t count;
	size_t size;		/* room for steps */
};

/* What is there, and whom it must belong to. */
struct present {
	struct nflua_list *states;
	struct nflua_hooks *hooks;
	const char *owner;
};

extern const struct nflua_script no_script;

int plan_make(struct plan *plan, const struct present *present, struct refusal *why);
void plan_free(struct plan *plan);
const struct wanted *plan_wanted(const struct plan *plan, const struct step *step);
void print_step(FILE *f, const struct step *step);
struct json_object *json_step(const struct step *step);

#endif
