// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is judged: sanitizers and Lua's own assertions find wrong memory; the
 * runtime's account has to come out even at its end; there is always a look at the
 * clock before long; a call that was killed ends; and what a program prints is what
 * Lua itself prints, where it met neither a limit nor a float.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "grammar.h"
#include "harness.h"
#include "trial.h"
#include "vanilla.h"

/* The longest that the engine may be without a look, with sanitizers, in seconds. */
#define GAP_MAX		1.0

/* The same where work is counted, see work.h. */
#define WORK_MAX	6500000

/* A program is stopped then: looks at the clock, an instruction each or more. */
#define TICKS_MAX	30000

#define TURNS_MAX	50

/* What Lua itself may take for the same program. */
#define VANILLA_MEMORY		(32UL << 20)
#define VANILLA_INSTRUCTIONS	300000

/* The least memory, in which a universe just opens. */
#define MEMORY_MIN	40000

/* The least C stack: what can parse small programs with sanitizers. */
#define STACK_MIN	(24UL << 10)

/* The first bytes of the data. */
struct setup {
	unsigned char mode;
	unsigned char at[2];
	unsigned char memory;
	unsigned char stack;
	unsigned char turns;
};

enum {
	MODE_COMPARE = 1,
	MODE_EXEC = 2,
	MODE_EACH_INSTRUCTION = 4,
	MODE_FAIL_FIRST = 8,
	MODE_TROUBLE = 16,		/* and up: which */
};

/* What goes wrong with a program that is not compared. */
enum trouble {
	TROUBLE_NONE,
	TROUBLE_FAIL,			/* allocations, somewhere */
	TROUBLE_KILL,
	TROUBLE_LIMIT,			/* of memory */
	TROUBLE_LIMIT_KILL,
	TROUBLE_COLLECTOR,		/* is stopped again and again */
};

struct trial_counts trial_counts;

static void make(const unsigned char *data, size_t size, struct setup *setup,
		 struct grammar *g)
{
	size_t head = size < sizeof(*setup) ? size : sizeof(*setup);

	memset(setup, 0, sizeof(*setup));
	memcpy(setup, data, head);
	g->data = data + head;
	g->left = size - head;
	g->wild = !(setup->mode & MODE_COMPARE);
	grammar_program(g);
}

static struct knobs knobs_of(const struct setup *s)
{
	unsigned long at = s->at[0] << 8 | s->at[1];
	unsigned int trouble = s->mode / MODE_TROUBLE % 8;
	struct knobs knobs = { .budget = TICKS_MAX, .turns = TURNS_MAX };

	knobs.eager = s->memory & 1;
	if (s->mode & MODE_EACH_INSTRUCTION)
		knobs.hook_count = 1;
	if (s->turns)
		knobs.turn_every = s->turns;
	if (s->mode & MODE_FAIL_FIRST) {
		knobs.fail_every = 1;
		knobs.budget /= 3;	/* there is a collection at each allocation */
	}
	/* Where a program is compared nothing else goes wrong. */
	if (s->mode & MODE_COMPARE)
		return knobs;
	if (trouble == TROUBLE_FAIL) {
		knobs.fail_from = 1 + at;
		knobs.fail_count = 1 + s->memory % 8;
	}
	if (trouble == TROUBLE_KILL || trouble == TROUBLE_LIMIT_KILL)
		knobs.budget = 1 + at;
	if (trouble == TROUBLE_LIMIT || trouble == TROUBLE_LIMIT_KILL)
		knobs.memory_limit = MEMORY_MIN + s->memory * 1000;
	if (trouble == TROUBLE_COLLECTOR)
		knobs.stop_collector = 1 + s->memory % 5;
	if (s->stack % 4 == 3)
		knobs.stack = STACK_MIN + (size_t)s->stack * 1024;
	return knobs;
}

static void wrong(const struct grammar *g, const char *what)
{
	fprintf(stderr, "%s:\n%.*s\n", what, (int)g->len, g->text);
	abort();
}

static void count(const struct outcome *out)
{
	trial_counts.programs++;
	if (out->killed == KILLED_BUDGET || out->killed == KILLED_INTERRUPT)
		trial_counts.killed++;
	else if (out->status == LUA_ERRMEM || out->status == NFLUA_ENGINE_NO_MEMORY)
		trial_counts.out_of_memory++;
	else if (out->stage != NFLUA_STAGE_RUN)
		trial_counts.refused++;
	else if (out->status != LUA_OK)
		trial_counts.errors++;
}

/* Words of errors that come where the one has a limit that the other has not. */
static int speaks_of_limits(const char *text, size_t len)
{
	static const char *const words[] = {
		"overflow", "too complex", "too long", "too large", "longer than",
		"not enough memory", "floating point", "floats", "too many",
		"no integer representation", "'__gc'", "error in error handling",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (memmem(text, len, words[i], strlen(words[i])))
			return 1;
	return 0;
}

static void compare(const struct grammar *g, const struct host *h,
		    const struct outcome *out)
{
	static char buf[128 << 10];
	struct vanilla v = {
		.memory_limit = VANILLA_MEMORY,
		.instructions = VANILLA_INSTRUCTIONS,
		.output = buf,
		.max = sizeof(buf),
	};

	/* What the engine says is no reason: it may be wrong to say so. */
	if (out->killed || h->failed || h->output.truncated)
		return;
	vanilla_run(&v, g->text, g->len, "=program");
	if (v.incomparable || speaks_of_limits(buf, v.len) ||
	    speaks_of_limits(v.text, strlen(v.text)))
		return;
	trial_counts.compared++;
	if (v.failed == (out->status != LUA_OK) && v.len == h->output.len &&
	    memcmp(buf, h->output.buf, v.len) == 0 &&
	    strncmp(v.text, out->text, sizeof(v.text) - 1) == 0)
		return;
	fprintf(stderr, "the engine prints:\n%.*s%s\nLua prints:\n%.*s%s\n",
		(int)h->output.len, h->output.buf, out->text, (int)v.len, buf, v.text);
	wrong(g, "it is not what Lua prints");
}

static void after(const struct grammar *g, struct host *h)
{
	static const char more[] = "local t = {} for i = 1, 100 do t[i] = {i} end return #t";
	static const unsigned char packet[60] = { 0x45, [9] = 17, [23] = 53 };
	struct outcome out;

	/* Whatever was done to it, the runtime goes on. */
	h->knobs = (struct knobs) {
		.memory_limit = h->used + (1UL << 20),
		.stack = 4UL << 20,
		.budget = TICKS_MAX,
	};
	host_run(h, CALL_EXEC, more, sizeof(more) - 1, "=more", 1, &out);
	if (out.status != LUA_OK)
		wrong(g, "the runtime does not work any more");
	host_packet(h, packet, sizeof(packet), &out);
}

void trial(const unsigned char *data, size_t size)
{
	static struct grammar g;
	struct setup setup;
	struct knobs knobs;
	struct outcome out;
	struct host *h;

	make(data, size, &setup, &g);
	knobs = knobs_of(&setup);
	h = host_open(&knobs);
	trial_counts.unopened += !h;
	if (!h)
		return;
	host_run(h, setup.mode & MODE_EXEC ? CALL_EXEC : CALL_BUILD, g.text, g.len,
		 "=program", 0, &out);
	count(&out);
	if (h->longest_gap > GAP_MAX || h->most_work > WORK_MAX)
		wrong(&g, "it did not look at the clock for long");
	if (setup.mode & MODE_COMPARE)
		compare(&g, h, &out);
	trial_counts.packets += h->packets;
	after(&g, h);
	host_close(h);
}

void trial_print(const unsigned char *data, size_t size, FILE *out)
{
	static struct grammar g;
	struct setup setup;

	make(data, size, &setup, &g);
	fwrite(g.text, 1, g.len, out);
}
