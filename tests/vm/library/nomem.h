/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by nomem.c, which makes calls without memory, and nomem_acts.c, their table. */
#ifndef NOMEM_H
#define NOMEM_H

#include <nflua/nflua.h>
#include <stdbool.h>
#include <stddef.h>

/* What a call works with. It is created before allocations fail. */
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
	bool (*done)(void);	/* returns whether it had its effect; NULL: it has none */
};

/* nomem_acts.c: ends with a NULL name */
extern const struct act acts[];
bool never(void);		/* done() of a call that must have no effect */

/* nomem.c */
extern struct nflua_ctx *admin;	/* prepares calls and checks their effect */
extern const char *file;	/* the path of a script */
void whole(bool good, const char *text);
long long lua(const char *code);
bool there(const char *name);
void open_ctx(struct scene *s);

#endif
