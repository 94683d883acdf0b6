// SPDX-License-Identifier: GPL-2.0-or-later
/* Editing the line at the prompt: GNU readline, with history and completion. */
#include "line.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#define HISTORY_MAX 1000

/* The keywords of Lua 5.4, which no table of the state has. */
static const char *const keywords[] = {
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function",
	"goto", "if", "in", "local", "nil", "not", "or", "repeat", "return",
	"then", "true", "until", "while", NULL,
};

/* For callbacks of readline, which get no pointer from it. */
static struct repl *current;
static char *history_file;	/* NULL: none is kept */

static char *taken;
static bool is_taken;
static volatile sig_atomic_t broken_off, resized;
static sigset_t outside;	/* signals blocked before, and while waiting for keys */

/* Completions, collected when readline asks for the first one. */
static struct {
	char **names;
	size_t count, next;
} matches;

static void forget_matches(void)
{
	size_t i;

	for (i = matches.next; i < matches.count; i++)
		free(matches.names[i]);
	free(matches.names);
	memset(&matches, 0, sizeof(matches));
}

/* Adds a completion: the first @len bytes of @head, and @name. */
static void add_match(const char *head, int len, const char *name)
{
	char **more = realloc(matches.names, (matches.count + 1) * sizeof(*more));
	char *word;

	if (!more)
		return;
	matches.names = more;
	if (asprintf(&word, "%.*s%s", len, head, name) >= 0)
		matches.names[matches.count++] = word;
}

/* Completes globals and fields of the live state, and keywords. */
static void match_names(const char *text)
{
	const char *last = strrchr(text, '.'), *colon = strrchr(text, ':');
	struct nflua_result *result = NULL;
	int head;
	size_t i;

	if (!last || (colon && colon > last))
		last = colon;
	head = last ? last + 1 - text : 0;
	if (!nflua_complete(current->cli->ctx, current->name, text, &result))
		for (i = 0; i < nflua_result_count(result); i++)
			add_match(text, head, nflua_result_string(result, i, NULL));
	nflua_result_free(result);
	for (i = 0; !head && *text && keywords[i]; i++)
		if (strncmp(keywords[i], text, strlen(text)) == 0)
			add_match("", 0, keywords[i]);
}

static void match_dots(const char *text)
{
	const struct dot_command *c;

	for (c = current->dots; c->name; c++)
		if (strncmp(c->name, text + 1, strlen(text + 1)) == 0)
			add_match(".", 1, c->name);
}

static void match_states(const char *text)
{
	const struct nflua_state *state;
	struct nflua_list *list;
	size_t i;

	if (nflua_list(current->cli->ctx, &list))
		return;
	for (i = 0; (state = nflua_list_state(list, i)); i++)
		if (strncmp(nflua_state_name(state), text, strlen(text)) == 0)
			add_match("", 0, nflua_state_name(state));
	nflua_list_free(list);
}

static char *next_match(const char *text, int again)
{
	(void)text;
	(void)again;
	return matches.next < matches.count ? matches.names[matches.next++] : NULL;
}

static bool begins_with(const char *word)
{
	size_t len = strlen(word);

	return strncmp(rl_line_buffer, word, len) == 0 && rl_line_buffer[len] == ' ';
}

/* Returns whether the line is a dot command, and not part of a chunk. */
static bool is_dotted(void)
{
	return !current->chunk && rl_line_buffer[0] == '.';
}

static char **complete(const char *text, int start, int end)
{
	(void)end;
	rl_attempted_completion_over = 1;
	forget_matches();
	if (is_dotted() && start == 0) {
		match_dots(text);
	} else if (is_dotted() && begins_with(".load")) {
		rl_attempted_completion_over = 0;
		return NULL;
	} else if (is_dotted() && begins_with(".use")) {
		match_states(text);
	} else if (!is_dotted()) {
		rl_completion_append_character = '\0';
		match_names(text);
	}
	return rl_completion_matches(text, next_match);
}

/* Returns what ends a word: in Lua not dots and colons, in a dot command only blanks. */
static char *word_breaks(void)
{
	static char blanks[] = " \t";
	static char lua[] = " \t\n\"'()[]{}<>=~+-*/%^#&|,;!?\\`@$";

	return is_dotted() ? blanks : lua;
}

/* Makes the directories of @path. Returns false if that fails. */
static bool make_directories(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return true;
}

/* Returns the path $XDG_STATE_HOME/nflua/history, by default in ~/.local/state. */
static char *find_history(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *path = NULL;
	int n = -1;

	if (state && *state == '/')
		n = asprintf(&path, "%s/nflua/history", state);
	else if (home && *home == '/')
		n = asprintf(&path, "%s/.local/state/nflua/history", home);
	if (n < 0)
		return NULL;
	if (make_directories(path))
		return path;
	free(path);
	return NULL;
}

static void on_line(char *line)
{
	taken = line;
	is_taken = true;
	rl_callback_handler_remove();
}

static void on_signal(int sig)
{
	if (sig == SIGINT)
		broken_off = 1;
	else
		resized = 1;
}

void line_begin(struct repl *repl)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t signals;

	current = repl;
	rl_readline_name = "nfluactl";
	rl_catch_signals = 0;
	rl_attempted_completion_function = complete;
	rl_completion_word_break_hook = word_breaks;
	if (!isatty(STDOUT_FILENO))
		rl_outstream = stderr;
	using_history();
	stifle_history(HISTORY_MAX);
	history_file = find_history();
	if (history_file)
		read_history(history_file);
	/* These signals arrive only while waiting for keys. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, &outside);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGWINCH, &action, NULL);
}

/* Handles signals. Returns false if the line must be dropped. */
static bool goes_on(void)
{
	if (resized)
		rl_resize_terminal();
	resized = 0;
	if (!broken_off)
		return true;
	broken_off = 0;
	fputs("^C\n", rl_outstream);
	rl_callback_sigcleanup();
	rl_replace_line("", 0);
	rl_callback_handler_remove();
	return false;
}

enum line line_read(const char *prompt, char **line)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };

	is_taken = false;
	taken = NULL;
	rl_callback_handler_install(prompt, on_line);
	while (!is_taken) {
		if (ppoll(&keys, 1, NULL, &outside) > 0)
			rl_callback_read_char();
		else if (!goes_on())
			return LINE_BROKEN_OFF;
	}
	*line = taken;
	return taken ? LINE_READ : LINE_END;
}

/* Saves the line at once, so that none is lost and a new prompt has it. */
void line_remember(const char *line)
{
	const HIST_ENTRY *last = history_length ?
		history_get(history_base + history_length - 1) : NULL;

	if (!*line || (last && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	if (history_file && append_history(1, history_file))
		write_history(history_file);
}

void line_end(void)
{
	if (history_file)
		history_truncate_file(history_file, HISTORY_MAX);
	free(history_file);
	history_file = NULL;
	forget_matches();
	clear_history();
}
