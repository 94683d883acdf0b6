// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Acknowledgements and ends of dumps: nflua_ending_parse(). The first byte says
 * which of the two and its flags, the second how much of the rest is the
 * request.
 */
#include <errno.h>

#include "internal.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh, *request = NULL;
	struct nflua_ending ending = { 0 };
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
	nflua_ending_parse(&ending, nlh, request);
	MUST(ending.err <= 0 && ending.attr >= -1);
	(void)nflua_attr_name(ending.attr);
	(void)nflua_ending_allowed(&ending);
	if (ending.text)
		MUST(strlen(ending.text) <= size);
	free(ending.text);
	free(request);
	free(nlh);
	return 0;
}
