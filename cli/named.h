/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that do something with each state that they name. */
#ifndef NFLUACTL_NAMED_H
#define NFLUACTL_NAMED_H

#include "cli.h"

int for_each_name(struct cli *cli,
		  int (*act)(struct nflua_ctx *ctx, const char *name, bool force));

#endif
