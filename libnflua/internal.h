/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Included by every file of the library. From the ground up, these are: error, clock,
 * socket, interrupt; the bytes of messages in wire*.c, ack.c and seq.c; transact.c,
 * which sends a request and finds its answer; and above it the requests, channels
 * and watches of the public header. The file `layers` has the exact order.
 */
#ifndef NFLUA_INTERNAL_H
#define NFLUA_INTERNAL_H

#include <nflua/nflua.h>

#define NFLUA_PUBLIC __attribute__((visibility("default")))

#endif
