// SPDX-License-Identifier: GPL-2.0-or-later
/* The interpreter, as it is: its jump table is ours, see ljumptab.h. */
#include <linux/compiler.h>	/* __annotate_jump_table */

#include "lvm.c"
