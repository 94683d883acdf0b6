// SPDX-License-Identifier: GPL-2.0-or-later
/* Help, out of the table of commands. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

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

void print_help(FILE *f)
{
	const struct command *c;

	fputs("usage: nfluactl [options] COMMAND ...\n\n"
	      "Lua states in the kernel, whose functions decide over packets.\n\n"
	      "Commands:\n", f);
	for (c = commands; c->name; c++)
		fprintf(f, "  %-8s %s\n           %s\n", c->name, c->synopsis,
			c->summary);
	fputs("\nOptions, before the command or after it:\n", f);
	print_options(f, global_options);
	fputs("\nSee nfluactl(8).\n", f);
}

void print_command_help(FILE *f, const struct command *c)
{
	fprintf(f, "usage: nfluactl %s%s%s\n\n%s\n", c->name,
		*c->synopsis ? " " : "", c->synopsis, c->summary);
	if (c->options) {
		fputc('\n', f);
		print_options(f, c->options);
	}
}

/* Of @command, or of all with NULL. */
int show_help(struct run *run, const struct command *command)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = run->globals.json ? open_memstream(&text, &len) : stdout;

	if (!f)
		return EXIT_FAILED;
	if (command)
		print_command_help(f, command);
	else
		print_help(f);
	if (f == stdout)
		return EXIT_DONE;
	fclose(f);
	run->document = json_object_new_object();
	json_object_object_add(run->document, "help", json_text(text, len));
	free(text);
	return EXIT_DONE;
}

int cmd_help(struct run *run)
{
	const struct command *c = NULL;

	if (run->count > 1)
		return usage_error(run, "unexpected argument '%s'",
				   run->args[1].value);
	if (run->count) {
		c = find_command(run->args[0].value);
		if (!c)
			return usage_error(run, "unknown command '%s'%s",
					   run->args[0].value,
					   similar_command(run->args[0].value));
	}
	return show_help(run, c);
}
