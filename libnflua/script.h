/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripts from files. */
#ifndef NFLUA_SCRIPT_H
#define NFLUA_SCRIPT_H

#include "ctx.h"

/** nflua_script_read - nflua_read_script() within a call that has begun */
int nflua_script_read(struct nflua_ctx *ctx, const char *path, int fd, char **script,
		      size_t *len);

#endif
