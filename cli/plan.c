// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a configuration differs in from what is there. States come first, each with its
 * hooks, so that no packet passes where a hook only changes. What goes comes last.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hook.h"

static struct step *add_step(struct plan *plan, enum action action, const char *state,
			     struct wanted *wanted)
{
	struct step *step = &plan->steps[plan->count++];

	*step = (struct step){ .action = action, .state = state, .wanted = wanted };
	return step;
}

static const struct nflua_state *find_state(const struct present *present, const char *name)
{
	const struct nflua_state *state;
	size_t i;

	for (i = 0; (state = nflua_list_state(present->states, i)); i++)
		if (!nflua_state_is_gone(state) && strcmp(nflua_state_name(state), name) == 0)
			return state;
	return NULL;
}

static bool is_ours(const struct present *present, const char *owner)
{
	return owner && strcmp(owner, present->owner) == 0;
}

/* What a state runs in place of a script that it had and must not have any more. */
const struct nflua_script no_script = { "", 0, "=(no script)" };

static bool runs_scripts(const struct wanted *wanted, const struct nflua_state *state)
{
	unsigned char digest[NFLUA_STATE_DIGEST_SIZE];
	const unsigned char *there = nflua_state_digest(state);
	const struct scripts *scripts = &wanted->scripts;

	if (!scripts->count && !there)
		return true;
	nflua_digest_scripts(scripts->count ? scripts->list : &no_script,
			     scripts->count ? scripts->count : 1, digest);
	return there && memcmp(there, digest, sizeof(digest)) == 0;
}

static bool has_settings(const struct present *present, const struct conf_state *conf,
			 const struct nflua_state *state)
{
	return nflua_state_maxalloc(state) == conf->maxalloc &&
	       nflua_state_budget(state) == conf->budget &&
	       nflua_state_drops_on_error(state) == conf->drops &&
	       is_ours(present, nflua_state_owner(state));
}

static int plan_state(struct plan *plan, const struct present *present,
		      struct wanted *wanted, struct refusal *why)
{
	const char *name = wanted->conf->name;
	const struct nflua_state *state = find_state(present, name);
	bool sets, shrinks;

	if (!state) {
		add_step(plan, ACTION_CREATE, name, wanted);
		return 0;
	}
	if (nflua_state_confirm_ms(state, NULL))
		return refuse(why, "the state '%s': a change waits for its confirmation", name);
	if (nflua_state_owner(state) && !is_ours(present, nflua_state_owner(state)))
		return refuse(why, "the state '%s' belongs to %s", name,
			      nflua_state_owner(state));
	wanted->exists = true;
	/* A state gets more memory before a script that may need it, and less after it. */
	shrinks = wanted->conf->maxalloc < nflua_state_maxalloc(state);
	sets = !has_settings(present, wanted->conf, state);
	if (sets && !shrinks)
		add_step(plan, ACTION_SET, name, wanted);
	if (!wanted->broken && !runs_scripts(wanted, state))
		add_step(plan, ACTION_REPLACE, name, wanted);
	if (sets && shrinks)
		add_step(plan, ACTION_SET, name, wanted);
	return 0;
}

static const struct nflua_attachment *find_hook(const struct present *present,
						const struct nflua_attachment *what)
{
	const struct nflua_attachment *hook;
	size_t i;

	for (i = 0; (hook = nflua_hooks_get(present->hooks, i)); i++)
		if (is_same_hook(hook, what))
			return hook;
	return NULL;
}

static int plan_hook(struct plan *plan, const struct present *present,
		     struct wanted *wanted, const struct nflua_attachment *what,
		     struct refusal *why)
{
	const struct nflua_attachment *there = find_hook(present, what);
	struct step *step;

	if (there && there->owner && !is_ours(present, there->owner))
		return refuse(why, "hook %u of the state '%s' belongs to %s", there->id,
			      there->state, there->owner);
	if (there && there->on_error == what->on_error && is_ours(present, there->owner))
		return 0;
	step = add_step(plan, there ? ACTION_SET_HOOK : ACTION_ATTACH, wanted->conf->name,
			wanted);
	step->hook = *what;
	step->hook.owner = present->owner;
	step->hook.id = there ? there->id : 0;
	return 0;
}

static bool is_wanted_hook(const struct plan *plan, const struct nflua_attachment *hook)
{
	size_t i, k;

	for (i = 0; i < plan->wanted_count; i++)
		for (k = 0; k < plan->wanted[i].conf->hook_count; k++)
			if (is_same_hook(hook, &plan->wanted[i].conf->hooks[k].what))
				return true;
	return false;
}

static bool is_wanted_state(const struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->wanted_count; i++)
		if (strcmp(plan->wanted[i].conf->name, name) == 0)
			return true;
	return false;
}

/* What has this owner and is not in the configuration goes. */
static void plan_removal(struct plan *plan, const struct present *present)
{
	const struct nflua_attachment *hook;
	const struct nflua_state *state;
	size_t i;

	for (i = 0; (hook = nflua_hooks_get(present->hooks, i)); i++)
		if (is_ours(present, hook->owner) && !is_wanted_hook(plan, hook))
			add_step(plan, ACTION_DETACH, hook->state, NULL)->hook = *hook;
	for (i = 0; (state = nflua_list_state(present->states, i)); i++)
		if (!nflua_state_is_gone(state) && is_ours(present, nflua_state_owner(state)) &&
		    !is_wanted_state(plan, nflua_state_name(state)))
			add_step(plan, ACTION_DESTROY, nflua_state_name(state), NULL);
}

/* Makes room for as many steps as there can be. */
static int make_room(struct plan *plan, const struct present *present)
{
	size_t i, n = nflua_list_count(present->states) + nflua_hooks_count(present->hooks);

	for (i = 0; i < plan->wanted_count; i++)
		n += 2 + plan->wanted[i].conf->hook_count;
	plan->steps = calloc(n + 1, sizeof(*plan->steps));
	return plan->steps ? 0 : -ENOMEM;
}

/**
 * plan_make - finds the steps
 * @plan: with the wanted states; its steps point into @present
 *
 * Returns 0, or a negative errno with the reason in @why.
 */
int plan_make(struct plan *plan, const struct present *present, struct refusal *why)
{
	struct wanted *wanted;
	size_t i, k;

	if (make_room(plan, present))
		return refuse(why, "not enough memory");
	for (i = 0; i < plan->wanted_count; i++) {
		wanted = &plan->wanted[i];
		if (plan_state(plan, present, wanted, why))
			return -EINVAL;
		for (k = 0; k < wanted->conf->hook_count; k++)
			if (plan_hook(plan, present, wanted, &wanted->conf->hooks[k].what, why))
				return -EINVAL;
	}
	plan_removal(plan, present);
	return 0;
}

void plan_free(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->wanted_count; i++) {
		free_scripts(&plan->wanted[i].scripts);
		nflua_options_free(plan->wanted[i].options);
	}
	free(plan->wanted);
	free(plan->steps);
}

/* Returns the state of the configuration that a step is about, or NULL. */
const struct wanted *plan_wanted(const struct plan *plan, const struct step *step)
{
	size_t i;

	for (i = 0; i < plan->wanted_count; i++)
		if (strcmp(plan->wanted[i].conf->name, step->state) == 0)
			return &plan->wanted[i];
	return NULL;
}

static const char *const names[] = {
	[ACTION_CREATE] = "create",
	[ACTION_REPLACE] = "replace",
	[ACTION_SET] = "set",
	[ACTION_ATTACH] = "attach",
	[ACTION_SET_HOOK] = "set",
	[ACTION_DETACH] = "detach",
	[ACTION_DESTROY] = "destroy",
};

static bool is_of_hook(const struct step *step)
{
	return step->action == ACTION_ATTACH || step->action == ACTION_SET_HOOK ||
	       step->action == ACTION_DETACH;
}

/* Prints a step: "attach dns blocked: inet forward, priority filter". */
void print_step(FILE *f, const struct step *step)
{
	fprintf(f, "%s %s", names[step->action], step->state);
	if (is_of_hook(step)) {
		fprintf(f, " %s: ", step->hook.function);
		print_hook_place(f, &step->hook);
	}
	fputc('\n', f);
}

struct json_object *json_step(const struct step *step)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "action", json_object_new_string(names[step->action]));
	json_object_object_add(o, "state", json_object_new_string(step->state));
	if (is_of_hook(step))
		json_object_object_add(o, "hook", json_hook(&step->hook));
	return o;
}
