// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How requests end: NLMSG_ERROR and NLMSG_DONE with their extended
 * acknowledgements (linux/netlink.h, enum nlmsgerr_attrs), which libnl does
 * not read.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const char *nflua_attr_name(int attr)
{
	static const char *const names[] = {
		[NFLUA_A_MSG] = "message",
		[NFLUA_A_NAME] = "name",
		[NFLUA_A_MAXALLOC] = "memory limit",
		[NFLUA_A_BUDGET] = "budget",
		[NFLUA_A_FLAGS] = "flags",
		[NFLUA_A_CHUNK] = "script",
		[NFLUA_A_CHUNK_NAME] = "name of the script",
		[NFLUA_A_EXEC_FLAGS] = "flags",
		[NFLUA_A_FORCE] = "force",
	};

	if (attr < 0 || (size_t)attr >= sizeof(names) / sizeof(names[0]))
		return NULL;
	return names[attr];
}

/* Which attribute of @request begins at @offset; -1: none does. */
static int attr_at(const struct nlmsghdr *request, uint32_t offset)
{
	struct nlattr *attr;
	int rem;

	if (!request)
		return -1;
	nlmsg_for_each_attr(attr, (struct nlmsghdr *)request, GENL_HDRLEN, rem)
		if ((size_t)((char *)attr - (char *)request) == offset)
			return nla_type(attr);
	return -1;
}

static void parse_tlvs(struct nflua_ending *ending, const char *data,
		       int len, const struct nlmsghdr *request)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	if (len <= 0 || nla_parse(tb, NLMSGERR_ATTR_MAX,
				  (struct nlattr *)data, len, NULL) < 0)
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		ending->text = strndup(nla_data(tb[NLMSGERR_ATTR_MSG]),
				       nla_len(tb[NLMSGERR_ATTR_MSG]));
	if (tb[NLMSGERR_ATTR_OFFS] &&
	    nla_len(tb[NLMSGERR_ATTR_OFFS]) >= (int)sizeof(uint32_t))
		ending->attr = attr_at(request,
				       nla_get_u32(tb[NLMSGERR_ATTR_OFFS]));
}

/**
 * nflua_ending_parse - reads the message that ends an answer
 * @ending: filled; ->text is to be freed
 * @nlh: of type NLMSG_ERROR or NLMSG_DONE, its length checked
 * @request: what was asked, for the offset of an attribute; may be NULL
 */
void nflua_ending_parse(struct nflua_ending *ending,
			const struct nlmsghdr *nlh,
			const struct nlmsghdr *request)
{
	const char *data = nlmsg_data(nlh);
	int len = nlmsg_datalen(nlh), skip = sizeof(int);
	const struct nlmsgerr *e;
	int code;

	ending->attr = -1;
	ending->err = -EPROTO;
	if (len < (int)sizeof(code)) {
		/* Old kernels end a dump without a code. */
		ending->err = nlh->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
		return;
	}
	memcpy(&code, data, sizeof(code));
	if (code > 0)
		return;
	ending->err = code;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		if (len < (int)sizeof(*e))
			return;
		e = (const struct nlmsgerr *)data;
		skip = sizeof(*e);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	parse_tlvs(ending, data + skip, len - skip, request);
}
