/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output: errors, what scripts printed, and the document of -j. */
#ifndef NFLUACTL_OUTPUT_H
#define NFLUACTL_OUTPUT_H

#include "cli.h"

int open_module(struct cli *cli);
int open_failed(struct cli *cli);
int failed(struct cli *cli, const char *name, const struct nflua_result *result);
int failed_with(struct cli *cli, const char *name, const char *message);
void print_output(const struct cli *cli, const struct nflua_result *result);
void print_document(struct cli *cli);

#endif
