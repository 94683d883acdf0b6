/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What user space asks of the module, over the netlink family. */
#ifndef NFLUA_OPS_H
#define NFLUA_OPS_H

/*
 * Registers the family with its commands: requests may come before this returns. Returns 0
 * or a negative errno.
 */
int nflua_requests_init(void);

#endif
