// SPDX-License-Identifier: GPL-2.0-or-later
/* cli/size.c, cli/json.c, cli/text.c: numbers, JSON of any bytes, text. */
#include "unit.h"

#include "json.h"
#include "size.h"
#include "text.h"

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t want;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "64K", 65536 }, { "64k", 65536 },
		{ "1KiB", 1024 }, { "1kB", 1024 }, { "512B", 512 },
		{ "64M", 64 << 20 }, { "2G", 2ull << 30 }, { "1T", 1ull << 40 },
		{ "18446744073709551615", UINT64_MAX },
		{ "16777215T", 16777215ull << 40 },
	};
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "x", "M", "1X", "1MM", "1Mi", "1MiBx",
		"1.5M", "0x10", "18446744073709551616", "16777216T", "1BB",
		"99999999999999999999999",
	};
	uint64_t bytes;
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS(good); i++) {
		if (parse_size(good[i].text, &bytes) || bytes != good[i].want)
			fail_msg("'%s'", good[i].text);
	}
	for (i = 0; i < N_ROWS(bad); i++)
		if (!parse_size(bad[i], &bytes))
			fail_msg("'%s' was taken", bad[i]);
}

static void numbers(void **state)
{
	static const char *const bad[] = { "", "-1", "1k", "4294967296", "1.0" };
	uint32_t n;
	size_t i;

	(void)state;
	assert_int_equal(parse_u32("4294967295", &n), 0);
	assert_int_equal(n, UINT32_MAX);
	for (i = 0; i < N_ROWS(bad); i++)
		if (!parse_u32(bad[i], &n))
			fail_msg("'%s' was taken", bad[i]);
}

static void people(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *want;
	} rows[] = {
		{ 0, "0B" }, { 1023, "1023B" }, { 1024, "1K" }, { 1536, "1.5K" },
		{ 32 << 20, "32M" }, { 1ull << 40, "1T" },
		{ UINT64_MAX, "15.9E" },
	};
	char buf[16];
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS(rows); i++) {
		format_size(buf, sizeof(buf), rows[i].bytes);
		assert_string_equal(buf, rows[i].want);
	}
}

static void json(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "\"\"" }, { "abc", 3, "\"abc\"" },
		{ "a\0b", 3, "\"a\\u0000b\"" }, { "\"\\\n", 3, "\"\\\"\\\\\\n\"" },
		{ "\xc3\xa4", 2, "\"\xc3\xa4\"" },
		{ "\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\"" },
		{ "\xff", 1, "{\"hex\":\"ff\"}" },
		{ "a\x80", 2, "{\"hex\":\"6180\"}" },
		{ "\xc0\xaf", 2, "{\"hex\":\"c0af\"}" },	/* overlong */
		{ "\xe0\x80\xaf", 3, "{\"hex\":\"e080af\"}" },
		{ "\xed\xa0\x80", 3, "{\"hex\":\"eda080\"}" },	/* surrogate */
		{ "\xf4\x90\x80\x80", 4, "{\"hex\":\"f4908080\"}" },
		{ "\xc3", 1, "{\"hex\":\"c3\"}" },		/* cut short */
	};
	struct json_object *o, *again;
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS(rows); i++) {
		o = json_text(rows[i].text, rows[i].len);
		text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
		assert_string_equal(text, rows[i].want);
		again = json_tokener_parse(text);
		assert_non_null(again);
		json_object_put(again);
		json_object_put(o);
	}
}

/* None of it is obeyed by a terminal, or looks like another line. */
static void texts(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "" }, { "a\tb", 3, "a\tb" }, { "a\nb\n", 4, "a\n  b\n" },
		{ "a\n\nb", 4, "a\n  \n  b" }, { "\r\0\x1b[m", 5, "\\x0d\\x00\\x1b[m" },
		{ "\x7f\x1f~ ", 4, "\\x7f\\x1f~ " },
		{ "\xc3\xa4\xe2\x82\xac", 5, "\xc3\xa4\xe2\x82\xac" },
		{ "\xc2\x9b\xc2\x80\xc2\x9f", 6, "\\xc2\\x9b\\xc2\\x80\\xc2\\x9f" },
		{ "\xc2\xa0", 2, "\xc2\xa0" }, { "\x9bm", 2, "\\x9bm" },
		{ "\xff\xfe", 2, "\\xff\\xfe" }, { "\xc0\x9b", 2, "\\xc0\\x9b" },
		{ "\xe2\x82", 2, "\\xe2\\x82" },		/* cut short */
		{ "\xe2\x82\x1b", 3, "\\xe2\\x82\\x1b" },
	};
	char *text;
	size_t i, len;
	FILE *f;

	(void)state;
	for (i = 0; i < N_ROWS(rows); i++) {
		f = open_memstream(&text, &len);
		assert_non_null(f);
		print_text(f, rows[i].text, rows[i].len, "  ");
		fclose(f);
		assert_string_equal(text, rows[i].want);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(people),
		cmocka_unit_test(json),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
