// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * string.format in the kernel: the engine's own snprintf() beside that of the C
 * library, in all combinations of flags, widths, precisions and conversions.
 */
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

int nflua_snprintf(char *buf, size_t size, const char *fmt, ...);
int nflua_pointer_text(char *buf, size_t size, const void *p);

int nflua_pointer_text(char *buf, size_t size, const void *p)
{
	return snprintf(buf, size, "%p", p);
}

#define FLAGS		"-+ #0"
#define ALL_FLAGS	(1 << (sizeof(FLAGS) - 1))

static const char *const widths[] = { "", "1", "5", "20", "99" };
static const char *const precisions[] = { "", ".", ".0", ".1", ".3", ".25", ".99" };

/* Of the standard's combinations only: others are undefined. */
static const char *allowed_flags(char type)
{
	switch (type) {
	case 'd':
	case 'i':
		return "-+ 0";
	case 'u':
		return "-0";
	case 'o':
	case 'x':
	case 'X':
		return "-#0";
	default:
		return "-";
	}
}

/* Returns 0 when the flags do not go with the conversion. */
static int make_format(char *fmt, unsigned int flags, const char *width,
		       const char *precision, const char *length, char type)
{
	unsigned int i;

	*fmt++ = '%';
	for (i = 0; i < sizeof(FLAGS) - 1; i++) {
		if (!(flags & 1U << i))
			continue;
		if (!strchr(allowed_flags(type), FLAGS[i]))
			return 0;
		*fmt++ = FLAGS[i];
	}
	sprintf(fmt, "%s%s%s%c", width, precision, length, type);
	return 1;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void same(const char *fmt, int expected, const char *want, int got, const char *have)
{
	if (expected != got || strcmp(want, have) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", fmt, have, want);
}

static void try_integers(const char *fmt)
{
	static const long long numbers[] = {
		0, 1, -1, 7, 8, 42, -42, 255, 123456789, LLONG_MAX, LLONG_MIN,
	};
	char want[256], have[256];
	unsigned int i;
	int n, m;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		n = snprintf(want, sizeof(want), fmt, numbers[i]);
		m = nflua_snprintf(have, sizeof(have), fmt, numbers[i]);
		same(fmt, n, want, m, have);
	}
}

static void try_strings(const char *fmt)
{
	static const char *const strings[] = { "", "a", "hello", "a longer one, of some words" };
	char want[256], have[256];
	unsigned int i;
	int n, m;

	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		n = snprintf(want, sizeof(want), fmt, strings[i]);
		m = nflua_snprintf(have, sizeof(have), fmt, strings[i]);
		same(fmt, n, want, m, have);
	}
}

static unsigned int each_format(const char *types, const char *length, int precise,
				void (*try)(const char *fmt))
{
	unsigned int flags, w, p, count = 0;
	char fmt[32];
	const char *type;

	for (type = types; *type; type++)
		for (flags = 0; flags < ALL_FLAGS; flags++)
			for (w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
				for (p = 0; p < (precise ? sizeof(precisions) / sizeof(precisions[0]) : 1); p++) {
					if (!make_format(fmt, flags, widths[w], precisions[p], length, *type))
						continue;
					try(fmt);
					count++;
				}
	return count;
}

static void integers(void **state)
{
	(void)state;
	assert_int_equal(each_format("diuoxX", "ll", 1, try_integers), 35 * (16 * 2 + 4 + 8 * 3));
}

static void strings(void **state)
{
	(void)state;
	assert_int_equal(each_format("s", "", 1, try_strings), 70);
}

static void try_character(const char *fmt)
{
	char want[256], have[256];
	int n = snprintf(want, sizeof(want), fmt, 'x');

	same(fmt, n, want, nflua_snprintf(have, sizeof(have), fmt, 'x'), have);
	/* A zero byte is one, too. */
	n = snprintf(want, sizeof(want), fmt, 0);
	assert_int_equal(nflua_snprintf(have, sizeof(have), fmt, 0), n);
	assert_memory_equal(have, want, n + 1);
}

static void try_pointer(const char *fmt)
{
	char want[256], have[256];
	int n = snprintf(want, sizeof(want), fmt, (void *)want);

	same(fmt, n, want, nflua_snprintf(have, sizeof(have), fmt, (void *)want), have);
}

static void characters_and_pointers(void **state)
{
	(void)state;
	assert_int_equal(each_format("c", "", 0, try_character), 10);
	assert_int_equal(each_format("p", "", 0, try_pointer), 10);
}

static void too_small(void **state)
{
	char buf[4] = "xyz";

	(void)state;
	assert_int_equal(nflua_snprintf(buf, sizeof(buf), "%d%s", 12, "3456"), 6);
	assert_string_equal(buf, "123");
	assert_int_equal(nflua_snprintf(buf, 1, "%5d", 12), 5);
	assert_string_equal(buf, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(strings),
		cmocka_unit_test(characters_and_pointers),
		cmocka_unit_test(too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
