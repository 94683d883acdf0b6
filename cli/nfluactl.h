/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nfluactl: what its files share. main.c reads the command line and calls a
 * command of the table in commands.c; each group of commands has a file.
 */
#ifndef NFLUACTL_H
#define NFLUACTL_H

#include <getopt.h>
#include <json-c/json.h>
#include <nflua/nflua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses. */
#define EXIT_DONE	0
#define EXIT_FAILED	1
#define EXIT_USAGE	2

/* Options that every command takes, before its name and after it. */
struct globals {
	bool json;
	bool quiet;
	bool help;
	bool version;
	const char *netns;	/* NULL: this one */
};

struct command;

/* A run of a command: what it was given. */
struct run {
	const struct command *command;
	struct globals globals;
	int argc;		/* arguments after the command's name */
	char **argv;
	struct nflua_ctx *ctx;	/* open, when the command needs it */
};

struct command {
	const char *name;
	const char *synopsis;	/* what follows the name */
	const char *summary;	/* one line */
	const char *options;	/* lines for help; NULL: none */
	bool needs_module;
	int (*run)(struct run *run);
};

extern const struct command commands[];		/* ends with a NULL name */
const struct command *find_command(const char *name);

int cmd_create(struct run *run);
int cmd_load(struct run *run);
int cmd_list(struct run *run);
int cmd_destroy(struct run *run);
int cmd_eval(struct run *run);
int cmd_version(struct run *run);
int cmd_help(struct run *run);

/* options.c */
#define GLOBAL_OPTIONS	"jn:qVh"
int next_option(struct run *run, const char *options,
		const struct option *long_options);
int read_globals(struct globals *globals, int argc, char **argv);
int usage_error(const struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int no_arguments_left(struct run *run);

/* size.c: 0, or -1 when @text is no size */
int parse_size(const char *text, uint64_t *bytes);
int parse_u32(const char *text, uint32_t *number);
void format_size(char *buf, size_t size, uint64_t bytes);
void format_time(char *buf, size_t size, uint64_t ns);

/* output.c */
int failed(struct run *run, const char *name, const struct nflua_result *result);
void print_output(const struct run *run, const struct nflua_result *result);
int finish_json(struct run *run, struct json_object *object);
struct json_object *json_text(const char *text, size_t len);
struct json_object *json_result(const struct nflua_result *result);

/* script.c: calls that Ctrl-C breaks off */
void interrupt_on_sigint(struct nflua_ctx *ctx);

#endif
