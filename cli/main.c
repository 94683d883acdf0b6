// SPDX-License-Identifier: GPL-2.0-or-later
/* nfluactl: Lua states in the kernel, from the command line. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "help.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "text.h"

static int show_version(struct cli *cli)
{
	if (cli->globals.json) {
		cli->document = json_object_new_object();
		json_object_object_add(cli->document, "nfluactl",
				       json_string(NFLUA_VERSION));
	} else {
		printf("nfluactl %s\n", NFLUA_VERSION);
	}
	return EXIT_DONE;
}

static int run_command(struct cli *cli, int argc, char **argv)
{
	int first, status = read_globals(cli, argc, argv, &first);

	if (!status && first < argc) {
		status = read_command(cli, argv[first], &cli->command);
		if (!status)
			status = read_arguments(cli, argc - first, argv + first);
	}
	if (status)
		return status;
	if (cli->globals.help)
		return show_help(cli, cli->command);
	if (cli->globals.version)
		return show_version(cli);
	if (!cli->command)
		return usage_error(cli, "missing command");
	return cli->command->run(cli);
}

/*
 * Opens the standard descriptors that are closed, so that no socket gets their numbers.
 * Input is opened for writing, and output for reading, so that using them still fails.
 */
static void hold_standard_fds(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
			exit(EXIT_FAILED);
}

/* Closes the output. Returns @status, or a failure if something could not be written. */
static int close_output(int status)
{
	int bad = ferror(stdout);

	if (fclose(stdout) || bad) {
		fprintf(stderr, "nfluactl: cannot write the output\n");
		return status ? status : EXIT_FAILED;
	}
	return status;
}

int main(int argc, char **argv)
{
	struct cli cli = { .commands = commands, .options = global_options };
	int status;

	/* One write for each line, so that those of several processes do not mix. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	cli.args = calloc(max_arguments(argc, argv) + 1, sizeof(*cli.args));
	if (!cli.args) {
		complain("nfluactl: %s", strerror(ENOMEM));
		return EXIT_FAILED;
	}
	hold_standard_fds();
	status = run_command(&cli, argc, argv);
	print_document(&cli);
	nflua_close(cli.ctx);
	free(cli.args);
	return close_output(status);
}
