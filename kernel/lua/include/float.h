/* SPDX-License-Identifier: GPL-2.0-or-later */
/* There are no floats; luaconf.h gives the limits that Lua asks for. */
