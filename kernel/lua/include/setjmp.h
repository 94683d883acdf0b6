/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See nflua_setjmp in luaconf.h. */
