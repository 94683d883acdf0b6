/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See luai_makeseed in luaconf.h. */
