/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: another thread or a signal handler stops what a context waits for. */
#ifndef NFLUA_INTERRUPT_H
#define NFLUA_INTERRUPT_H

#include "ctx.h"

/** nflua_interrupt_prepare - fills in the request that an interrupt sends */
void nflua_interrupt_prepare(struct nflua_ctx *ctx);

/** nflua_interrupt_begin - forgets interrupts that came before this call */
void nflua_interrupt_begin(struct nflua_ctx *ctx);

#endif
