// SPDX-License-Identifier: GPL-2.0-or-later
/* send: sends a message to the handler of a state. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "output.h"

/* One byte more than a message may have, so that the library refuses it. */
#define INPUT_MAX (NFLUA_MESSAGE_MAX + 1)

/* Reads standard input, up to INPUT_MAX bytes. Returns 0 or an exit status. */
static int read_input(struct cli *cli, char *buf, size_t *len)
{
	*len = fread(buf, 1, INPUT_MAX, stdin);
	if (!ferror(stdin))
		return 0;
	return failed_with(cli, cli->args[0].value, "cannot read standard input");
}

static int do_send(struct cli *cli, const char *payload, size_t len)
{
	const char *name = cli->args[0].value;
	struct nflua_result *result;
	int status = EXIT_DONE;

	if (nflua_send(cli->ctx, name, payload, len, &result))
		status = failed(cli, name, result);
	nflua_result_free(result);
	if (!cli->globals.json || status)
		return status;
	cli->document = json_object_new_object();
	json_object_object_add(cli->document, "bytes", json_object_new_uint64(len));
	return status;
}

int cmd_send(struct cli *cli)
{
	const char *text = cli->count > 1 ? cli->args[1].value : "-";
	char input[INPUT_MAX];
	size_t len;
	int status;

	if (!cli->count)
		return usage_error(cli, "missing state name");
	status = expect_arguments(cli, 2);
	if (!status)
		status = open_module(cli);
	if (status)
		return status;
	if (strcmp(text, "-") != 0)
		return do_send(cli, text, strlen(text));
	status = read_input(cli, input, &len);
	return status ? status : do_send(cli, input, len);
}
