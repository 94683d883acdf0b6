/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The C stack of a call. */
#ifndef NFLUA_STACK_H
#define NFLUA_STACK_H

#include <linux/types.h>

#include "host.h"

/*
 * Measures what is left of the C stack, and sets the limits of the call that begins.
 * @may_sleep: the call may sleep at any depth. Returns false if too little is left.
 */
bool nflua_stack_enter(struct nflua_host *host, bool may_sleep);

/* Returns the lowest address of the stack that @sp lies in. */
unsigned long nflua_stack_bottom(unsigned long sp);

#endif
