/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets out of capture files, and into them. */
#ifndef NFLUACTL_CAPTURE_H
#define NFLUACTL_CAPTURE_H

#include "cli.h"

struct capture;

/* Why a packet of a file is passed over. */
enum skip {
	SKIP_NOT,
	SKIP_NO_IP,		/* it is of another protocol */
	SKIP_CUT,		/* the file does not have all of it, or it is damaged */
	SKIP_LONG,		/* it is longer than a request can carry */
};

/* capture.c; an error is a text, valid until the next call */
const char *capture_open(const char *path, struct capture **out);
int capture_next(struct capture *capture, struct nflua_packet *packet,
		 enum skip *skip);		/* 1, 0 at the end, -1: see below */
const char *capture_error(struct capture *capture);
void capture_close(struct capture *capture);

struct capture_writer;

const char *capture_create(const char *path, struct capture_writer **out);
void capture_write(struct capture_writer *writer, const void *packet, size_t len);
int capture_finish(struct capture_writer *writer);	/* -1: it is not whole */

#endif
