// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apply: makes states and hooks what a configuration file says. It first tries all scripts
 * that are new, so that a wrong one changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "conf.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "plan.h"
#include "script.h"
#include "signals.h"
#include "text.h"

#define CONF_FILE "/etc/nflua/nflua.conf"

struct apply {
	struct cli *cli;
	const char *file;
	const char *owner;
	char *real;		/* the default owner; owned */
	bool check;
	bool dry_run;
	bool boot;
	bool remove;
	struct conf conf;
	struct present present;
	struct plan plan;
	bool failed;		/* with --boot, which goes on */
};

static int apply_option(struct cli *cli, struct apply *apply, const struct arg *arg)
{
	switch (arg->letter) {
	case 'f':
		apply->file = arg->value;
		return 0;
	case 'w':
		apply->owner = arg->value;
		return 0;
	case 'c':
		apply->check = true;
		return 0;
	case 'd':
		apply->dry_run = true;
		return 0;
	case 'b':
		apply->boot = true;
		return 0;
	case 'R':
		apply->remove = true;
		return 0;
	}
	return unexpected_argument(cli, arg);
}

static int read_apply(struct cli *cli, struct apply *apply)
{
	int status = 0;
	size_t i;

	for (i = 0; i < cli->count && !status; i++)
		status = apply_option(cli, apply, &cli->args[i]);
	if (!status && apply->check + apply->dry_run + apply->boot > 1)
		status = usage_error(cli, "--check, --dry-run and --boot cannot be combined");
	if (!status && apply->remove && (apply->check || apply->boot))
		status = usage_error(cli, "--remove cannot be combined with --check or --boot");
	if (!status && apply->owner && (!*apply->owner || strlen(apply->owner) > 255))
		status = usage_error(cli, "an owner has 1 to 255 bytes");
	return status;
}

/*
 * What the file makes belongs to the file, unless something else was given. Of its name, only
 * the directory is resolved: the file may be a link that changes, or be gone.
 */
static int find_owner(struct apply *apply)
{
	const char *slash = strrchr(apply->file, '/');
	char *dir, *real = NULL;

	if (apply->owner)
		return 0;
	dir = slash ? strndup(apply->file, slash + 1 - apply->file) : strdup(".");
	if (dir)
		real = realpath(dir, NULL);
	free(dir);
	if (!real)
		return failed_with(apply->cli, apply->file, strerror(errno));
	if (asprintf(&apply->real, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
		     slash ? slash + 1 : apply->file) < 0)
		apply->real = NULL;
	free(real);
	if (!apply->real)
		return failed_with(apply->cli, apply->file, "not enough memory");
	apply->owner = apply->real;
	return strlen(apply->owner) <= 255 ? 0 :
	       failed_with(apply->cli, apply->file, "the path is too long (use --owner)");
}

/* Reports what makes a state impossible. With --boot, the others still come. */
static int state_failed(struct apply *apply, struct wanted *wanted,
			const struct nflua_result *result, int err)
{
	int status = report(apply->cli, wanted->conf->name, result, err);

	if (!apply->boot || err == -EINTR)
		return status;
	wanted->broken = true;
	apply->failed = true;
	return 0;
}

static int read_wanted(struct apply *apply, struct wanted *wanted)
{
	const struct conf_state *conf = wanted->conf;
	struct arg arg = { 0 };
	int err = 0;
	size_t i;

	wanted->options = nflua_options_new();
	nflua_options_set_maxalloc(wanted->options, conf->maxalloc);
	nflua_options_set_budget(wanted->options, conf->budget);
	nflua_options_set_drop_on_error(wanted->options, conf->drops);
	if (!wanted->options || nflua_options_set_owner(wanted->options, apply->owner))
		return failed_with(apply->cli, conf->name, "not enough memory");
	for (i = 0; i < conf->script_count && !err; i++) {
		arg.value = conf->scripts[i];
		err = add_script(apply->cli, &arg, &wanted->scripts);
	}
	return err ? state_failed(apply, wanted, NULL, err) : 0;
}

/* Reads the file and the scripts. Returns an exit status, like all functions here. */
static int read_all(struct apply *apply)
{
	struct plan *plan = &apply->plan;
	struct refusal why;
	int status = 0;
	size_t i;

	if (apply->remove)
		return 0;
	if (conf_read(&apply->conf, apply->file, &why))
		return failed_with(apply->cli, NULL, why.text);
	plan->wanted = calloc(apply->conf.count + 1, sizeof(*plan->wanted));
	if (!plan->wanted)
		return failed_with(apply->cli, NULL, "not enough memory");
	plan->wanted_count = apply->conf.count;
	for (i = 0; i < plan->wanted_count; i++)
		plan->wanted[i].conf = &apply->conf.states[i];
	for (i = 0; i < plan->wanted_count && !status; i++)
		status = read_wanted(apply, &plan->wanted[i]);
	return status;
}

static int compare(struct apply *apply)
{
	struct cli *cli = apply->cli;
	struct refusal why;

	apply->present.owner = apply->owner;
	if (nflua_list(cli->ctx, &apply->present.states) ||
	    nflua_hooks(cli->ctx, NULL, &apply->present.hooks))
		return failed(cli, NULL, NULL);
	if (plan_make(&apply->plan, &apply->present, &why))
		return failed_with(cli, NULL, why.text);
	return 0;
}

/* Returns the functions of a state's hooks, which its scripts must define, or NULL. */
static const char **functions_of(const struct conf_state *conf)
{
	const char **functions = calloc(conf->hook_count + 1, sizeof(*functions));
	size_t i;

	for (i = 0; functions && i < conf->hook_count; i++)
		functions[i] = conf->hooks[i].what.function;
	return functions;
}

/* Tries the scripts of a state. They may lack functions of our hooks that go. */
static int try_state(struct apply *apply, struct wanted *wanted)
{
	const char **functions = functions_of(wanted->conf);
	struct nflua_result *result = NULL;
	int err;

	if (!functions)
		return failed_with(apply->cli, wanted->conf->name, "not enough memory");
	err = nflua_try_scripts(apply->cli->ctx, wanted->conf->name, wanted->options, 0,
				wanted->scripts.list, wanted->scripts.count, functions,
				&result);
	free(functions);
	if (err)
		err = state_failed(apply, wanted, result, err);
	nflua_result_free(result);
	return err;
}

/* Tries all that the plan makes or replaces, or with --check all states. */
static int try_all(struct apply *apply)
{
	struct plan *plan = &apply->plan;
	struct step *step;
	int status = 0;
	size_t i;

	for (i = 0; apply->check && i < plan->wanted_count && !status; i++)
		status = try_state(apply, &plan->wanted[i]);
	for (step = plan->steps; !apply->check && !status && step < plan->steps + plan->count; step++)
		if ((step->action == ACTION_CREATE || step->action == ACTION_REPLACE) &&
		    !step->wanted->broken)
			status = try_state(apply, step->wanted);
	return status;
}

/* A state whose scripts are broken is made without them, so that rules find it. */
static int create(struct apply *apply, const struct step *step, struct nflua_result **result)
{
	struct wanted *wanted = step->wanted;

	nflua_options_set_force(wanted->options, wanted->broken);
	return nflua_create_scripts(apply->cli->ctx, step->state, wanted->options,
				    wanted->scripts.list,
				    wanted->broken ? 0 : wanted->scripts.count, result);
}

/*
 * The scripts were tried, so only hooks that are about to go can lack a function now. Until
 * then they give their on-error.
 */
static int replace(struct apply *apply, const struct step *step, struct nflua_result **result)
{
	const struct scripts *scripts = &step->wanted->scripts;

	return nflua_load_scripts(apply->cli->ctx, step->state,
				  NFLUA_LOAD_REPLACE | NFLUA_LOAD_FORCE,
				  scripts->count ? scripts->list : &no_script,
				  scripts->count ? scripts->count : 1, result);
}

/* Another request may have detached it; then it is as it should be. */
static int detach(struct apply *apply, const struct step *step)
{
	int err = nflua_detach_id(apply->cli->ctx, step->state, step->hook.id);

	return err == -ENOENT ? 0 : err;
}

static int take_step(struct apply *apply, const struct step *step,
		     struct nflua_result **result)
{
	struct nflua_ctx *ctx = apply->cli->ctx;

	switch (step->action) {
	case ACTION_CREATE:
		return create(apply, step, result);
	case ACTION_REPLACE:
		return replace(apply, step, result);
	case ACTION_SET:
		return nflua_set(ctx, step->state, step->wanted->options);
	case ACTION_ATTACH:
		return nflua_attach(ctx, &step->hook, step->wanted->broken, NULL);
	case ACTION_SET_HOOK:
		return nflua_set_hook(ctx, &step->hook);
	case ACTION_DETACH:
		return detach(apply, step);
	case ACTION_DESTROY:
		return nflua_destroy(ctx, step->state, false);
	}
	return -EINVAL;
}

/* What runs in a state, with its hooks, is better than nothing if its new scripts are broken. */
static bool is_left_out(const struct apply *apply, const struct step *step)
{
	const struct wanted *wanted = plan_wanted(&apply->plan, step);

	return wanted && wanted->broken && wanted->exists;
}

/* @result: of its scripts, or NULL */
static void show_step(struct apply *apply, const struct step *step,
		      const struct nflua_result *result)
{
	if (apply->cli->document)
		json_object_array_add(apply->cli->document, json_step(step));
	else
		print_step(stdout, step);
	print_output(apply->cli, result);
}

/* Says what was not done, so that nobody takes the rest for the whole. */
static void show_rest(const struct apply *apply, const struct step *step)
{
	const struct plan *plan = &apply->plan;

	for (; step < plan->steps + plan->count; step++) {
		fputs("nfluactl: not done: ", stderr);
		print_step(stderr, step);
	}
}

static int take_steps(struct apply *apply)
{
	struct plan *plan = &apply->plan;
	struct nflua_result *result;
	struct step *step;
	int err, status = 0;

	for (step = plan->steps; step < plan->steps + plan->count; step++) {
		if (is_left_out(apply, step))
			continue;
		if (is_interrupted()) {
			show_rest(apply, step);
			return failed_with(apply->cli, NULL, "interrupted");
		}
		result = NULL;
		err = apply->dry_run ? 0 : take_step(apply, step, &result);
		if (err)
			status = report(apply->cli, step->state, result, err);
		else
			show_step(apply, step, result);
		nflua_result_free(result);
		if (err && (!apply->boot || err == -EINTR)) {
			show_rest(apply, step);
			break;
		}
	}
	return status;
}

static int do_apply(struct apply *apply)
{
	int status = read_all(apply);

	if (!status)
		status = compare(apply);
	if (!status)
		status = try_all(apply);
	if (!status && apply->remove && !apply->plan.count)
		complain("nfluactl: apply: nothing belongs to %s", apply->owner);
	if (!status && !apply->check)
		status = take_steps(apply);
	return status ? status : apply->failed ? EXIT_FAILED : EXIT_DONE;
}

int cmd_apply(struct cli *cli)
{
	struct apply apply = { .cli = cli, .file = CONF_FILE };
	int status = read_apply(cli, &apply);

	if (!status)
		status = find_owner(&apply);
	if (!status)
		status = open_module(cli);
	if (!status) {
		if (cli->globals.json)
			cli->document = json_object_new_array();
		catch_sigint(cli->ctx);
		status = do_apply(&apply);
		restore_sigint();
	}
	plan_free(&apply.plan);
	nflua_list_free(apply.present.states);
	nflua_hooks_free(apply.present.hooks);
	conf_free(&apply.conf);
	free(apply.real);
	return status;
}
