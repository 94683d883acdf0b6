/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lua's own assertions, with LUAI_ASSERT and LUA_USE_APICHECK. */
#ifndef ENGINE_ASSERT_H
#define ENGINE_ASSERT_H

void engine_assertion_fails(const char *what, const char *file, int line)
	__attribute__((noreturn));

/* Asked for by an assertion about floats. */
#define fabs(n)	(n)

#define assert(c) \
	((c) ? (void)0 : engine_assertion_fails(#c, __FILE__, __LINE__))

#endif
