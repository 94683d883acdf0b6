/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lua asserts nothing unless it is told to. */
