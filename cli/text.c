// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text that scripts made, perhaps out of packets. A terminal must not obey it, and it
 * must not look like something the tool says itself.
 */
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns the length of the UTF-8 sequence at @text, of at most @left bytes, or 0. */
size_t utf8_length(const char *text, size_t left)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 :
		   s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0, i;

	if (n > left)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and beyond the last character. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* Returns what utf8_length() returns, but 0 for a control character, except a tab. */
static size_t harmless_length(const char *text, size_t left)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = utf8_length(text, left);

	if ((s[0] < 0x20 && s[0] != '\t') || s[0] == 0x7f)
		return 0;
	if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	return n;
}

/*
 * Prints text, with control characters and bytes that are not UTF-8 as \x1b. After a
 * newline it prints @indent.
 */
void print_text(FILE *f, const char *text, size_t len, const char *indent)
{
	const char *end = text + len;
	size_t n;

	while (text < end) {
		n = harmless_length(text, end - text);
		if (n)
			fwrite(text, 1, n, f);
		else if (*text == '\n')
			fprintf(f, "\n%s", text + 1 < end ? indent : "");
		else
			fprintf(f, "\\x%02x", (unsigned char)*text);
		text += n ? n : 1;
	}
}

/* Prints bytes as they are, but on a terminal as text. */
void print_bytes(const char *text, size_t len, const char *indent)
{
	static int is_terminal = -1;

	if (is_terminal < 0)
		is_terminal = isatty(STDOUT_FILENO);
	if (is_terminal)
		print_text(stdout, text, len, indent);
	else
		fwrite(text, 1, len, stdout);
}

/* Prints text without a newline at its end; lines after the first are indented. */
void print_reason(FILE *f, const char *text)
{
	size_t len = strlen(text);

	if (len && text[len - 1] == '\n')
		len--;
	print_text(f, text, len, "  ");
}

/* Prints indented lines. @text: NULL for none */
void print_indented(FILE *f, const char *text)
{
	if (!text || !*text)
		return;
	fputs("  ", f);
	print_reason(f, text);
	fputc('\n', f);
}

/* Prints a message to standard error. */
void complain(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	fflush(stdout);
	print_reason(stderr, len < 0 ? strerror(ENOMEM) : text);
	fputc('\n', stderr);
	if (len >= 0)
		free(text);
}
