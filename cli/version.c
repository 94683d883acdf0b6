// SPDX-License-Identifier: GPL-2.0-or-later
/* version: shows the versions of all parts. */
#include <errno.h>
#include <stdio.h>

#include "commands.h"
#include "json.h"
#include "options.h"
#include "output.h"

static struct json_object *json_versions(const struct nflua_ctx *ctx)
{
	unsigned int family = nflua_family_version(ctx);
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "nfluactl", json_string(NFLUA_VERSION));
	json_object_object_add(o, "libnflua", json_string(nflua_library_version()));
	json_object_object_add(o, "family",
			       family ? json_object_new_int(family) : NULL);
	json_object_object_add(o, "module", json_string(nflua_module_version(ctx)));
	return o;
}

static void print_versions(const struct nflua_ctx *ctx, bool loaded)
{
	const char *module = nflua_module_version(ctx);

	printf("nfluactl %s\nlibnflua %s\n", NFLUA_VERSION,
	       nflua_library_version());
	if (loaded)
		printf("family   %u\n", nflua_family_version(ctx));
	printf("module   %s\n", module ? module :
	       loaded ? "of unknown version" : "not loaded");
}

/* Shows the versions. It is no error if the module is not loaded. */
int cmd_version(struct cli *cli)
{
	int err, status = expect_arguments(cli, 0);

	if (status)
		return status;
	err = nflua_open(&cli->ctx, cli->globals.netns);
	if (err && err != -ENOPKG)
		return open_failed(cli);
	if (cli->globals.json)
		cli->document = json_versions(cli->ctx);
	else
		print_versions(cli->ctx, !err);
	return EXIT_DONE;
}
