/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help, from the table of commands. */
#ifndef NFLUACTL_HELP_H
#define NFLUACTL_HELP_H

#include "cli.h"

int show_help(struct cli *cli, const struct command *command);

#endif
