/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and the commands. */
#ifndef NFLUACTL_COMMANDS_H
#define NFLUACTL_COMMANDS_H

#include "cli.h"

extern const struct cli_option global_options[];
extern const struct command commands[];		/* ends with a NULL name */

int cmd_apply(struct cli *cli);
int cmd_attach(struct cli *cli);
int cmd_check(struct cli *cli);
int cmd_clear(struct cli *cli);
int cmd_confirm(struct cli *cli);
int cmd_create(struct cli *cli);
int cmd_destroy(struct cli *cli);
int cmd_detach(struct cli *cli);
int cmd_eval(struct cli *cli);
int cmd_help(struct cli *cli);
int cmd_hooks(struct cli *cli);
int cmd_list(struct cli *cli);
int cmd_listen(struct cli *cli);
int cmd_load(struct cli *cli);
int cmd_monitor(struct cli *cli);
int cmd_repl(struct cli *cli);
int cmd_rollback(struct cli *cli);
int cmd_run(struct cli *cli);
int cmd_send(struct cli *cli);
int cmd_set(struct cli *cli);
int cmd_top(struct cli *cli);
int cmd_version(struct cli *cli);

#endif
