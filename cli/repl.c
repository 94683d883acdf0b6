// SPDX-License-Identifier: GPL-2.0-or-later
/* repl: a Lua prompt in a live state. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "health.h"
#include "line.h"
#include "options.h"
#include "output.h"
#include "repl.h"
#include "signals.h"
#include "state.h"
#include "text.h"
#include "values.h"

/* Prints an error in full. The session continues. */
static void tell_error(struct repl *repl, const struct nflua_result *result)
{
	const char *message = nflua_result_error(result);

	complain("%s", message ? message : nflua_errmsg(repl->cli->ctx));
	print_indented(stderr, nflua_result_traceback(result));
	repl->status = EXIT_FAILED;
	/* An interrupt also ends input that does not come from a terminal. */
	if (!repl->terminal && nflua_result_kind(result) == NFLUA_KIND_INTERRUPTED)
		repl->quit = true;
}

/* Runs a file, or with NULL the chunk. Ctrl-C interrupts it. */
static int run_code(struct repl *repl, const char *file,
		    struct nflua_result **result)
{
	struct nflua_ctx *ctx = repl->cli->ctx;
	sigset_t sigint, mask;
	int err;

	sigemptyset(&sigint);
	sigaddset(&sigint, SIGINT);
	catch_sigint(ctx);
	sigprocmask(SIG_UNBLOCK, &sigint, &mask);
	err = file ? nflua_load_file(ctx, repl->name, 0, file, result) :
		     nflua_show(ctx, repl->name, repl->chunk, "=stdin", result);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	restore_sigint();
	return err;
}

static void drop_chunk(struct repl *repl)
{
	free(repl->chunk);
	repl->chunk = NULL;
	repl->len = 0;
}

/* Adds a line to the chunk. Returns false if there is no memory. */
static bool add_line(struct repl *repl, const char *line)
{
	size_t len = strlen(line);
	char *more = realloc(repl->chunk, repl->len + len + 2);

	if (!more) {
		complain("%s", strerror(ENOMEM));
		repl->status = EXIT_FAILED;
		return false;
	}
	memcpy(more + repl->len, line, len);
	memcpy(more + repl->len + len, "\n", 2);
	repl->chunk = more;
	repl->len += len + 1;
	return true;
}

static void run_chunk(struct repl *repl, bool is_last)
{
	struct nflua_result *result = NULL;
	int err = run_code(repl, NULL, &result);

	if (err && nflua_result_kind(result) == NFLUA_KIND_INCOMPLETE && !is_last) {
		nflua_result_free(result);
		return;
	}
	print_output(repl->cli, result);
	/* The terminal has shown ^C, so the cursor is not at the beginning of a line. */
	if (repl->terminal && nflua_result_kind(result) == NFLUA_KIND_INTERRUPTED)
		putchar('\n');
	if (err)
		tell_error(repl, result);
	else
		print_typed(result);
	fflush(stdout);
	nflua_result_free(result);
	drop_chunk(repl);
}

/* Mentions the last error, on a terminal. */
static void mention_error(const struct repl *repl, const struct nflua_list *list)
{
	const struct nflua_state *state = nflua_list_state(list, 0);

	if (repl->terminal && nflua_state_last_error(state)) {
		print_last_error(stdout, state);
		puts("(.error shows it in full, .clear forgets it)");
	}
}

/* Switches to a state. @create: creates it if it does not exist */
static int enter_state(struct repl *repl, const char *name, bool create)
{
	struct nflua_ctx *ctx = repl->cli->ctx;
	struct nflua_list *list = NULL;
	int err = nflua_get(ctx, name, &list);

	if (!err && nflua_state_is_gone(nflua_list_state(list, 0)))
		err = nflua_eval(ctx, name, "", NULL, NULL);	/* fails, and says so */
	else if (!err)
		mention_error(repl, list);
	nflua_list_free(list);
	if (err == -ENOENT && create) {
		err = nflua_create(ctx, name, NULL, NULL, 0, NULL, NULL);
		if (!err)
			complain("created state %s", name);
	}
	if (!err)
		snprintf(repl->name, sizeof(repl->name), "%s", name);
	return err;
}

static void dot_help(struct repl *repl, const char *argument)
{
	const struct dot_command *c;
	char left[32];

	(void)argument;
	for (c = repl->dots; c->name; c++) {
		snprintf(left, sizeof(left), ".%s %s", c->name,
			 c->argument ? c->argument : "");
		printf("%-16s%s\n", left, c->help);
	}
	puts("Anything else is Lua. TAB completes, Ctrl-C interrupts, Ctrl-D leaves.");
}

static void dot_load(struct repl *repl, const char *argument)
{
	struct nflua_result *result = NULL;
	int err = run_code(repl, argument, &result);

	print_output(repl->cli, result);
	if (err)
		tell_error(repl, result);
	nflua_result_free(result);
}

static void dot_states(struct repl *repl, const char *argument)
{
	const struct nflua_state *state;
	struct nflua_list *list;
	size_t i;

	(void)argument;
	if (nflua_list(repl->cli->ctx, &list)) {
		tell_error(repl, NULL);
		return;
	}
	print_state_header();
	for (i = 0; (state = nflua_list_state(list, i)); i++) {
		print_state(state);
		print_health(state, false);
	}
	nflua_list_free(list);
}

static void dot_use(struct repl *repl, const char *argument)
{
	if (enter_state(repl, argument, false))
		tell_error(repl, NULL);
}

/* Returns the state of the session, or NULL after an error message. Free the list. */
static const struct nflua_state *get_state(struct repl *repl, struct nflua_list **list)
{
	if (nflua_get(repl->cli->ctx, repl->name, list)) {
		tell_error(repl, NULL);
		return NULL;
	}
	return nflua_list_state(*list, 0);
}

static void dot_last_error(struct repl *repl, const char *argument)
{
	const struct nflua_state *state;
	struct nflua_list *list;

	(void)argument;
	state = get_state(repl, &list);
	if (!state)
		return;
	if (nflua_state_last_error(state))
		print_last_failure(state, "");
	else
		puts("there was no error");
	nflua_list_free(list);
}

static void dot_clear(struct repl *repl, const char *argument)
{
	(void)argument;
	if (nflua_clear(repl->cli->ctx, repl->name))
		tell_error(repl, NULL);
}

static void dot_quit(struct repl *repl, const char *argument)
{
	(void)argument;
	repl->quit = true;
}

static const struct dot_command dot_commands[] = {
	{ "help", NULL, "show this help", dot_help },
	{ "error", NULL, "show the last error for a packet or in a timer", dot_last_error },
	{ "clear", NULL, "forget the last error", dot_clear },
	{ "load", "FILE", "run a file in the state", dot_load },
	{ "states", NULL, "list all states", dot_states },
	{ "use", "NAME", "switch to another state", dot_use },
	{ "quit", NULL, "leave", dot_quit },
	{ NULL, NULL, NULL, NULL },
};

static const struct dot_command *find_dot(const struct repl *repl, const char *name,
					  size_t len)
{
	const struct dot_command *c;

	for (c = repl->dots; c->name; c++)
		if (strlen(c->name) == len && memcmp(c->name, name, len) == 0)
			return c;
	return NULL;
}

static void dot_error(struct repl *repl, const char *what, const char *name,
		      size_t len)
{
	complain(".%.*s: %s (try: .help)", (int)len, name, what);
	repl->status = EXIT_FAILED;
}

/* Runs a dot command. @line: without the dot; blanks around the argument are ignored */
static void run_dot(struct repl *repl, char *line)
{
	size_t len = strcspn(line, " \t"), end = strlen(line);
	const struct dot_command *c = find_dot(repl, line, len);
	char *argument = line + len + strspn(line + len, " \t");

	while (end > len && strchr(" \t", line[end - 1]))
		line[--end] = '\0';
	if (!c)
		dot_error(repl, "unknown command", line, len);
	else if (c->argument && !*argument)
		dot_error(repl, "missing argument", line, len);
	else if (!c->argument && *argument)
		dot_error(repl, "unexpected argument", line, len);
	else
		c->run(repl, argument);
	fflush(stdout);
}

static void take_line(struct repl *repl, char *line)
{
	if (!repl->chunk && *line == '.')
		run_dot(repl, line + 1);
	else if (repl->chunk || line[strspn(line, " \t")]) {
		if (add_line(repl, line))
			run_chunk(repl, false);
	}
}

/* Reads lines from a terminal. */
static void converse(struct repl *repl)
{
	char prompt[sizeof(repl->name) + 8];
	enum line what;
	char *line;

	while (!repl->quit) {
		snprintf(prompt, sizeof(prompt), "%s%s ", repl->name,
			 repl->chunk ? ">>" : ">");
		what = line_read(prompt, &line);
		if (what == LINE_END)
			break;
		if (what == LINE_BROKEN_OFF) {
			drop_chunk(repl);
			continue;
		}
		line_remember(line);
		take_line(repl, line);
		free(line);
	}
}

/* Reads lines from a file or a pipe. Returns an exit status. */
static int read_lines(struct repl *repl)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (!repl->quit && (len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (memchr(line, '\0', len)) {
			free(line);
			return failed_with(repl->cli, repl->name,
					   "zero byte in the input");
		}
		take_line(repl, line);
		if (is_interrupted() && !repl->quit) {
			free(line);
			return failed_with(repl->cli, repl->name, "interrupted");
		}
	}
	free(line);
	if (ferror(stdin))
		return failed_with(repl->cli, repl->name,
				   "cannot read standard input");
	/* The last chunk may be incomplete. */
	if (repl->chunk)
		run_chunk(repl, true);
	return repl->status;
}

static int do_repl(struct repl *repl)
{
	int status = EXIT_DONE;

	if (!repl->terminal)
		return read_lines(repl);
	if (!repl->cli->globals.quiet)
		printf("nflua %s, state %s (try: .help)\n", NFLUA_VERSION,
		       repl->name);
	line_begin(repl);
	converse(repl);
	line_end();
	return status;
}

int cmd_repl(struct cli *cli)
{
	const char *name = cli->count ? cli->args[0].value : "default";
	struct repl repl = {
		.cli = cli,
		.dots = dot_commands,
		.terminal = isatty(STDIN_FILENO),
	};
	int status = expect_arguments(cli, 1);

	if (status)
		return status;
	if (cli->globals.json)
		return usage_error(cli, "--json is not supported");
	status = open_module(cli);
	if (status)
		return status;
	if (enter_state(&repl, name, true))
		return failed(cli, name, NULL);
	status = do_repl(&repl);
	drop_chunk(&repl);
	return status;
}
