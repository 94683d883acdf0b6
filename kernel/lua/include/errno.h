/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only Lua's file functions use errno, and they are never called. */
#ifndef NFLUA_ERRNO_H
#define NFLUA_ERRNO_H

#define errno (*(int [1]){ 0 })

#endif
