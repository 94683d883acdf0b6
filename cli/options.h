/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the command line. Functions return 0, or EXIT_USAGE after an error message. */
#ifndef NFLUACTL_OPTIONS_H
#define NFLUACTL_OPTIONS_H

#include "cli.h"

int read_globals(struct cli *cli, int argc, char **argv, int *first);
int read_command(const struct cli *cli, const char *name, const struct command **out);
int read_arguments(struct cli *cli, int argc, char **argv);
size_t max_arguments(int argc, char **argv);
int usage_error(const struct cli *cli, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int unexpected_argument(const struct cli *cli, const struct arg *arg);
int expect_arguments(const struct cli *cli, size_t max);

#endif
