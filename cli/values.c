// SPDX-License-Identifier: GPL-2.0-or-later
/* The values of a chunk, for people. */
#include "values.h"

#include <ctype.h>
#include <stdio.h>

#include "text.h"

/* Prints a value as Lua's print() would. */
static void print_plain(const struct nflua_result *result, size_t i)
{
	const char *text;
	size_t len;

	switch (nflua_result_type(result, i)) {
	case NFLUA_TYPE_NIL:
		fputs("nil", stdout);
		break;
	case NFLUA_TYPE_BOOLEAN:
		fputs(nflua_result_boolean(result, i) ? "true" : "false", stdout);
		break;
	case NFLUA_TYPE_INTEGER:
		printf("%lld", (long long)nflua_result_integer(result, i));
		break;
	default:
		text = nflua_result_string(result, i, &len);
		print_bytes(text, len, "");
	}
}

/* Prints values, one per line. */
void print_values(const struct nflua_result *result)
{
	size_t i;

	for (i = 0; i < nflua_result_count(result); i++) {
		print_plain(result, i);
		putchar('\n');
	}
	if (nflua_result_truncated(result) & NFLUA_CUT_VALUES)
		puts("...");
}

static bool is_escaped(char c)
{
	return c == '"' || c == '\\' || iscntrl((unsigned char)c);
}

static void print_quoted(const char *text, size_t len)
{
	size_t i, n;

	putchar('"');
	for (i = 0; i < len; i += n) {
		for (n = 0; i + n < len && !is_escaped(text[i + n]); n++)
			;
		print_bytes(text + i, n, "");
		if (n)
			continue;
		n = 1;
		if (text[i] == '\n')
			fputs("\\n", stdout);
		else if (iscntrl((unsigned char)text[i]))
			printf("\\%03u", (unsigned char)text[i]);
		else
			printf("\\%c", text[i]);
	}
	putchar('"');
}

/* Prints values on one line, with strings in quotes. */
void print_typed(const struct nflua_result *result)
{
	size_t i, len, count = nflua_result_count(result);
	const char *text;

	for (i = 0; i < count; i++) {
		if (i)
			putchar('\t');
		text = nflua_result_string(result, i, &len);
		if (nflua_result_type(result, i) == NFLUA_TYPE_STRING)
			print_quoted(text, len);
		else
			print_plain(result, i);
	}
	if (nflua_result_truncated(result) & NFLUA_CUT_VALUES)
		fputs(count ? "\t..." : "...", stdout);
	if (count)
		putchar('\n');
}
