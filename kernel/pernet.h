/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is brought up and taken down in each network namespace. */
#ifndef NFLUA_PERNET_H
#define NFLUA_PERNET_H

int nflua_pernet_init(void);
void nflua_pernet_exit(void);

#endif
