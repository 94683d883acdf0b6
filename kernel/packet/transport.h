/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transport headers. */
#ifndef NFLUA_TRANSPORT_H
#define NFLUA_TRANSPORT_H

#include <linux/types.h>

/*
 * Finds an option of TCP in the @len bytes of options at @p. Returns its data, with their
 * size in *@size, or NULL.
 */
const u8 *nflua_tcp_option(const u8 *p, int len, int kind, int *size);

#endif
