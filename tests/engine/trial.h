/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program out of bytes, run in the engine and judged; see trial.c. */
#ifndef ENGINE_TRIAL_H
#define ENGINE_TRIAL_H

#include <stddef.h>
#include <stdio.h>

struct trial_counts {
	unsigned long unopened;		/* there was no memory for a universe */
	unsigned long programs;
	unsigned long compared;		/* with Lua itself */
	unsigned long killed;
	unsigned long out_of_memory;
	unsigned long errors;		/* that no pcall of the program caught */
	unsigned long refused;		/* that did not compile */
	unsigned long packets;		/* that came in between */
};

extern struct trial_counts trial_counts;

/* Aborts, with the program on stderr, when something is wrong. */
void trial(const unsigned char *data, size_t size);

/* Prints the program, and with @knobs what happens to it. */
void trial_print(const unsigned char *data, size_t size, FILE *out);

#endif
