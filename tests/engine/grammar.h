/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lua programs out of bytes: the same bytes make the same program, and a byte that
 * changes changes a part of it, which is what a fuzzer needs.
 */
#ifndef ENGINE_GRAMMAR_H
#define ENGINE_GRAMMAR_H

#include <stddef.h>

#define PROGRAM_MAX	(16 << 10)

struct grammar {
	const unsigned char *data;	/* what decides; zeros when it is used up */
	size_t left;
	int wild;		/* also what another run of Lua may have otherwise */
	char text[PROGRAM_MAX];
	size_t len;
	int depth;		/* of what is being made */
	int loops;		/* that a break may leave */
	int labels;
	int in_function;	/* there is a "..." */
};

/* Fills in text and len; @data and @wild are given. */
void grammar_program(struct grammar *g);

/* Of the parts: */
unsigned int grammar_pick(struct grammar *g, unsigned int n);	/* 0 to n - 1 */
void grammar_put(struct grammar *g, const char *text);
void grammar_expression(struct grammar *g);
void grammar_call(struct grammar *g);		/* of the libraries */
void grammar_block(struct grammar *g, int loop);
void grammar_function(struct grammar *g);	/* "function(...) ... end" */

/* A literal: 's' any text, 'm' a pattern, 'F' a format, 'P' one to pack by. */
void grammar_string(struct grammar *g, char kind);

/*
 * Fills in @format: %e is an expression, %f a function, %v a variable, %i an integer;
 * %s, %m, %F and %P are texts, see grammar_string(); %% is a percent.
 */
void grammar_fill(struct grammar *g, const char *format);

#endif
