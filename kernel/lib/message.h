/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages from user space to a state's handler. */
#ifndef NFLUA_MESSAGE_H
#define NFLUA_MESSAGE_H

#include "runtime/runtime.h"

struct nflua_message {
	u32 portid;		/* of the socket that it came from */
	const char *payload;
	size_t len;
	const int *interrupt;	/* set: nobody waits for it any more */
};

/**
 * nflua_message_deliver - hands a message to the handler of a script
 * @rt: taken by nflua_live_take()
 * @message: the message
 * @error: empty; filled when the handler fails
 *
 * Returns 0, the negative errno of @error, -ENOTCONN when there is no handler, or
 * -EINTR.
 */
int nflua_message_deliver(struct nflua_runtime *rt, struct nflua_message *message,
			  struct nflua_error *error);

#endif
