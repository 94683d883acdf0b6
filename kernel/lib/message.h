/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages from user space to a state's handler. */
#ifndef NFLUA_MESSAGE_H
#define NFLUA_MESSAGE_H

#include "runtime/runtime.h"

struct nflua_message {
	u32 portid;		/* of the socket that sent it */
	const char *payload;
	size_t len;
	const int *interrupt;	/* others set it to give up waiting */
};

/**
 * nflua_message_deliver - hands a message to the handler of a script
 * @rt: taken by nflua_live_take()
 * @message: the message
 * @error: empty; filled if the handler fails
 *
 * Returns 0, the negative errno of @error, -ENOTCONN if there is no handler, or -EINTR if
 * it was interrupted before.
 */
int nflua_message_deliver(struct nflua_runtime *rt, struct nflua_message *message,
			  struct nflua_error *error);

#endif
