// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snprintf() as ISO C has it (C17, 7.21.6.1), for what Lua asks of it: the
 * conversions d, i, u, o, x, X, c, s and p with flags, width and precision. The
 * kernel's own differs in many combinations of these.
 */
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

/* Digits of the longest number, which is octal. */
#define DIGITS_MAX	((sizeof(long long) * CHAR_BIT + 2) / 3)

struct buffer {
	char *at;		/* may be past the end */
	char *end;		/* of what can be written */
};

struct conversion {
	int left, plus, space, alternative, zero;
	int width;
	int precision;		/* -1: none is given */
	int is_long_long, is_long;
	char type;
};

static void put(struct buffer *out, char c)
{
	if (out->at < out->end)
		*out->at = c;
	out->at++;
}

static void put_times(struct buffer *out, char c, int times)
{
	while (times-- > 0)
		put(out, c);
}

static void put_bytes(struct buffer *out, const char *s, int len)
{
	while (len-- > 0)
		put(out, *s++);
}

static const char *read_flags(const char *f, struct conversion *conv)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			conv->left = 1;
			break;
		case '+':
			conv->plus = 1;
			break;
		case ' ':
			conv->space = 1;
			break;
		case '#':
			conv->alternative = 1;
			break;
		case '0':
			conv->zero = 1;
			break;
		default:
			return f;
		}
	}
}

static const char *read_number(const char *f, int *number)
{
	*number = 0;
	for (; *f >= '0' && *f <= '9'; f++)
		if (*number < INT_MAX / 10 - 1)
			*number = *number * 10 + (*f - '0');
	return f;
}

/* Reads what follows a '%'; returns what follows the conversion. */
static const char *read_conversion(const char *f, struct conversion *conv)
{
	memset(conv, 0, sizeof(*conv));
	conv->precision = -1;
	f = read_flags(f, conv);
	f = read_number(f, &conv->width);
	if (*f == '.')
		f = read_number(f + 1, &conv->precision);
	for (; *f == 'l'; f++) {
		conv->is_long_long = conv->is_long;
		conv->is_long = 1;
	}
	conv->type = *f;
	return *f ? f + 1 : f;
}

/* Writes the digits of @n before @end, none for 0. Returns their start. */
static char *digits_of(unsigned long long n, const struct conversion *conv, char *end)
{
	const char *digits = conv->type == 'X' ? "0123456789ABCDEF" :
						 "0123456789abcdef";
	unsigned int shift = conv->type == 'o' ? 3 :
			     conv->type == 'x' || conv->type == 'X' ? 4 : 0;

	for (; n; n = shift ? n >> shift : n / 10)
		*--end = digits[shift ? n & ((1U << shift) - 1) : n % 10];
	return end;
}

static const char *prefix_of(unsigned long long n, int negative,
			     const struct conversion *conv)
{
	int is_signed = conv->type == 'd' || conv->type == 'i';

	if (is_signed)
		return negative ? "-" : conv->plus ? "+" : conv->space ? " " : "";
	if (!conv->alternative || !n)
		return "";
	return conv->type == 'x' ? "0x" : conv->type == 'X' ? "0X" : "";
}

static void put_integer(struct buffer *out, unsigned long long n, int negative,
			const struct conversion *conv)
{
	char digits[DIGITS_MAX], *end = digits + sizeof(digits);
	char *start = digits_of(n, conv, end);
	const char *prefix = prefix_of(n, negative, conv);
	int len = end - start, prefix_len = strlen(prefix);
	int zeros = conv->precision < 0 ? 1 : conv->precision;
	int blanks;

	zeros = zeros > len ? zeros - len : 0;
	/* '#' makes the first digit of an octal number a zero. */
	if (conv->type == 'o' && conv->alternative && !zeros)
		zeros = 1;
	blanks = conv->width - prefix_len - zeros - len;
	if (conv->zero && !conv->left && conv->precision < 0 && blanks > 0) {
		zeros += blanks;
		blanks = 0;
	}
	if (!conv->left)
		put_times(out, ' ', blanks);
	put_bytes(out, prefix, prefix_len);
	put_times(out, '0', zeros);
	put_bytes(out, start, len);
	if (conv->left)
		put_times(out, ' ', blanks);
}

static void put_text(struct buffer *out, const char *s, int len,
		     const struct conversion *conv)
{
	if (!conv->left)
		put_times(out, ' ', conv->width - len);
	put_bytes(out, s, len);
	if (conv->left)
		put_times(out, ' ', conv->width - len);
}

static void put_string(struct buffer *out, const char *s,
		       const struct conversion *conv)
{
	size_t max = conv->precision < 0 ? INT_MAX : conv->precision;

	put_text(out, s, strnlen(s, max), conv);
}

static void put_pointer(struct buffer *out, const void *p,
			const struct conversion *conv)
{
	char text[40];

	put_text(out, text, nflua_pointer_text(text, sizeof(text), p), conv);
}

static long long signed_argument(va_list *args, const struct conversion *conv)
{
	if (conv->is_long_long)
		return va_arg(*args, long long);
	return conv->is_long ? va_arg(*args, long) : va_arg(*args, int);
}

static unsigned long long unsigned_argument(va_list *args, const struct conversion *conv)
{
	if (conv->is_long_long)
		return va_arg(*args, unsigned long long);
	return conv->is_long ? va_arg(*args, unsigned long) :
			       va_arg(*args, unsigned int);
}

static void convert(struct buffer *out, const struct conversion *conv, va_list *args)
{
	long long n;
	char c;

	switch (conv->type) {
	case 'd':
	case 'i':
		n = signed_argument(args, conv);
		put_integer(out, n < 0 ? -(unsigned long long)n : (unsigned long long)n,
			    n < 0, conv);
		break;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		put_integer(out, unsigned_argument(args, conv), 0, conv);
		break;
	case 'c':
		c = va_arg(*args, int);
		put_text(out, &c, 1, conv);
		break;
	case 's':
		put_string(out, va_arg(*args, const char *), conv);
		break;
	case 'p':
		put_pointer(out, va_arg(*args, void *), conv);
		break;
	default:	/* "%%", and what Lua never asks for */
		put(out, conv->type);
	}
}

/**
 * nflua_snprintf - snprintf() of C, for the conversions above
 * @buf: where the text goes, with a NUL
 * @size: bytes that it has, at least 1
 * @fmt: format; without other conversions, "*", and other lengths than l and ll
 *
 * Returns the length of the whole text without the NUL, which may be @size or more.
 */
int nflua_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	struct buffer out = { .at = buf, .end = buf + size - 1 };
	struct conversion conv;
	va_list args;

	va_start(args, fmt);
	while (*fmt) {
		if (*fmt != '%') {
			put(&out, *fmt++);
			continue;
		}
		fmt = read_conversion(fmt + 1, &conv);
		convert(&out, &conv, &args);
	}
	va_end(args);
	*(out.at < out.end ? out.at : out.end) = '\0';
	return out.at - buf;
}
