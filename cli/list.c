// SPDX-License-Identifier: GPL-2.0-or-later
/* list: shows states, their statistics, and what is wrong with them. */
#include "commands.h"
#include "health.h"
#include "output.h"
#include "state.h"

/* What list was asked for. */
struct listing {
	size_t names;		/* of states; 0: all of them */
	bool check;		/* trouble is a failure */
	bool quiet;		/* rows only, for programs */
};

/* Shows states. Returns EXIT_FAILED if one is troubled and they are checked. */
static int show(const struct nflua_list *list, const struct listing *listing,
		struct json_object *array)
{
	const struct nflua_state *state;
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; (state = nflua_list_state(list, i)); i++) {
		if (listing->check && is_troubled(state))
			status = EXIT_FAILED;
		if (array) {
			json_object_array_add(array, json_state(state));
		} else {
			print_state(state);
			if (!listing->quiet)
				print_health(state, listing->names);
		}
	}
	return status;
}

/* Begins a list with -j, else a table. */
static void begin_list(struct cli *cli)
{
	if (cli->globals.json)
		cli->document = json_object_new_array();
	else if (!cli->globals.quiet)
		print_state_header();
}

/* Shows states by name. It reports a state that does not exist, and continues. */
static int show_named(struct cli *cli, const struct listing *listing)
{
	bool begun = cli->globals.json;
	struct nflua_list *list;
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; i < cli->count; i++) {
		if (cli->args[i].letter)
			continue;
		if (nflua_get(cli->ctx, cli->args[i].value, &list)) {
			status = failed(cli, cli->args[i].value, NULL);
			continue;
		}
		if (!begun)
			begin_list(cli);
		begun = true;
		if (show(list, listing, cli->document))
			status = EXIT_FAILED;
		nflua_list_free(list);
	}
	return status;
}

static int show_all(struct cli *cli, const struct listing *listing)
{
	struct nflua_list *list;
	int status;

	if (nflua_list(cli->ctx, &list))
		return failed(cli, NULL, NULL);
	if (!cli->globals.json)
		begin_list(cli);
	status = show(list, listing, cli->document);
	nflua_list_free(list);
	return status;
}

int cmd_list(struct cli *cli)
{
	struct listing listing = { .quiet = cli->globals.quiet };
	int status = open_module(cli);
	size_t i;

	if (status)
		return status;
	for (i = 0; i < cli->count; i++) {
		listing.check |= cli->args[i].letter == 'c';
		listing.names += !cli->args[i].letter;
	}
	if (cli->globals.json)
		begin_list(cli);
	return listing.names ? show_named(cli, &listing) : show_all(cli, &listing);
}
