/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a user may have meant by an unknown word. */
#ifndef NFLUACTL_SIMILAR_H
#define NFLUACTL_SIMILAR_H

#include "cli.h"

const char *similar_command(const char *word, const struct command *commands);
const char *similar_option(const char *word, const struct cli_option *own,
			   const struct cli_option *globals);

#endif
