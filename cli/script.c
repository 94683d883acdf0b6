// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts on the command line, and reporting what they did. */
#include "script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "text.h"

/**
 * read_script - reads the script that an argument names
 * @arg: a file, "-" for standard input, or the code of -e
 * @script: free() what it owns
 *
 * Returns 0 or a negative errno of nflua_read_script().
 */
int read_script(struct cli *cli, const struct arg *arg, struct script *script)
{
	bool is_stdin = strcmp(arg->value, "-") == 0;
	int err;

	script->owned = NULL;
	if (arg->letter == 'e') {
		strcpy(script->chunk_name, "=(command line)");
		script->text = arg->value;
		script->len = strlen(arg->value);
		return 0;
	}
	if (is_stdin)
		strcpy(script->chunk_name, "=stdin");
	else
		snprintf(script->chunk_name, sizeof(script->chunk_name), "@%s",
			 arg->value);
	err = nflua_read_script(cli->ctx, is_stdin ? NULL : arg->value,
				STDIN_FILENO, &script->owned, &script->len);
	script->text = script->owned;
	return err;
}

/**
 * add_script - reads a script, and adds it to others
 * @scripts: zeroed before the first one; free_scripts() it
 *
 * Returns 0 or a negative errno.
 */
int add_script(struct cli *cli, const struct arg *arg, struct scripts *scripts)
{
	size_t i, n = scripts->count;
	struct script *each = realloc(scripts->each, (n + 1) * sizeof(*each));
	struct nflua_script *list;
	int err;

	if (!each)
		return -ENOMEM;
	scripts->each = each;
	list = realloc(scripts->list, (n + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	scripts->list = list;
	err = read_script(cli, arg, &each[n]);
	if (err)
		return err;
	scripts->count++;
	/* The names may have moved. */
	for (i = 0; i <= n; i++)
		list[i] = (struct nflua_script){ each[i].text, each[i].len, each[i].chunk_name };
	return 0;
}

void free_scripts(struct scripts *scripts)
{
	size_t i;

	for (i = 0; i < scripts->count; i++)
		free(scripts->each[i].owned);
	free(scripts->each);
	free(scripts->list);
}

/**
 * report - prints what a script printed, and why it failed
 * @err: what the library returned
 *
 * Returns the exit status.
 */
int report(struct cli *cli, const char *name, const struct nflua_result *result,
	   int err)
{
	int status = EXIT_DONE;

	print_output(cli, result);
	if (err)
		status = failed(cli, name, result);
	return status;
}
