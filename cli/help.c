// SPDX-License-Identifier: GPL-2.0-or-later
/* help: shows help, from the table of commands. */
#include "help.h"

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "options.h"

#define HELP_COLUMN 22

static void print_options(FILE *f, const struct cli_option *o)
{
	const char *text, *end;
	int used;

	for (; o->letter; o++) {
		used = fprintf(f, "  -%c, --%s%s%s", o->letter, o->name,
			       o->argument ? " " : "",
			       o->argument ? o->argument : "");
		for (text = o->help; *text; text = *end ? end + 1 : end) {
			end = strchrnul(text, '\n');
			fprintf(f, "%*s%.*s\n", HELP_COLUMN - used, "",
				(int)(end - text), text);
			used = 0;
		}
	}
}

static void print_help(FILE *f, const struct cli *cli)
{
	const struct command *c;

	fputs("usage: nfluactl [options] COMMAND ...\n\n"
	      "Manages Lua states in the kernel, whose functions filter packets.\n\n"
	      "Commands:\n", f);
	for (c = cli->commands; c->name; c++)
		fprintf(f, "  %-8s %s\n           %s\n", c->name, c->synopsis,
			c->summary);
	fputs("\nOptions, before the command or after it:\n", f);
	print_options(f, cli->options);
	fputs("\nSee nfluactl(8).\n", f);
}

static void print_command_help(FILE *f, const struct command *c)
{
	fprintf(f, "usage: nfluactl %s%s%s\n\n%s\n", c->name,
		*c->synopsis ? " " : "", c->synopsis, c->summary);
	if (c->options) {
		fputc('\n', f);
		print_options(f, c->options);
	}
}

/* Shows the help of a command, or with NULL that of the tool. Returns an exit status. */
int show_help(struct cli *cli, const struct command *command)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = cli->globals.json ? open_memstream(&text, &len) : stdout;

	if (!f)
		return EXIT_FAILED;
	if (command)
		print_command_help(f, command);
	else
		print_help(f, cli);
	if (f == stdout)
		return EXIT_DONE;
	fclose(f);
	cli->document = json_object_new_object();
	json_object_object_add(cli->document, "help", json_text(text, len));
	free(text);
	return EXIT_DONE;
}

int cmd_help(struct cli *cli)
{
	const struct command *command = NULL;
	int status = expect_arguments(cli, 1);

	if (!status && cli->count)
		status = read_command(cli, cli->args[0].value, &command);
	return status ? status : show_help(cli, command);
}
