// SPDX-License-Identifier: GPL-2.0-or-later
/* What the controller says of the family: nflua_wire_family(). */
#include <errno.h>

#include "datagram.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh = message(NLMSG_MIN_TYPE, 0, data, size);
	unsigned int version = 0;
	int family = -1, err;

	err = nflua_wire_family(nlh, &family, &version);
	MUST(err == -EPROTO || (err == 0 && family >= 0 && family <= UINT16_MAX));
	free(nlh);
	return 0;
}
