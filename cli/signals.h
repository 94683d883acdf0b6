/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals: what a Ctrl-C does while the tool waits. */
#ifndef NFLUACTL_SIGNALS_H
#define NFLUACTL_SIGNALS_H

#include <nflua/nflua.h>
#include <stdbool.h>

void catch_sigint(struct nflua_ctx *ctx);
bool is_interrupted(void);
void restore_sigint(void);
int catch_signals(int more);
bool wait_readable(int fd, int signals, int msecs, bool *interrupted);

#endif
