/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No locales; see lua_getlocaledecpoint in luaconf.h. */
