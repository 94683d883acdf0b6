/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a live state. */
#ifndef NFLUA_SETTINGS_H
#define NFLUA_SETTINGS_H

#include <linux/types.h>

struct netlink_ext_ack;
struct nflua_net;

/* What nflua_state_set() changes. */
struct nflua_settings {
	u64 maxalloc;		/* 0: leave it, like the next one */
	u32 budget;
	u8 on_error;
	bool has_on_error;
	const char *owner;	/* NULL: leave it; "": none */
};

/*
 * Returns 0, -ENOENT, -ENOSPC (it uses more memory than
 * that, or what it can go back to does), or -ENOMEM.
 */
int nflua_state_set(struct nflua_net *nn, const char *name,
		    const struct nflua_settings *to, struct netlink_ext_ack *extack);

#endif
