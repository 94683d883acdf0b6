// SPDX-License-Identifier: GPL-2.0-or-later
/* Output: errors, what scripts printed, and the document of -j. */
#include "output.h"

#include <stdio.h>

#include "json.h"
#include "text.h"

/* Prints what a script printed, unless -j puts it into the document. */
void print_output(const struct cli *cli, const struct nflua_result *result)
{
	const char *output;
	size_t len;

	if (cli->globals.json)
		return;
	output = nflua_result_output(result, &len);
	print_bytes(output, len, "");
	if (nflua_result_truncated(result) & NFLUA_CUT_OUTPUT)
		puts("...");
	fflush(stdout);
}

/* Keeps the first failure for the document of -j. */
static void keep_error(struct cli *cli, const char *message,
		       const struct nflua_result *result)
{
	struct json_object *error;

	if (!cli->globals.json || cli->error)
		return;
	cli->error = error = json_object_new_object();
	json_object_object_add(error, "message", json_string(message));
	json_object_object_add(error, "kind", json_object_new_string(
			       kind_name(nflua_result_kind(result))));
	json_object_object_add(error, "traceback",
			       json_string(nflua_result_traceback(result)));
}

static void report_failure(struct cli *cli, const char *name, const char *message,
			   const struct nflua_result *result)
{
	complain("nfluactl: %s%s%s: %s", cli->command->name, name ? " " : "",
		 name ? name : "", message);
	print_indented(stderr, nflua_result_traceback(result));
	keep_error(cli, message, result);
}

/**
 * failed - reports the last failure of the library
 * @name: the state, or NULL
 * @result: of the script that failed, or NULL
 *
 * Returns the exit status.
 */
int failed(struct cli *cli, const char *name, const struct nflua_result *result)
{
	const char *message = nflua_result_error(result);

	report_failure(cli, name, message ? message : nflua_errmsg(cli->ctx), result);
	return EXIT_FAILED;
}

/* Reports a failure that is not the library's. Returns the exit status. */
int failed_with(struct cli *cli, const char *name, const char *message)
{
	report_failure(cli, name, message, NULL);
	return EXIT_FAILED;
}

/* Reports why there is no connection to the module. Returns the exit status. */
int open_failed(struct cli *cli)
{
	const char *message = nflua_errmsg(cli->ctx);

	complain("nfluactl: %s", message);
	keep_error(cli, message, NULL);
	return EXIT_FAILED;
}

/* Connects to the module. Returns 0, or an exit status after an error message. */
int open_module(struct cli *cli)
{
	return nflua_open(&cli->ctx, cli->globals.netns) ? open_failed(cli) : 0;
}

/*
 * Writes the command's one document, and frees it. If the command failed, it is an
 * object with an error; a list becomes a field of it.
 */
void print_document(struct cli *cli)
{
	struct json_object *document = cli->document;

	if (cli->error) {
		if (!document || cli->command->list_key)
			document = json_object_new_object();
		if (cli->document && document != cli->document)
			json_object_object_add(document, cli->command->list_key,
					       cli->document);
		json_object_object_add(document, "error", cli->error);
	}
	if (document)
		print_json_line(document);
}
