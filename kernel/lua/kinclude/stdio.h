/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For lauxlib.h in files of the kernel side. */
typedef struct nflua_file FILE;
#define BUFSIZ 16
