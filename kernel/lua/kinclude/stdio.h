/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For lauxlib.h, in files that use kernel headers. */
typedef struct nflua_file FILE;
#define BUFSIZ 16
