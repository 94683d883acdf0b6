/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only Lua's file functions use errno, and they are not reached. */
#ifndef NFLUA_ERRNO_H
#define NFLUA_ERRNO_H

#define errno (*(int [1]){ 0 })

#endif
