// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine under the conditions of the kernel: the conformance tests with turns,
 * with collections, where memory fails at the n-th allocation or ends, and where the
 * call is killed at the n-th look. Sanitizers judge, and host_close() does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lauxlib.h"

#include "harness.h"

/* Runs of a script with trouble at as many places of it. */
#define PLACES	12

/* Those of all scripts. */
#define RUNS	(PLACES * sizeof(scripts) / sizeof(*scripts))

static const char *directory;	/* tests/lua */

struct script {
	const char *name;
	int least;		/* checks in it */
};

static const struct script scripts[] = {
	{ "conformance.lua", 290 },
	{ "kernel.lua", 60 },
	{ "upstream.lua", 380 },
};

/* The script, as a chunk that prints its results; free() it. */
static char *read_script(const char *name, size_t *len)
{
	static const char before[] = "print((function(...) ", after[] = "\nend)())";
	char path[4096], *text;
	FILE *f;
	long size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	rewind(f);
	text = malloc(sizeof(before) + size + sizeof(after));
	assert_non_null(text);
	strcpy(text, before);
	assert_int_equal(fread(text + strlen(before), 1, size, f), size);
	strcpy(text + strlen(before) + size, after);
	fclose(f);
	*len = strlen(text);
	return text;
}

/* Where the trouble may begin in the script: how much there is of what it is about. */
struct extent {
	unsigned long opened;		/* allocations until then */
	unsigned long allocations;
	unsigned long ticks;
	size_t peak;
};

static void run(const struct script *script, enum call_kind kind,
		const struct knobs *knobs, struct outcome *out, struct extent *extent)
{
	struct host *h = host_open(knobs);
	unsigned long opened;
	char *text, *end;
	size_t len;

	assert_non_null(h);
	opened = h->allocations;
	text = read_script(script->name, &len);
	host_run(h, kind, text, len, "=script", 0, out);
	free(text);
	/* Where memory fails, so may what the script checks. */
	if (out->status == LUA_OK && !knobs->fail_from && !knobs->memory_limit) {
		h->output.buf[h->output.len] = '\0';
		assert_true(strtol(h->output.buf, &end, 10) >= script->least);
		/* Those that failed. */
		assert_string_equal(end, "\t\n");
	}
	if (extent)
		*extent = (struct extent){ opened, h->allocations, h->ticks, h->peak };
	host_close(h);
}

static void passes(enum call_kind kind, const struct knobs *knobs)
{
	struct outcome out;
	size_t i;

	for (i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		/* Its limits are those of calls that packets wait for. */
		if (kind == CALL_BUILD && strcmp(scripts[i].name, "kernel.lua") == 0)
			continue;
		run(&scripts[i], kind, knobs, &out, NULL);
		if (out.status != LUA_OK)
			fail_msg("%s: %s", scripts[i].name, out.text);
	}
}

static void building(void **state)
{
	(void)state;
	passes(CALL_BUILD, &(struct knobs){ 0 });
}

static void in_turns(void **state)
{
	(void)state;
	passes(CALL_EXEC, &(struct knobs){ .turn_every = 7, .hook_count = 100 });
}

static void each_instruction(void **state)
{
	(void)state;
	passes(CALL_EXEC, &(struct knobs){ .hook_count = 1, .turn_every = 1009 });
}

static void collections(void **state)
{
	(void)state;
	passes(CALL_EXEC, &(struct knobs){ .fail_every = 499 });
}

static struct extent extent_of(const struct script *script)
{
	struct extent extent;
	struct outcome out;

	run(script, CALL_EXEC, &(struct knobs){ .hook_count = 1 }, &out, &extent);
	assert_int_equal(out.status, LUA_OK);
	return extent;
}

/* Whether a run came to harm. */
static int is_harmed(const struct outcome *out)
{
	return out->killed || out->status == LUA_ERRMEM ||
	       out->status == NFLUA_ENGINE_NO_MEMORY;
}

/* With what is different in each of many runs; the number of those that came to harm. */
static unsigned long everywhere(void (*set)(struct knobs *knobs, const struct extent *extent,
				   unsigned long place))
{
	struct extent extent;
	struct outcome out;
	unsigned long place, harmed = 0;
	size_t i;

	for (i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		extent = extent_of(&scripts[i]);
		for (place = 0; place < PLACES; place++) {
			struct knobs knobs = { .hook_count = 1 };

			set(&knobs, &extent, place);
			run(&scripts[i], CALL_EXEC, &knobs, &out, NULL);
			harmed += is_harmed(&out);
		}
	}
	return harmed;
}

/* Those that open the universe are for opening(). */
static void fail_from(struct knobs *knobs, const struct extent *extent,
		      unsigned long place)
{
	knobs->fail_from = 1 + extent->opened +
			   (extent->allocations - extent->opened) * place / PLACES;
	knobs->fail_count = 1 + place % 5;
}

static void kill_at(struct knobs *knobs, const struct extent *extent,
		    unsigned long place)
{
	knobs->budget = 1 + extent->ticks * place / PLACES + place;
}

static void limit(struct knobs *knobs, const struct extent *extent,
		  unsigned long place)
{
	knobs->memory_limit = 60000 + (extent->peak - 60000) * place / PLACES;
}

static void failing(void **state)
{
	(void)state;
	/* A script may catch the error of one allocation. */
	assert_true(everywhere(fail_from) >= RUNS / 4);
}

static void killed(void **state)
{
	(void)state;
	assert_int_equal(everywhere(kill_at), RUNS);
}

static void limited(void **state)
{
	(void)state;
	/* Scripts catch most; but in the least memory none is even compiled. */
	assert_true(everywhere(limit) >= RUNS / PLACES);
}

/* Each allocation of a universe that is being made. */
static void opening(void **state)
{
	struct knobs knobs = { .fail_count = 2 };
	struct host *h;
	int failed = 0;

	(void)state;
	for (;;) {
		unsigned long allocations;

		knobs.fail_from++;
		h = host_open(&knobs);
		if (!h) {
			failed++;
			continue;
		}
		allocations = h->allocations;
		host_close(h);
		if (allocations < knobs.fail_from)
			break;
	}
	/* A few are for what can do without. */
	assert_true(failed > 200);
	assert_true(knobs.fail_from - failed < 20);
}

static void is_name(void **state)
{
	struct host *h = host_open(&(struct knobs){ 0 });
	lua_State *L = h->main;
	int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		const char s[] = { 'a', (char)c };
		int alpha = (c | 32) >= 'a' && (c | 32) <= 'z' && c < 128;

		lua_pushlstring(L, s + 1, 1);
		assert_int_equal(nflua_engine_is_name(L, -1), alpha || c == '_');
		lua_pushlstring(L, s, 2);
		assert_int_equal(nflua_engine_is_name(L, -1),
				 alpha || c == '_' || (c >= '0' && c <= '9'));
		lua_pop(L, 2);
	}
	lua_pushliteral(L, "while");
	assert_int_equal(nflua_engine_is_name(L, -1), 0);
	lua_pushinteger(L, 1);
	assert_int_equal(nflua_engine_is_name(L, -1), 0);
	lua_pop(L, 2);
	host_close(h);
}

/* A packet's call: what it returns is read off, and an error leaves all as it was. */
static void packets(void **state)
{
	static const char script[] =
		"n = 0 "
		"function packet(f, p) "
		"n = n + 1 if n % 3 == 0 then error(p) end "
		"if n % 5 == 0 then local t = {} while true do t[#t + 1] = {} end end "
		"if n % 7 == 0 then while true do end end "
		"return p:u8(0) == 69 and p.udp.dport == 53 and #p.text == 60 "
		"and p.payload:u8(0) == 0 and p.tcp == nil end";
	static const unsigned char packet[60] = { 0x45, [9] = 17, [23] = 53 };
	struct host *h = host_open(&(struct knobs){
		.memory_limit = 200000, .budget = 20000, .hook_count = 1 });
	struct outcome out;
	int i;

	(void)state;
	host_run(h, CALL_BUILD, script, sizeof(script) - 1, "=script", 0, &out);
	assert_int_equal(out.status, LUA_OK);
	for (i = 1; i <= 210; i++) {
		host_packet(h, packet, sizeof(packet), &out);
		if (i % 3 == 0) {
			assert_int_equal(out.status, LUA_ERRRUN);
		} else if (i % 5 == 0) {
			assert_true(out.status == LUA_ERRMEM || out.killed);
		} else if (i % 7 == 0) {
			assert_int_equal(out.killed, KILLED_BUDGET);
			assert_string_equal(out.traceback, "stack traceback:\n\t"
					    "script:1: in function <script:1>");
		} else {
			assert_int_equal(out.status, LUA_OK);
		}
	}
	host_close(h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(building),
		cmocka_unit_test(in_turns),
		cmocka_unit_test(each_instruction),
		cmocka_unit_test(collections),
		cmocka_unit_test(opening),
		cmocka_unit_test(failing),
		cmocka_unit_test(killed),
		cmocka_unit_test(limited),
		cmocka_unit_test(is_name),
		cmocka_unit_test(packets),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: %s LUA-TESTS\n", argv[0]);
		return 2;
	}
	directory = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
