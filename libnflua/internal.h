/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every file of the library starts from. From the ground up: error, clock,
 * socket, interrupt; the bytes of messages in wire*.c, ack.c and seq.c; transact.c,
 * which sends a request and finds its answer; and above it the requests, channels
 * and watches of the public header. The file `layers` says it in full.
 */
#ifndef NFLUA_INTERNAL_H
#define NFLUA_INTERNAL_H

#include <nflua/nflua.h>

#define NFLUA_PUBLIC __attribute__((visibility("default")))

#endif
