// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts the basic blocks of the engine; see work.h. */

extern unsigned long engine_work;
void __sanitizer_cov_trace_pc(void);

/* Called by the compiler's code, at the beginning of each. */
void __sanitizer_cov_trace_pc(void)
{
	engine_work++;
}
