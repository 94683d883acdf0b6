// SPDX-License-Identifier: GPL-2.0-or-later
/* destroy: destroys states. */
#include <errno.h>
#include <stdio.h>

#include "commands.h"
#include "health.h"
#include "options.h"
#include "output.h"

struct destroy {
	size_t names;
	bool force;
	bool all;
};

/* Says why a state is busy, and what can be done. Returns an exit status. */
static int refused(struct cli *cli, const char *name)
{
	struct nflua_list *list;
	const char *users = "";
	bool waits = false;
	uint32_t refs = 0;
	char text[128];

	if (!nflua_get(cli->ctx, name, &list)) {
		refs = nflua_state_refs(nflua_list_state(list, 0));
		users = state_users(nflua_list_state(list, 0), refs == 1);
		waits = nflua_state_confirm_ms(nflua_list_state(list, 0), NULL);
		nflua_list_free(list);
	}
	if (!refs && waits)
		return failed_with(cli, name, "a change waits for its confirmation (-f ends it)");
	if (!refs)
		return failed_with(cli, name, "a script is running in the state (-f stops it)");
	snprintf(text, sizeof(text),
		 "%u %s %s to the state (with -f %s for a new one of the same name)", refs,
		 users, refs == 1 ? "refers" : "refer", refs == 1 ? "it waits" : "they wait");
	return failed_with(cli, name, text);
}

/* Destroys a state, and adds it to the document of -j. Returns an exit status. */
static int destroy_one(struct cli *cli, const char *name, bool force)
{
	int err = nflua_destroy(cli->ctx, name, force);

	if (err == -EBUSY)
		return refused(cli, name);
	if (err)
		return failed(cli, name, NULL);
	if (cli->document)
		json_object_array_add(cli->document,
				      json_object_new_string(name));
	return EXIT_DONE;
}

static int destroy_all(struct cli *cli, bool force)
{
	const struct nflua_state *state;
	struct nflua_list *list;
	int status = EXIT_DONE;
	size_t i;

	if (nflua_list(cli->ctx, &list))
		return failed(cli, NULL, NULL);
	for (i = 0; (state = nflua_list_state(list, i)); i++)
		if (!nflua_state_is_gone(state) &&
		    destroy_one(cli, nflua_state_name(state), force))
			status = EXIT_FAILED;
	nflua_list_free(list);
	return status;
}

static int destroy_named(struct cli *cli, bool force)
{
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; i < cli->count; i++)
		if (!cli->args[i].letter &&
		    destroy_one(cli, cli->args[i].value, force))
			status = EXIT_FAILED;
	return status;
}

static int read_destroy(struct cli *cli, struct destroy *d)
{
	size_t i;

	for (i = 0; i < cli->count; i++) {
		d->force |= cli->args[i].letter == 'f';
		d->all |= cli->args[i].letter == 'a';
		d->names += !cli->args[i].letter;
	}
	if (d->all && d->names)
		return usage_error(cli, "names and --all cannot be combined");
	if (!d->all && !d->names)
		return usage_error(cli, "missing state name");
	return 0;
}

int cmd_destroy(struct cli *cli)
{
	struct destroy d = { 0 };
	int status = read_destroy(cli, &d);

	if (!status)
		status = open_module(cli);
	if (status)
		return status;
	if (cli->globals.json)
		cli->document = json_object_new_array();
	return d.all ? destroy_all(cli, d.force) : destroy_named(cli, d.force);
}
