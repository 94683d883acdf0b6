// SPDX-License-Identifier: GPL-2.0-or-later
/* attach: has a function called for each packet of a hook of netfilter. */
#include <errno.h>

#include "commands.h"
#include "options.h"
#include "output.h"
#include "place.h"
#include "text.h"

struct attach {
	struct nflua_attachment what;
	struct place place;
	bool force;
};

static int attach_option(struct cli *cli, struct attach *attach, const struct arg *arg)
{
	struct place *place = &attach->place;
	const struct {
		char letter;
		const char **value;
	} options[] = {
		{ 'k', &place->hook }, { 'F', &place->family }, { 'p', &place->priority },
		{ 'm', &place->mark }, { 'i', &place->iif }, { 'O', &place->oif },
		{ 'd', &place->device }, { 'l', &place->protocol }, { 'o', &place->on_error },
		{ 't', &place->frames }, { 'w', &attach->what.owner },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (arg->letter == options[i].letter) {
			*options[i].value = arg->value;
			return 0;
		}
	if (arg->letter == 'f') {
		attach->force = true;
		return 0;
	}
	if (attach->what.function)
		return unexpected_argument(cli, arg);
	if (attach->what.state)
		attach->what.function = arg->value;
	else
		attach->what.state = arg->value;
	return 0;
}

/* Reads what depends on other options. */
static int finish_attach(struct cli *cli, struct attach *attach)
{
	struct refusal why;

	if (!attach->what.state)
		return usage_error(cli, "missing state name");
	if (!attach->what.function)
		return usage_error(cli, "missing function");
	if (!attach->place.hook)
		return usage_error(cli, "missing --hook HOOK");
	if (read_place(&attach->place, &attach->what, &why))
		return usage_error(cli, "%s", why.text);
	return 0;
}

int cmd_attach(struct cli *cli)
{
	struct attach attach = { .place.dashes = "--" };
	int err, status = 0;
	uint32_t id;
	size_t i;

	for (i = 0; i < cli->count && !status; i++)
		status = attach_option(cli, &attach, &cli->args[i]);
	if (!status)
		status = finish_attach(cli, &attach);
	if (!status)
		status = open_module(cli);
	if (status)
		return status;
	err = nflua_attach(cli->ctx, &attach.what, attach.force, &id);
	if (err) {
		status = failed(cli, attach.what.state, NULL);
		if (err == -ENXIO)
			complain("nfluactl: --force overrides this");
		return status;
	}
	if (cli->globals.json) {
		cli->document = json_object_new_object();
		json_object_object_add(cli->document, "id", json_object_new_int64(id));
	}
	return EXIT_DONE;
}
