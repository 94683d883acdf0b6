/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lvm_own.h and ljumptab.h have of the kernel's. */
#ifndef ENGINE_COMPILER_H
#define ENGINE_COMPILER_H

#define noinline		__attribute__((noinline))
#define __annotate_jump_table

#endif
