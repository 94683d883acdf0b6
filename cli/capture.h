/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files: reading packets from one, and writing them to one. */
#ifndef NFLUACTL_CAPTURE_H
#define NFLUACTL_CAPTURE_H

#include <nflua/nflua.h>

struct capture;
struct capture_writer;

/* Why a packet of a file is skipped. */
enum skip {
	SKIP_NOT,
	SKIP_NO_IP,		/* it is of another protocol */
	SKIP_CUT,		/* it is not complete in the file, or damaged */
	SKIP_LONG,		/* it is longer than a request can carry */
};

/* These return NULL, or an error message that is valid until the next call. */
const char *capture_open(const char *path, struct capture **out);
const char *capture_error(struct capture *capture);
const char *capture_create(const char *path, struct capture_writer **out);

int capture_next(struct capture *capture, struct nflua_packet *packet,
		 enum skip *skip);
void capture_close(struct capture *capture);
void capture_write(struct capture_writer *writer, const void *packet, size_t len);
int capture_finish(struct capture_writer *writer);

#endif
