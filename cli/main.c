// SPDX-License-Identifier: GPL-2.0-or-later
/* nfluactl: Lua states in the kernel, from the command line. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static void add_string(struct json_object *object, const char *key,
		       const char *text)
{
	json_object_object_add(object, key,
			       text ? json_object_new_string(text) : NULL);
}

static struct json_object *json_versions(const struct nflua_ctx *ctx)
{
	unsigned int family = nflua_family_version(ctx);
	struct json_object *o = json_object_new_object();

	add_string(o, "nfluactl", NFLUA_VERSION);
	add_string(o, "libnflua", nflua_library_version());
	json_object_object_add(o, "family",
			       family ? json_object_new_int(family) : NULL);
	add_string(o, "module", nflua_module_version(ctx));
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

/* That the module is not there is an answer, too. */
int cmd_version(struct run *run)
{
	int err;

	if (run->count)
		return usage_error(run, "unexpected argument '%s'",
				   run->args[0].value);
	err = nflua_open(&run->ctx, run->globals.netns);
	if (err && err != -ENOPKG)
		return open_failed(run);
	if (run->globals.json)
		run->document = json_versions(run->ctx);
	else
		print_versions(run->ctx, !err);
	return EXIT_DONE;
}

static int show_version(struct run *run)
{
	if (run->globals.json) {
		run->document = json_object_new_object();
		add_string(run->document, "nfluactl", NFLUA_VERSION);
	} else {
		printf("nfluactl %s\n", NFLUA_VERSION);
	}
	return EXIT_DONE;
}

static int run_command(struct run *run, int argc, char **argv)
{
	int first, status = read_globals(run, argc, argv, &first);

	if (!status && first < argc) {
		run->command = find_command(argv[first]);
		if (!run->command)
			return usage_error(run, "unknown command '%s'%s",
					   argv[first],
					   similar_command(argv[first]));
		status = read_arguments(run, argc - first, argv + first);
	}
	if (status)
		return status;
	if (run->globals.help)
		return show_help(run, run->command);
	if (run->globals.version)
		return show_version(run);
	if (!run->command)
		return usage_error(run, "no command");
	return run->command->run(run);
}

/*
 * A socket must not become one of the standard descriptors, should they be
 * closed; using what they are here instead fails as it would with them closed.
 */
static void hold_standard_fds(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
			exit(EXIT_FAILED);
}

/* What could not be written is not done. */
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
	struct run run = { .command = NULL };
	int status;

	/* Each line is written at once. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	run.args = calloc(max_arguments(argc, argv) + 1, sizeof(*run.args));
	if (!run.args) {
		complain("nfluactl: %s", strerror(ENOMEM));
		return EXIT_FAILED;
	}
	hold_standard_fds();
	status = run_command(&run, argc, argv);
	print_document(&run);
	nflua_close(run.ctx);
	free(run.args);
	return close_output(status);
}
