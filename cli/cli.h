/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nfluactl: what its files share. main.c reads the command line by the table
 * in commands.c and calls a command; each group of commands has a file.
 */
#ifndef NFLUACTL_CLI_H
#define NFLUACTL_CLI_H

#include <json-c/json.h>
#include <nflua/nflua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses. */
#define EXIT_DONE	0
#define EXIT_FAILED	1
#define EXIT_USAGE	2

/* An option, of all commands or of one. */
struct cli_option {
	char letter;		/* 0: the end of the table */
	const char *name;	/* the long one */
	const char *argument;	/* NULL: it takes none */
	const char *help;	/* may have several lines */
};

/* What a command was given, in order. */
struct arg {
	char letter;		/* of the option; 0 for an argument */
	const char *value;
};

/* Options that every command takes, before its name and after it. */
struct globals {
	bool json;
	bool quiet;
	bool help;
	bool version;
	const char *netns;	/* NULL: this one */
};

struct command;

/* A run of a command. */
struct run {
	const struct command *command;
	struct globals globals;
	struct arg *args;
	size_t count;
	struct nflua_ctx *ctx;		/* see open_module() */
	struct json_object *document;	/* with -j: the result */
	struct json_object *error;	/* with -j: the first failure */
};

struct command {
	const char *name;
	const char *synopsis;	/* what follows the name */
	const char *summary;	/* one line */
	const struct cli_option *options;	/* NULL: none */
	const char *list_key;	/* of a result that is an array, when it failed */
	int (*run)(struct run *run);	/* returns an exit status */
};

/* commands.c */
extern const struct cli_option global_options[];
extern const struct command commands[];		/* ends with a NULL name */
const struct command *find_command(const char *name);

int cmd_create(struct run *run);
int cmd_load(struct run *run);
int cmd_list(struct run *run);
int cmd_destroy(struct run *run);
int cmd_clear(struct run *run);
int cmd_eval(struct run *run);
int cmd_send(struct run *run);
int cmd_listen(struct run *run);
int cmd_monitor(struct run *run);
int cmd_repl(struct run *run);
int cmd_run(struct run *run);
int cmd_top(struct run *run);
int cmd_version(struct run *run);
int cmd_help(struct run *run);

/* options.c: 0, or EXIT_USAGE after saying what is wrong */
int read_globals(struct run *run, int argc, char **argv, int *first);
int read_arguments(struct run *run, int argc, char **argv);
size_t max_arguments(int argc, char **argv);
int usage_error(const struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* help.c */
void print_help(FILE *f);
void print_command_help(FILE *f, const struct command *command);
int show_help(struct run *run, const struct command *command);

/* size.c: 0, or -1 when @text is no size */
int parse_size(const char *text, uint64_t *bytes);
int parse_u32(const char *text, uint32_t *number);
void format_size(char *buf, size_t size, uint64_t bytes);
void format_time(char *buf, size_t size, uint64_t ns);

/* output.c */
int open_module(struct run *run);
int open_failed(struct run *run);
int failed(struct run *run, const char *name, const struct nflua_result *result);
int failed_with(struct run *run, const char *name, const char *message);
void print_output(const struct run *run, const struct nflua_result *result);
void print_document(struct run *run);
void print_json_line(struct json_object *object);
const char *kind_name(enum nflua_kind kind);
struct json_object *json_text(const char *text, size_t len);
void json_add_truncated(struct json_object *object,
			const struct nflua_result *result);
struct json_object *json_result(const struct nflua_result *result);

/* signals.c */
void catch_sigint(struct nflua_ctx *ctx);
bool is_interrupted(void);
void restore_sigint(void);
int catch_signals(int more);
bool wait_readable(int fd, int signals, int msecs, bool *interrupted);

/* health.c */
bool is_troubled(const struct nflua_state *s);
void print_last_error(FILE *f, const struct nflua_state *s);
void print_last_failure(const struct nflua_state *s, const char *indent);
void print_health(const struct nflua_state *s, bool in_full);
void json_add_health(struct json_object *object, const struct nflua_state *s);

/* similar.c */
const char *similar_command(const char *word);
const char *similar_option(const char *word, const struct cli_option *own);

/* states.c */
struct json_object *json_state(const struct nflua_state *s);
void print_states(const struct nflua_list *list);

/* text.c */
size_t utf8_length(const char *text, size_t left);
void print_text(FILE *f, const char *text, size_t len, const char *indent);
void print_bytes(const char *text, size_t len, const char *indent);
void print_reason(FILE *f, const char *text);
void print_indented(FILE *f, const char *text);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* values.c */
void print_values(const struct nflua_result *result);
void print_typed(const struct nflua_result *result);

#endif
