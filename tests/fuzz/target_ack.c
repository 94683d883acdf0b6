// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Acknowledgements and ends of dumps: nflua_ack_parse(). The first byte says
 * which of the two and its flags, the second how much of the rest is the
 * request.
 */
#include <errno.h>

#include "ack.h"
#include "datagram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh, *request = NULL;
	struct nflua_ack ack = { 0 };
	size_t asked;
	int flags;

	if (size < 2)
		return 0;
	flags = (data[0] & 2 ? NLM_F_ACK_TLVS : 0) | (data[0] & 4 ? NLM_F_CAPPED : 0);
	asked = data[1] < size - 2 ? data[1] : size - 2;
	if (!(data[0] & 8))
		request = message(NLMSG_MIN_TYPE, 0, data + 2, asked);
	nlh = message(data[0] & 1 ? NLMSG_DONE : NLMSG_ERROR, flags,
		      data + 2 + asked, size - 2 - asked);
	nflua_ack_parse(&ack, nlh, request);
	MUST(ack.err <= 0 && ack.attr >= -1);
	(void)nflua_attr_name(ack.attr);
	(void)nflua_ack_allowed(&ack);
	if (ack.text)
		MUST(strlen(ack.text) <= size);
	free(ack.text);
	free(request);
	free(nlh);
	return 0;
}
