/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends packets of scripts. */
#ifndef NFLUA_TRANSMIT_H
#define NFLUA_TRANSMIT_H

struct nflua_xmit;

/* Sends it now, and frees it. Softirq. */
void nflua_transmit(struct nflua_xmit *xmit);

#endif
