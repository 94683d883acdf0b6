/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done without memory; see nomem.c. */
#ifndef NOMEM_H
#define NOMEM_H

#include <nflua/nflua.h>
#include <stdbool.h>
#include <stddef.h>

/* What a call works with, made before memory gets scarce. */
struct scene {
	struct nflua_ctx *ctx;
	struct nflua_channel *channel;
	struct nflua_watch *watch;
};

struct act {
	const char *name;
	int want;		/* what it returns when there is memory */
	void (*before)(struct scene *s);
	int (*call)(struct scene *s);
	bool (*done)(void);	/* is its effect there? NULL: it has none */
};

/* nomem_acts.c: ends with a NULL name */
extern const struct act acts[];
bool never(void);		/* done() of what must have no effect */

/* nomem.c */
extern struct nflua_ctx *admin;	/* for all around the calls */
extern const char *file;	/* with a script */
void whole(bool good, const char *text);
long long lua(const char *code);
bool there(const char *name);
void open_ctx(struct scene *s);

#endif
