// SPDX-License-Identifier: GPL-2.0-or-later
/* What a user may have meant by an unknown word. */
#include "similar.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 32

/* Returns the Levenshtein distance: how many letters to add, remove or change. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], i, j, above, left, n = strlen(b);

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		above = row[0];
		row[0] = i + 1;
		for (j = 0; j < n; j++) {
			left = above + (a[i] != b[j]);
			above = row[j + 1];
			if (left > row[j] + 1)
				left = row[j] + 1;
			row[j + 1] = left < above + 1 ? left : above + 1;
		}
	}
	return row[n];
}

/* Returns whether a word is nearer than @best, which then becomes its distance. */
static bool is_nearer(const char *word, const char *known, size_t *best)
{
	size_t d = strlen(known) > WORD_MAX ? *best : distance(word, known);

	if (d >= *best)
		return false;
	*best = d;
	return true;
}

/* Returns how far a word may be: one letter in three, or two that are swapped. */
static size_t allowance(const char *word)
{
	size_t len = strlen(word);

	return len > WORD_MAX ? 0 : len < 4 ? 2 : len / 3 + 2;
}

static const char *say(const char *dashes, const char *found)
{
	static char text[WORD_MAX + 32];

	if (!found)
		return "";
	snprintf(text, sizeof(text), "; did you mean '%s%s'?", dashes, found);
	return text;
}

/* Returns "; did you mean 'list'?", or "", valid until the next call. */
const char *similar_command(const char *word, const struct command *commands)
{
	size_t best = allowance(word);
	const char *found = NULL;
	const struct command *c;

	for (c = commands; c->name; c++)
		if (is_nearer(word, c->name, &best))
			found = c->name;
	return say("", found);
}

/* Returns the same for a long option of a command or of all. @word: with its dashes */
const char *similar_option(const char *word, const struct cli_option *own,
			   const struct cli_option *globals)
{
	const struct cli_option *tables[] = { own, globals }, *o;
	size_t i, best;
	const char *found = NULL;

	if (strncmp(word, "--", 2) != 0)
		return "";
	word += 2;
	best = allowance(word);
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (o = tables[i]; o && o->letter; o++)
			if (is_nearer(word, o->name, &best))
				found = o->name;
	return say("--", found);
}
