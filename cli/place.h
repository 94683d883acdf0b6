/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words by which people say where a hook is, and for which packets. */
#ifndef NFLUACTL_PLACE_H
#define NFLUACTL_PLACE_H

#include <nflua/nflua.h>

/* Why something was refused. */
struct refusal {
	char text[4608];	/* with a path in it */
};

int refuse(struct refusal *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Words; NULL: not given. A hook is needed. */
struct place {
	const char *dashes;	/* before the names of words in messages: "--" or "" */
	const char *hook;
	const char *family;
	const char *device;	/* of ingress or egress */
	const char *priority;
	const char *mark;
	const char *iif;
	const char *oif;
	const char *frames;
	const char *protocol;
	const char *on_error;
};

int read_on_error(const char *text, bool *drops, struct refusal *why);
int read_place(const struct place *place, struct nflua_attachment *what,
	       struct refusal *why);

#endif
